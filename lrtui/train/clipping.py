"""Gradient clipping: by value, by the norm of the whole gradient, or by that of every parameter's own."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lrtui.study.optimizers import OptimConfig


def clip_gradients(parameters: Iterable[Tensor], config: OptimConfig) -> None:
    """Clip the gradients of `parameters` as `config` says, in place; do nothing if it says nothing.

    `clip_value` bounds every component, which may turn the gradient. `clip_norm` scales the whole gradient, all
    parameters taken as one vector, and keeps its direction (Keras's `global_clipnorm`). `clip_norm_each` scales every
    parameter's own (Keras's `clipnorm`). NaN stays NaN; an infinite component becomes the bound by value and NaN by norm.
    """
    if config.clip_value is not None:
        nn.utils.clip_grad_value_(parameters, config.clip_value)
    elif config.clip_norm is not None:
        nn.utils.clip_grad_norm_(parameters, config.clip_norm)
    elif config.clip_norm_each is not None:
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        shares = torch.stack(torch._foreach_norm(gradients)).reciprocal().mul(config.clip_norm_each).clamp(max=1)
        torch._foreach_mul_(gradients, list(shares))
