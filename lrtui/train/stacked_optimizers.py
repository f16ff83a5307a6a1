"""The optimizers on rows: what each keeps of a parameter is a row too, and every scalar of a step comes from a table.

The scalars (rates, corrections of biased means, products of momenta) are worked out on the host in float64, an epoch
ahead; a step on the device reads its own from the table. Formulas as torch's and `root_inside`'s, in their units.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, optim

from lrtui.study.optimizers import (
    AdagradConfig,
    AdamConfig,
    AdamWConfig,
    NadamConfig,
    OptimConfig,
    RmspropConfig,
    SgdConfig,
)
from lrtui.train.optimizers import NEXT_TO_NONE

Floats = NDArray[np.float64]
Places = Mapping[str, tuple[int, torch.Size]]


class StackedOptimizer:
    """An optimizer of R runs that share its settings, but for the rate and what a schedule makes of the momentum."""

    names: tuple[str, ...] = ()
    """What torch's optimizer calls what it keeps of every parameter."""

    def __init__(self, flat: Tensor) -> None:
        self.kept = {name: torch.zeros_like(flat) for name in self.names}
        self.steps = 0
        """Steps taken so far."""

    def scalars(self, row: int, lr: Floats, momentum: Floats) -> list[Floats]:
        """Return the scalars of a row's next steps, each an array over the steps, of their rates and momenta."""
        raise NotImplementedError

    def step(self, flat: Tensor, gradient: Tensor, scalars: Tensor) -> None:
        """Take a step: `scalars` (K, R, 1) are those of this step."""
        raise NotImplementedError

    @torch.no_grad()
    def take(self, row: int, optimizer: optim.Optimizer, places: Places) -> None:
        """Have a row be as torch's optimizer is."""
        for parameter, (begin, shape) in zip(_parameters(optimizer), places.values(), strict=True):
            state = optimizer.state.get(parameter, {})
            for name, rows in self.kept.items():
                if state.get(name) is not None:
                    rows[row, begin : begin + shape.numel()].copy_(state[name].reshape(-1))
            if "step" in state:
                self.steps = int(state["step"])
            self._take(row, state)

    @torch.no_grad()
    def give(self, row: int, optimizer: optim.Optimizer, places: Places) -> None:
        """Have torch's optimizer keep what a row keeps."""
        if not self.steps:
            return
        group = optimizer.param_groups[0]
        for parameter, (begin, shape) in zip(_parameters(optimizer), places.values(), strict=True):
            state = {
                name: torch.empty_like(parameter).copy_(rows[row, begin : begin + shape.numel()].view(shape))
                for name, rows in self.kept.items()
            }
            where = parameter.device if group.get("fused") or group.get("capturable") else torch.device("cpu")
            for name, value in self._counts(row).items():
                state[name] = torch.tensor(value, dtype=torch.float32, device=where)
            optimizer.state[parameter] = state

    def _take(self, row: int, state: Mapping[str, Tensor]) -> None:
        """Take over what else torch keeps."""

    def _counts(self, row: int) -> dict[str, float]:
        """Return what torch keeps of a parameter besides tensors like it."""
        return {}


class _Sgd(StackedOptimizer):
    """With momentum m/η is kept, as torch does: put in units of the new rate when it moves."""

    def __init__(self, flat: Tensor, config: SgdConfig, rates: Sequence[float], *, moves: bool) -> None:
        self._remembers, self._nesterov = config.momentum > 0 or moves, config.nesterov
        self.names = ("momentum_buffer",) if self._remembers else ()
        self._rates = list(rates)
        super().__init__(flat)

    def scalars(self, row: int, lr: Floats, momentum: Floats) -> list[Floats]:
        if not self._remembers:
            return [lr]
        return [lr, momentum, _in_new_units(self._rates, row, lr, momentum)]

    def step(self, flat: Tensor, gradient: Tensor, scalars: Tensor) -> None:
        if not self._remembers:
            flat.sub_(scalars[0] * gradient)
            return
        buffer = self.kept["momentum_buffer"]
        buffer.mul_(scalars[2]).add_(gradient)
        flat.sub_(scalars[0] * (gradient + scalars[1] * buffer if self._nesterov else buffer))


class _Adam(StackedOptimizer):
    names = ("exp_avg", "exp_avg_sq")

    def __init__(self, flat: Tensor, config: AdamConfig | AdamWConfig) -> None:
        super().__init__(flat)
        self._beta2, self._eps = config.beta2, config.eps
        self._decay = config.weight_decay if isinstance(config, AdamWConfig) else 0.0

    def scalars(self, row: int, lr: Floats, momentum: Floats) -> list[Floats]:
        t = np.arange(self.steps + 1, self.steps + 1 + len(lr))
        second = np.sqrt(1 - self._beta2**t)
        return [1 - momentum, lr / (1 - momentum**t), 1 / second, 1 - lr * self._decay]

    def step(self, flat: Tensor, gradient: Tensor, scalars: Tensor) -> None:
        mean, square = self.kept["exp_avg"], self.kept["exp_avg_sq"]
        if self._decay:
            flat.mul_(scalars[3])
        mean.add_((gradient - mean) * scalars[0])
        square.mul_(self._beta2).addcmul_(gradient, gradient, value=1 - self._beta2)
        flat.sub_(scalars[1] * mean / (square.sqrt() * scalars[2] + self._eps))

    def _counts(self, row: int) -> dict[str, float]:
        return {"step": self.steps}


class _Nadam(StackedOptimizer):
    names = ("exp_avg", "exp_avg_sq")

    def __init__(self, flat: Tensor, config: NadamConfig) -> None:
        super().__init__(flat)
        self._beta2, self._eps, self._decay = config.beta2, config.eps, config.momentum_decay
        self._products = [1.0] * len(flat)

    def scalars(self, row: int, lr: Floats, momentum: Floats) -> list[Floats]:
        t = np.arange(self.steps + 1, self.steps + 1 + len(lr))
        now = momentum * (1 - 0.5 * 0.96 ** (t * self._decay))
        then = momentum * (1 - 0.5 * 0.96 ** ((t + 1) * self._decay))
        products = self._products[row] * np.cumprod(now)
        self._products[row] = float(products[-1])
        of_gradient, of_mean = lr * (1 - now) / (1 - products), lr * then / (1 - products * then)
        return [1 - momentum, of_gradient, of_mean, 1 / np.sqrt(1 - self._beta2**t)]

    def step(self, flat: Tensor, gradient: Tensor, scalars: Tensor) -> None:
        mean, square = self.kept["exp_avg"], self.kept["exp_avg_sq"]
        mean.add_((gradient - mean) * scalars[0])
        square.mul_(self._beta2).addcmul_(gradient, gradient, value=1 - self._beta2)
        root = square.sqrt().mul_(scalars[3]).add_(self._eps)
        flat.sub_((scalars[1] * gradient + scalars[2] * mean) / root)

    def _take(self, row: int, state: Mapping[str, Tensor]) -> None:
        if "mu_product" in state:
            self._products[row] = float(state["mu_product"])

    def _counts(self, row: int) -> dict[str, float]:
        return {"step": self.steps, "mu_product": self._products[row]}


class _Rmsprop(StackedOptimizer):
    def __init__(self, flat: Tensor, config: RmspropConfig, rates: Sequence[float], *, moves: bool) -> None:
        self._rho, self._eps, self._inside = config.rho, config.eps, config.eps_inside
        self._remembers = config.momentum > 0 or moves
        self._square = "square" if config.eps_inside else "square_avg"
        self.names = (self._square, *(("momentum_buffer",) if self._remembers else ()))
        self._rates = list(rates)
        super().__init__(flat)

    def scalars(self, row: int, lr: Floats, momentum: Floats) -> list[Floats]:
        return [lr, _in_new_units(self._rates, row, lr, momentum)] if self._remembers else [lr]

    def step(self, flat: Tensor, gradient: Tensor, scalars: Tensor) -> None:
        square = self.kept[self._square]
        square.mul_(self._rho).addcmul_(gradient, gradient, value=1 - self._rho)
        step = gradient / ((square + self._eps).sqrt_() if self._inside else square.sqrt().add_(self._eps))
        if self._remembers:
            step = self.kept["momentum_buffer"].mul_(scalars[1]).add_(step)
        flat.sub_(scalars[0] * step)

    def _counts(self, row: int) -> dict[str, float]:
        return {} if self._inside else {"step": self.steps}


class _Adagrad(StackedOptimizer):
    def __init__(self, flat: Tensor, config: AdagradConfig) -> None:
        self._eps, self._inside = config.eps, config.eps_inside
        self._sum = "square" if config.eps_inside else "sum"
        self.names = (self._sum,)
        super().__init__(flat)

    def scalars(self, row: int, lr: Floats, momentum: Floats) -> list[Floats]:
        return [lr]

    def step(self, flat: Tensor, gradient: Tensor, scalars: Tensor) -> None:
        total = self.kept[self._sum]
        total.addcmul_(gradient, gradient)
        flat.sub_(
            scalars[0] * gradient / ((total + self._eps).sqrt_() if self._inside else total.sqrt().add_(self._eps))
        )

    def _counts(self, row: int) -> dict[str, float]:
        return {} if self._inside else {"step": self.steps}


def build(config: OptimConfig, flat: Tensor, rates: Sequence[float], *, moves: bool) -> StackedOptimizer:
    """Return the optimizer of rows `flat` (R, P) whose last steps were taken at `rates`.

    `moves`: a schedule moves the momentum.
    """
    match config:
        case SgdConfig():
            return _Sgd(flat, config, rates, moves=moves)
        case AdamConfig() | AdamWConfig():
            return _Adam(flat, config)
        case NadamConfig():
            return _Nadam(flat, config)
        case RmspropConfig():
            return _Rmsprop(flat, config, rates, moves=moves)
        case AdagradConfig():
            return _Adagrad(flat, config)
        case _:
            raise ValueError(f"{config.name} has no stacked form")


def _in_new_units(rates: list[float], row: int, lr: Floats, momentum: Floats) -> Floats:
    """Return what a kept m/η is multiplied by in every step: the momentum, times the rate before over the rate now."""
    before = np.concatenate([[rates[row]], lr[:-1]])
    rates[row] = float(lr[-1])
    factors: Floats = np.where(momentum == 0, NEXT_TO_NONE, momentum) * before / lr
    return factors


def _parameters(optimizer: optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
