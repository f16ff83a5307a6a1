"""Schedule-free SGD and AdamW: gradients are taken between an average and the fast weights (Defazio et al., 2024).

z are the fast weights, x their average, y = (1 − β) z + β x is where gradients are taken. While training the parameters are y;
to be looked at they become x.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import optim


class ScheduleFree(optim.Optimizer):
    """Descends with z ← z − η g, and averages x over the steps, each weighing as much as the square of the largest rate so far.

    `adaptive`: g is the gradient over the root of the mean of its squares, as in AdamW.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float,
        *,
        beta: float,
        adaptive: bool,
        beta2: float,
        eps: float,
        weight_decay: float,
    ) -> None:
        defaults = {
            "lr": lr,
            "beta": beta,
            "adaptive": adaptive,
            "beta2": beta2,
            "eps": eps,
            "weight_decay": weight_decay,
            "steps": 0,
            "weights": 0.0,
            "largest": 0.0,
            "at_average": False,
        }
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take a step with the gradients at y."""
        for group in self.param_groups:
            group["steps"] += 1
            lr, beta = group["lr"], group["beta"]
            group["largest"] = max(lr, group["largest"])
            weight = group["largest"] ** 2
            group["weights"] += weight
            share = weight / group["weights"] if group["weights"] else 0.0
            for y in group["params"]:
                if y.grad is None:
                    continue
                state, step = self.state[y], y.grad
                if not state:
                    state["z"] = y.clone(memory_format=torch.preserve_format)
                    if group["adaptive"]:
                        state["squares"] = torch.zeros_like(y)
                if group["adaptive"]:
                    squares = state["squares"].mul_(group["beta2"]).addcmul_(step, step, value=1 - group["beta2"])
                    step = step / (squares / (1 - group["beta2"] ** group["steps"])).sqrt_().add_(group["eps"])
                if group["weight_decay"]:
                    step = step.add(y, alpha=group["weight_decay"])
                # x ← (1 − c) x + c z', with z' = z − η g, written in y alone
                y.lerp_(state["z"], share).add_(step, alpha=lr * (beta * (1 - share) - 1))
                state["z"].sub_(step, alpha=lr)

    def look(self) -> None:
        """Have the parameters be the average x."""
        self._move(at_average=True)

    def train(self) -> None:
        """Have them be y again."""
        self._move(at_average=False)

    @torch.no_grad()
    def _move(self, *, at_average: bool) -> None:
        for group in self.param_groups:
            if group["at_average"] is at_average:
                continue
            group["at_average"] = at_average
            for parameter in group["params"]:
                if (z := self.state.get(parameter, {}).get("z")) is not None:
                    parameter.lerp_(z, 1 - 1 / group["beta"] if at_average else 1 - group["beta"])
