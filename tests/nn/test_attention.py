"""The transformer: attention against attention written by hand, its blocks against torch's own, its patches."""

import math

import pytest
import torch
from torch import nn

from lrtui.nn import models
from lrtui.nn.attention import Attention, Block, Patches, attend
from lrtui.nn.dropout import Dropout
from lrtui.nn.models import Network
from lrtui.study.networks import MODELS
from lrtui.study.sequences import TransformerConfig
from lrtui.train.health import noiseless
from tests.nn.made import generator

IMAGE = (2, 6, 4)


def config(**keys: object) -> TransformerConfig:
    values = {"name": "transformer", "width": 8, "heads": 2, "depth": 2, "patch": 2, "mlp_ratio": 2, **keys}
    return TransformerConfig.model_validate(values)


def network(**keys: object) -> Network:
    return models.build(config(**keys), IMAGE, 5, generator(7), generator(8))


def drawn(module: nn.Module) -> nn.Module:
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -1, 1, generator=generator(3))
    return module


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_that_of_the_definition(causal: bool) -> None:
    made = drawn(Attention(8, 2, causal=causal))
    x = torch.randn(3, 5, 8, generator=generator(5))
    query, key, value = made.qkv(x).detach().chunk(3, 2)
    gathered = torch.zeros(3, 5, 8)
    for image in range(3):
        for head in (slice(0, 4), slice(4, 8)):
            for place in range(5):
                seen = place + 1 if causal else 5
                scores = [float(query[image, place, head] @ key[image, at, head]) / math.sqrt(4) for at in range(seen)]
                sizes = [math.exp(score) for score in scores]
                for at, size in enumerate(sizes):
                    gathered[image, place, head] += size / sum(sizes) * value[image, at, head]
    expected = made.out(gathered)
    assert torch.allclose(made(x), expected, atol=1e-5)
    made.fused = False
    assert torch.allclose(made(x), expected, atol=1e-5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_block_is_torchs_encoder_layer(norm: str) -> None:
    made = drawn(Block(config(norm=norm, activation="relu"), None, causal=False))
    theirs = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=norm == "pre")
    pairs = [
        (theirs.self_attn.in_proj_weight, made.attention.qkv.weight), (theirs.self_attn.in_proj_bias, made.attention.qkv.bias),
        (theirs.self_attn.out_proj.weight, made.attention.out.weight), (theirs.self_attn.out_proj.bias, made.attention.out.bias),
        (theirs.linear1.weight, made.up.weight), (theirs.linear1.bias, made.up.bias),
        (theirs.linear2.weight, made.down.weight), (theirs.linear2.bias, made.down.bias),
        (theirs.norm1.weight, made.norm_1.weight), (theirs.norm1.bias, made.norm_1.bias),
        (theirs.norm2.weight, made.norm_2.weight), (theirs.norm2.bias, made.norm_2.bias),
    ]  # fmt: skip
    with torch.no_grad():
        for mine, other in pairs:
            mine.copy_(other)
    x = torch.randn(3, 5, 8, generator=generator(5))
    assert torch.allclose(made(x), theirs(x), atol=1e-5)


def test_patches_tile_the_image_row_by_row() -> None:
    images = torch.arange(2 * 48.0).view(2, *IMAGE)
    patches = Patches(IMAGE, 2)(images.flatten(1))
    assert patches.shape == (2, 6, 8)
    assert torch.equal(patches[1, 3], images[1, :, 2:4, 2:4].flatten())


def test_written_out_a_network_gives_what_it_gives_fused_and_can_be_differentiated_twice() -> None:
    made = network(dropout=0.5)
    images = torch.randn(9, 48, generator=generator(5))
    fused = made.eval()(images)
    with noiseless(made, by_batch=True):
        plain = made(images)
        gradients = torch.autograd.grad(plain.square().sum(), list(made.parameters()), create_graph=True)
        twice = torch.autograd.grad(sum(one.square().sum() for one in gradients), list(made.parameters()))
    assert torch.allclose(fused, plain, atol=1e-5)
    assert any(one.abs().sum() > 0 for one in twice)


def test_kernels_are_named_from_the_input() -> None:
    blocks = [f"block {number} {part}" for number in (1, 2) for part in ("qkv", "out", "up", "down")]
    assert [one.name for one in network().layers] == ["patches", *blocks, "output"]


def test_pre_norm_normalizes_once_more_before_the_end() -> None:
    assert sum(isinstance(one, nn.LayerNorm) for one in network(norm="pre").modules()) == 5
    assert sum(isinstance(one, nn.LayerNorm) for one in network(norm="post").modules()) == 4


def test_nothing_is_drawn_from_the_global_generator_and_dropout_from_the_runs_own() -> None:
    before = torch.random.get_rng_state()
    one, other = network(dropout=0.5), network(dropout=0.5)
    images = torch.randn(9, 48, generator=generator(5))
    drawn_at_once = [made.train()(images) for made in (one, other)]
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(*drawn_at_once)
    one.set_noise(generator(99))
    assert not torch.equal(one(images), other(images))
    assert sum(isinstance(module, Dropout) for module in one.modules()) == 1 + 2 * 2


def test_attend_gives_nothing_of_later_places() -> None:
    query, key, value = torch.randn(3, 1, 4, 2, generator=generator(5)).unbind(0)
    assert torch.equal(attend(query, key, value, causal=True)[:, 0], value[:, 0])


@pytest.mark.parametrize(
    ("shape", "key", "message"),
    [((1, 7, 8), "patch", "2 does not divide images of 7×8"), ((3, 4), "name", "these are of 3×4 numbers")],
)
def test_what_does_not_fit_is_said(shape: tuple[int, ...], key: str, message: str) -> None:
    (found,) = config().misfits(shape)
    assert found[0] == key
    assert message in found[1]
    with pytest.raises(ValueError, match=message.split(maxsplit=1)[0]):
        models.build(config(), shape, 5, generator())


def test_every_family_is_known_by_its_name() -> None:
    assert all(name == made.model_fields["name"].default for name, made in dict(MODELS).items())
