"""The models are the paper's, start from PyTorch's own initialization, and touch no global random state."""

import pytest
import torch
from torch import nn

from lrtui.nn import models
from lrtui.study.networks import CnnConfig, MlpConfig


def generator(seed: int = 7) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_mlp_is_the_plain_sequence_with_torchs_own_weights() -> None:
    torch.manual_seed(7)
    plain = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    ours = models.build(MlpConfig(name="mlp"), (1, 28, 28), 10, generator())
    assert [type(layer) for layer in ours] == [type(layer) for layer in plain]
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert sum(parameter.numel() for parameter in ours.parameters()) == 242_762


def test_cnn_is_the_plain_sequence_with_torchs_own_weights() -> None:
    torch.manual_seed(7)
    plain = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 8 * 8, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    ours = models.build(CnnConfig(name="cnn"), (3, 32, 32), 10, generator())
    images = torch.rand(4, 3, 32, 32, generator=generator())
    torch.testing.assert_close(ours(images.contiguous(memory_format=torch.channels_last)), plain(images))
    assert sum(parameter.numel() for parameter in ours.parameters()) == 545_098


def test_building_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    models.build(CnnConfig(name="cnn"), (1, 28, 28), 10, generator())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("config", [MlpConfig(name="mlp", hidden=()), CnnConfig(name="cnn", channels=(4,), dense=())])
def test_models_without_hidden_dense_layers(config: MlpConfig | CnnConfig) -> None:
    model = models.build(config, (1, 8, 8), 10, generator())
    shape = (2, 64) if config.layout == "flat" else (2, 1, 8, 8)
    assert model(torch.zeros(shape)).shape == (2, 10)


def test_images_too_small_for_the_poolings_are_refused() -> None:
    with pytest.raises(ValueError, match="4 poolings leave nothing of 8×8 images"):
        models.build(CnnConfig(name="cnn", channels=(4, 4, 4, 4)), (1, 8, 8), 10, generator())


def test_channels_last_storage_gives_back_the_same_images() -> None:
    images = torch.rand(5, 3, 4, 6)
    stored = models.as_layout(images, "channels_last")
    batch = stored.index_select(0, torch.tensor([3, 1])).permute(0, 3, 1, 2)
    assert torch.equal(batch, images[[3, 1]])
    assert batch.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("said", [{}, {"batch_norm": "before"}, {"batch_norm": "after"}, {"dropout": 0.3}])
@pytest.mark.parametrize("spoilt", ["", "ties", "nan"])
def test_pooling_before_relu_gives_the_same_bits(said: dict[str, object], spoilt: str) -> None:
    """ReLU on a quarter of the values, and not a bit of logits or gradients differs from the plain sequence."""
    images = torch.randn(16, 3, 8, 8, generator=generator(1)).to(memory_format=torch.channels_last)
    if spoilt == "ties":
        images = images.round()
    elif spoilt == "nan":
        images[3, 1, 2, 2] = torch.nan
    found = []
    for forward in (models.Network.forward, nn.Sequential.forward):
        network = models.build(CnnConfig(name="cnn", **said), (3, 8, 8), 10, generator(), generator(2))
        logits = forward(network, images)
        logits[torch.arange(16) != 3].square().sum().backward()
        found.append([logits, *(parameter.grad for parameter in network.parameters())])
    for one, other in zip(*found, strict=True):
        assert torch.equal(one.nan_to_num(7.0), other.nan_to_num(7.0))


def test_who_looks_on_sees_the_layers_as_they_are_written() -> None:
    network = models.build(CnnConfig(name="cnn"), (3, 8, 8), 10, generator())
    seen: list[torch.Size] = []
    network[1].register_forward_hook(lambda _, __, output: seen.append(output.shape))
    network(torch.zeros(2, 3, 8, 8))
    assert seen == [torch.Size([2, 32, 8, 8])]
