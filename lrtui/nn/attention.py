"""A transformer: patches of an image, or tokens, through blocks of attention and two dense layers."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from lrtui.nn.activations import activation
from lrtui.nn.dropout import Dropout
from lrtui.nn.initializers import initialize
from lrtui.nn.kernels import Kernel
from lrtui.nn.recurrent import Mean
from lrtui.study.sequences import TransformerConfig

if TYPE_CHECKING:
    from lrtui.nn.models import Plan

POSITION_SD = 0.02
"""Of positions, and of what stands for a token, at first: as GPT-2 and ViT draw them."""


class Patches(nn.Module):
    """A flat image (N, C·H·W) as a sequence of its square patches (N, patches, C·edge²), row by row."""

    def __init__(self, shape: Sequence[int], edge: int) -> None:
        super().__init__()
        channels, height, width = shape
        self.grid = (channels, height // edge, edge, width // edge, edge)

    def forward(self, x: Tensor) -> Tensor:
        """Return the patches."""
        patches: Tensor = x.unflatten(1, self.grid).permute(0, 2, 4, 1, 3, 5)
        return patches.flatten(3).flatten(1, 2)


class Positions(nn.Module):
    """What is learned of every place of a sequence, added to what is there."""

    def __init__(self, places: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(places, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return a sequence (N, T, width), T no more than the places there are."""
        return x + self.weight[: x.shape[1]]


class Attention(nn.Module):
    """Attention of a sequence (N, T, width) to itself; `causal`: of every place to itself and those before it.

    Fused, by torch's own kernels, or (`fused = False`) written out: the same within rounding, and differentiable twice.
    """

    def __init__(self, width: int, heads: int, *, causal: bool) -> None:
        super().__init__()
        self.qkv = nn.utils.skip_init(nn.Linear, width, 3 * width)
        self.out = nn.utils.skip_init(nn.Linear, width, width)
        self.heads, self.causal = heads, causal
        self.fused = True

    def forward(self, x: Tensor) -> Tensor:
        """Return what every place has gathered, (N, T, width)."""
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, 2)
        )  # (N, heads, T, width / heads)
        if self.fused:
            gathered = scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        else:
            gathered = attend(query, key, value, causal=self.causal)
        return self.out(gathered.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


def attend(query: Tensor, key: Tensor, value: Tensor, *, causal: bool) -> Tensor:
    """Return softmax(query · keyᵀ / √d) · value over the last two dimensions (T, d): Vaswani et al. 2017, equation 1."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if causal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    return scores.softmax(-1) @ value


class Block(nn.Module):
    """Attention, then two dense layers, each with a way around it; normalized as `norm` says.

    `pre`: x + f(normalized x); `post`: normalized x + f(x) (Xiong et al. 2020, "On Layer Normalization in the
    Transformer Architecture", figure 1).
    """

    def __init__(self, config: TransformerConfig, noise: torch.Generator | None, *, causal: bool) -> None:
        super().__init__()
        width, inner = config.width, config.width * config.mlp_ratio
        self.pre = config.norm == "pre"
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, config.heads, causal=causal)
        self.up, self.down = nn.utils.skip_init(nn.Linear, width, inner), nn.utils.skip_init(nn.Linear, inner, width)
        self.activation = activation(config, noise)
        dropping = config.dropout > 0
        self.drop_1 = Dropout(config.dropout, noise) if dropping else nn.Identity()
        self.drop_2 = Dropout(config.dropout, noise) if dropping else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return a sequence of the shape of `x`, (N, T, width)."""
        if self.pre:
            x = x + self.drop_1(self.attention(self.norm_1(x)))
            return x + self._dense(self.norm_2(x))
        x = self.norm_1(x + self.drop_1(self.attention(x)))
        return self.norm_2(x + self._dense(x))  # type: ignore[no-any-return]

    def _dense(self, x: Tensor) -> Tensor:
        return self.drop_2(self.down(self.activation(self.up(x))))  # type: ignore[no-any-return]


def transformer(plan: "Plan", config: TransformerConfig, shape: Sequence[int], classes: int) -> None:
    """Lay out a transformer: of images (C, H, W), or causal, of tokens (T,), of which there are `classes` different ones.

    Of an image it gives logits (N, classes); of tokens (N, T, classes), those at a token knowing nothing of later ones.
    """
    causal = len(shape) == 1
    learned: list[nn.Parameter] = []
    if causal:
        places = shape[0]
        embedding = nn.utils.skip_init(nn.Embedding, classes, config.width)
        plan.modules.append(embedding)
        learned.append(cast(nn.Parameter, embedding.weight))
    else:
        channels, height, width = shape
        places = height // config.patch * (width // config.patch)
        kernel = nn.utils.skip_init(nn.Linear, channels * config.patch**2, config.width)
        plan.modules += [Patches(shape, config.patch), kernel]
        plan.layer("patches", kernel, kernel)
    positions = Positions(places, config.width)
    learned.append(positions.weight)
    plan.modules.append(positions)
    plan.drop()
    for number in range(1, config.depth + 1):
        block = Block(config, plan.noise, causal=causal)
        plan.modules.append(block)
        plan.layer(f"block {number} qkv", block.attention.qkv, block.attention.qkv)
        plan.layer(f"block {number} out", block.attention.out, block.attention.out)
        plan.layer(f"block {number} up", block.up, block.activation, config.activation)
        plan.layer(f"block {number} down", block.down, block.down)
    if config.norm == "pre":
        plan.modules.append(nn.LayerNorm(config.width))
    if not causal:
        plan.modules.append(Mean())
    output = nn.utils.skip_init(nn.Linear, config.width, classes)
    plan.modules.append(output)
    plan.layer("output", output, output)

    def begin(kernels: Sequence[Kernel], config: TransformerConfig, generator: torch.Generator) -> None:
        for table in learned:
            nn.init.normal_(table, 0, POSITION_SD, generator=generator)
        initialize(kernels, config, generator)

    plan.begin = begin
