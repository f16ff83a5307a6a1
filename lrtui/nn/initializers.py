"""How weights begin: drawn layer by layer, from the input on, from a run's own generator."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lrtui.nn import mup
from lrtui.nn.kernels import Kernel
from lrtui.study.model_config import ModelConfig

CUT_SD = 0.87962566103423978
"""Standard deviation of the standard normal distribution cut at ±2 (Keras divides by it too)."""

SCALE = {"glorot": 1.0, "lecun": 1.0, "he": 2.0}
"""σ² of an initializer, times the fan it divides by (the guide, initializers)."""

FAN = {"glorot": "fan_avg", "lecun": "fan_in", "he": "fan_in"}
"""The fan an initializer divides by where the configuration names none."""


def initialize(layers: Sequence[Kernel], config: ModelConfig, generator: torch.Generator) -> None:
    """Give the layers, ordered from the input, their first weights; the last one is the output layer.

    With `init = torch` the draws are those of plain construction after `torch.manual_seed`, in the same order.
    """
    for layer in layers:
        if layer is layers[-1] and config.init_output == "glorot_uniform":
            spread_(layer.weight, math.sqrt(1 / fan(layer.weight, "fan_avg")), "uniform", generator)
            _biases(layer, config.init_bias or "zero", generator)
        else:
            _kernel(layer.weight, config, generator)
            _biases(layer, config.init_bias or ("uniform" if config.init == "torch" else "zero"), generator)
    mup.begin(layers, config.width_multiplier)


def fan(kernel: Tensor, which: str) -> float:
    """Return `fan_in`, `fan_out` or their mean `fan_avg` of a kernel (out, in, *field); the field's size multiplies."""
    field = math.prod(kernel.shape[2:])
    fan_in, fan_out = kernel.shape[1] * field, kernel.shape[0] * field
    return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[which]


def spread_(kernel: Tensor, sd: float, distribution: str, generator: torch.Generator) -> None:
    """Draw a kernel with mean 0 and standard deviation `sd`: `normal`, `uniform` in ±√3·sd, or `truncated`.

    `truncated` is a wider normal distribution cut at twice its own σ, as Keras's `*_normal` initializers draw.
    """
    if distribution == "normal":
        nn.init.normal_(kernel, 0, sd, generator=generator)
    elif distribution == "uniform":
        nn.init.uniform_(kernel, -math.sqrt(3) * sd, math.sqrt(3) * sd, generator=generator)
    else:
        wide = sd / CUT_SD
        nn.init.trunc_normal_(kernel, 0, wide, -2 * wide, 2 * wide, generator=generator)


def _kernel(kernel: Tensor, config: ModelConfig, generator: torch.Generator) -> None:
    if config.init == "torch":
        nn.init.kaiming_uniform_(kernel, a=math.sqrt(5), generator=generator)
    elif config.init == "normal":
        nn.init.normal_(kernel, 0, config.init_sd, generator=generator)
    elif config.init == "constant":
        value = config.init_value
        if value is None:
            value = math.sqrt(2 / fan(kernel, "fan_in")) * torch.randn((), generator=generator).item()
        nn.init.constant_(kernel, value)
    else:
        variance = SCALE[config.init] / fan(kernel, config.init_fan or FAN[config.init])
        spread_(kernel, math.sqrt(variance), config.init_distribution, generator)


def _biases(layer: Kernel, how: str, generator: torch.Generator) -> None:
    if layer.bias is None:
        return
    if how == "zero":
        nn.init.zeros_(layer.bias)
    else:
        bound = 1 / math.sqrt(fan(layer.weight, "fan_in"))
        nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
