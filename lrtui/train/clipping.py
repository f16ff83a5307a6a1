"""Gradient clipping, by value or by norm."""

from collections.abc import Iterable

from torch import Tensor, nn

from lrtui.study.optimizers import OptimConfig


def clip_gradients(parameters: Iterable[Tensor], config: OptimConfig) -> None:
    """Clip the gradients of `parameters` as `config` says, in place; do nothing where it says nothing.

    `clip_value` bounds every component, which may turn the gradient. `clip_norm` scales the whole gradient, all
    parameters taken as one vector, and keeps its direction. Both are torch's, so that NaN stays NaN, and an infinite
    component becomes the bound by value and NaN by norm.
    """
    if config.clip_value is not None:
        nn.utils.clip_grad_value_(parameters, config.clip_value)
    elif config.clip_norm is not None:
        nn.utils.clip_grad_norm_(parameters, config.clip_norm)
