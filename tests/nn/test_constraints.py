"""Max-norm bounds each unit's incoming weights, and touches no others."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrtui.nn.constraints import max_norm_
from tests.nn.made import KERAS, cnn, generator, network


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([(5, 7), (4, 3, 3, 3), (1, 1)]), st.floats(0.1, 10), st.integers(0, 100))
def test_norms_are_numpys(shape: tuple[int, ...], limit: float, seed: int) -> None:
    kernel = torch.randn(shape, generator=generator(seed))
    given_weights = kernel.numpy().astype(np.float64)
    norms = np.sqrt((given_weights**2).reshape(len(kernel), -1).sum(1)).reshape(-1, *[1] * (kernel.dim() - 1))
    expected = given_weights * np.minimum(1, limit / norms)
    max_norm_([kernel], limit)
    np.testing.assert_allclose(kernel.numpy(), expected, rtol=1e-5, atol=1e-7)


def test_dense_kernels_are_bounded_as_keras_does() -> None:
    case = KERAS["max_norm"]
    kernel = torch.tensor(case["kernel"]).T.contiguous()  # Keras: (in, out)
    bounded = torch.tensor(case["bounded"]).T
    assert not torch.equal(kernel, bounded)
    max_norm_([kernel], case["limit"])
    torch.testing.assert_close(kernel, bounded)


def test_a_networks_kernels_are_bounded_and_nothing_else() -> None:
    model = network(cnn(init="normal", init_bias="uniform"))
    biases = [layer.kernel.bias.detach().clone() for layer in model.layers]
    model.kernels[0].data[0] = 0.01
    small = model.kernels[0][0].detach().clone()
    max_norm_(model.kernels, 1.5)
    for kernel in model.kernels:
        norms = kernel.detach().flatten(1).norm(dim=1)
        assert norms.max().item() <= 1.5 + 1e-6
        assert kernel.requires_grad
    assert torch.equal(model.kernels[0][0], small)
    for layer, bias in zip(model.layers, biases, strict=True):
        assert torch.equal(layer.kernel.bias, bias)
