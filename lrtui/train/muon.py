"""Muon: steps of hidden kernels are made orthogonal, everything else is trained by AdamW (Jordan et al., 2024)."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, optim

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic polynomial that takes every singular value near 1 (Jordan et al., 2024; torch has the same)."""
_EPS = 1e-7


class Muon(optim.Optimizer):
    """Trains groups of parameters, those with `hidden` by orthogonal steps; a kernel of more than two axes as a matrix of rows.

    A step of a kernel is the momentum's nearest orthogonal matrix, about, as long as AdamW's are (0.2 √max(rows, columns)), so
    that both have one rate; with `adjust` = `original` it is √max(1, rows / columns) long.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float,
        *,
        momentum: float,
        nesterov: bool,
        weight_decay: float,
        iterations: int,
        adjust: str,
        betas: tuple[float, float],
        eps: float,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "nesterov": nesterov,
            "weight_decay": weight_decay,
            "iterations": iterations,
            "adjust": adjust,
            "adam_betas": betas,
            "eps": eps,
            "hidden": True,
        }
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take a step with the gradients there are."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if group["hidden"] and parameter.dim() >= 2:
                    self._orthogonal(parameter, parameter.grad, group)
                else:
                    self._adam(parameter, parameter.grad, group)

    def _orthogonal(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["mean"] = torch.zeros_like(gradient)
        mean = state["mean"].lerp_(gradient, 1 - group["momentum"])
        update = gradient.lerp(mean, group["momentum"]) if group["nesterov"] else mean
        rows, columns = len(update), update[0].numel()
        length = (
            math.sqrt(max(1, rows / columns)) if group["adjust"] == "original" else 0.2 * math.sqrt(max(rows, columns))
        )
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        step = orthogonal(update.reshape(rows, columns), group["iterations"]).view(update.shape)
        parameter.add_(step, alpha=-group["lr"] * length)

    def _adam(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state, (beta1, beta2) = self.state[parameter], group["adam_betas"]
        if not state:
            state["steps"], state["first"], state["second"] = 0, torch.zeros_like(gradient), torch.zeros_like(gradient)
        state["steps"] += 1
        first = state["first"].lerp_(gradient, 1 - beta1)
        second = state["second"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = second.sqrt().div_(math.sqrt(1 - beta2 ** state["steps"])).add_(group["eps"])
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.addcdiv_(first, root, value=-group["lr"] / (1 - beta1 ** state["steps"]))


def orthogonal(matrix: Tensor, iterations: int) -> Tensor:
    """Return about the nearest matrix whose rows (or columns, the fewer) are orthonormal, by a Newton–Schulz iteration.

    Its singular values lie between 0.7 and 1.2 or so. In bfloat16, as torch has it.
    """
    a, b, c = _COEFFICIENTS
    turned = len(matrix) > matrix.shape[1]
    x = (matrix.T if turned else matrix).bfloat16()
    x = x / x.norm().clamp(min=_EPS)
    for _ in range(iterations):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.T if turned else x).to(matrix.dtype)
