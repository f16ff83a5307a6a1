"""RMSProp and AdaGrad as the guide and Keras 3 have them: ε stands inside the root, η·g / √(s + ε).

torch's own divide by √s + ε. With small gradients the two are far apart: at s = 0 this divides by √ε, torch by ε.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, optim


class _RootInside(optim.Optimizer):
    def __init__(self, parameters: Any, defaults: dict[str, float]) -> None:
        super().__init__(parameters, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                first = defaults.get("initial_accumulator", 0.0)
                self.state[parameter]["square"] = torch.full_like(parameter, first, memory_format=torch.preserve_format)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step."""
        for group in self.param_groups:
            parameters: list[Tensor] = [one for one in group["params"] if one.grad is not None]
            gradients = [one.grad for one in parameters if one.grad is not None]
            squares = [self.state[one]["square"] for one in parameters]
            self._accumulate(squares, gradients, group)
            roots = torch._foreach_add(squares, group["eps"])
            torch._foreach_sqrt_(roots)
            if not group.get("momentum"):
                torch._foreach_addcdiv_(parameters, gradients, roots, -group["lr"])
                continue
            for one in parameters:
                self.state[one].setdefault(
                    "momentum_buffer", torch.zeros_like(one, memory_format=torch.preserve_format)
                )
            buffers = [self.state[one]["momentum_buffer"] for one in parameters]
            torch._foreach_mul_(buffers, group["momentum"])
            torch._foreach_addcdiv_(buffers, gradients, roots)
            torch._foreach_add_(parameters, buffers, alpha=-group["lr"])

    def _accumulate(self, squares: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        raise NotImplementedError


class RMSprop(_RootInside):
    """s ← ρs + (1 − ρ)g²; m ← βm + g/√(s + ε); θ ← θ − ηm. Like torch's it keeps the momentum as m/η."""

    def __init__(self, parameters: Any, lr: float, rho: float, eps: float, momentum: float) -> None:
        super().__init__(parameters, {"lr": lr, "rho": rho, "eps": eps, "momentum": momentum})

    def _accumulate(self, squares: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        torch._foreach_mul_(squares, group["rho"])
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - group["rho"])


class Adagrad(_RootInside):
    """s ← s + g², from `initial_accumulator`; θ ← θ − ηg/√(s + ε)."""

    def __init__(self, parameters: Any, lr: float, eps: float, initial_accumulator: float) -> None:
        super().__init__(parameters, {"lr": lr, "eps": eps, "initial_accumulator": initial_accumulator})

    def _accumulate(self, squares: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        torch._foreach_addcmul_(squares, gradients, gradients)
