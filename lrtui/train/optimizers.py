"""The optimizers, from their configuration to torch's classes or `root_inside`'s, and the rate and momentum of the step to come.

Momentum is the guide's and Keras's, m ← βm − ηg, θ ← θ + m (Nesterov: θ ← θ + βm − ηg): a step taken at an earlier
rate keeps its length. torch's own keeps m/η, which is the same only while η stays; `set_rate` sees to the difference.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, optim

from lrtui.study.optimizers import (
    AdagradConfig,
    AdamConfig,
    AdamWConfig,
    MuonConfig,
    NadamConfig,
    OptimConfig,
    RmspropConfig,
    ScheduleFreeConfig,
    SgdConfig,
)
from lrtui.train import root_inside
from lrtui.train.checkpoint import State
from lrtui.train.muon import Muon
from lrtui.train.schedule_free import ScheduleFree

Parameters = Iterable[Any]
"""Parameters, or groups of them as torch has them, with the `factor` of the rate of each."""

NEXT_TO_NONE = sys.float_info.min
"""Stands for a momentum of 0 that a schedule asks for: at exactly 0 torch would leave m as it was some steps ago."""


# `fused` is one kernel for all parameters, `foreach` few: measured on a CPU, each is the fastest its class has.
def _sgd(parameters: Parameters, config: SgdConfig, lr: float) -> optim.Optimizer:
    return optim.SGD(parameters, lr, config.momentum, nesterov=config.nesterov, fused=True)


def _adam(parameters: Parameters, config: AdamConfig, lr: float) -> optim.Optimizer:
    return optim.Adam(parameters, lr, (config.beta1, config.beta2), config.eps, fused=True)


def _adamw(parameters: Parameters, config: AdamWConfig, lr: float) -> optim.Optimizer:
    return optim.AdamW(parameters, lr, (config.beta1, config.beta2), config.eps, config.weight_decay, fused=True)


def _nadam(parameters: Parameters, config: NadamConfig, lr: float) -> optim.Optimizer:
    betas = (config.beta1, config.beta2)
    return optim.NAdam(parameters, lr, betas, config.eps, momentum_decay=config.momentum_decay, foreach=True)


def _rmsprop(parameters: Parameters, config: RmspropConfig, lr: float) -> optim.Optimizer:
    if config.eps_inside:
        return root_inside.RMSprop(parameters, lr, config.rho, config.eps, config.momentum)
    return optim.RMSprop(parameters, lr, config.rho, config.eps, momentum=config.momentum, foreach=True)


def _adagrad(parameters: Parameters, config: AdagradConfig, lr: float) -> optim.Optimizer:
    if config.eps_inside:
        return root_inside.Adagrad(parameters, lr, config.eps, config.initial_accumulator)
    parameters = list(parameters)
    each = [one for part in parameters for one in (part["params"] if isinstance(part, dict) else [part])]
    on_cpu = all(parameter.is_cpu for parameter in each)  # not every torch has it fused for CUDA
    first = config.initial_accumulator
    return optim.Adagrad(parameters, lr, eps=config.eps, initial_accumulator_value=first, fused=on_cpu or None)


def _muon(parameters: Parameters, config: MuonConfig, lr: float) -> optim.Optimizer:
    return Muon(
        parameters,
        lr,
        momentum=config.momentum,
        nesterov=config.nesterov,
        weight_decay=config.weight_decay,
        iterations=config.iterations,
        adjust=config.adjust,
        betas=(config.beta1, config.beta2),
        eps=config.eps,
    )


def _schedule_free(parameters: Parameters, config: ScheduleFreeConfig, lr: float) -> optim.Optimizer:
    return ScheduleFree(
        parameters,
        lr,
        beta=config.beta,
        adaptive=config.base == "adamw",
        beta2=config.beta2,
        eps=config.eps,
        weight_decay=config.weight_decay,
    )


_BUILDERS: dict[str, Callable[[Parameters, Any, float], optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "nadam": _nadam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "muon": _muon,
    "schedule_free": _schedule_free,
}


def build(parameters: Parameters, config: OptimConfig, lr: float) -> optim.Optimizer:
    """Return the optimizer of `parameters` with every setting of `config`; none is left to torch's defaults.

    `lr` is the rate itself, as `config.lr` may be `find`. The Adam family's ε stands outside the root, as in torch and Keras;
    that of RMSProp and AdaGrad where `eps_inside` says.
    """
    optimizer = _BUILDERS[config.name](parameters, config, lr)
    for group in optimizer.param_groups:
        group["lr"] = lr * group.get("factor", 1.0)
    return optimizer


def set_rate(optimizer: optim.Optimizer, lr: float, momentum: float | None) -> None:
    """Set the learning rate of the next step, and its momentum unless that is None.

    Momentum is β of SGD and RMSProp, β₁ of the Adam family. An optimizer built without momentum can be given some
    before its first step (SGD: any time; it begins with that step's gradient).
    """
    for group in optimizer.param_groups:
        own = lr * group.get("factor", 1.0)
        if own != group["lr"]:
            if own and group["lr"]:
                _keep_momentum(optimizer, group, group["lr"] / own)
            group["lr"] = own
        if momentum is None:
            continue
        if "momentum" in group:
            group["momentum"] = momentum or NEXT_TO_NONE
        elif "betas" in group:
            group["betas"] = (momentum, group["betas"][1])


def _keep_momentum(optimizer: optim.Optimizer, group: Mapping[str, Any], ratio: float) -> None:
    """Put what torch keeps as m/η in units of the new rate; `ratio` is the old one over the new one."""
    states = [optimizer.state[parameter] for parameter in group["params"] if parameter in optimizer.state]
    buffers = [state["momentum_buffer"] for state in states if state.get("momentum_buffer") is not None]
    if buffers:
        torch._foreach_mul_(buffers, ratio)


def to_look(optimizer: optim.Optimizer) -> None:
    """Have the parameters be what is looked at, if that is not what is trained with."""
    if isinstance(optimizer, ScheduleFree):
        optimizer.look()


def to_train(optimizer: optim.Optimizer) -> None:
    """Have them be what is trained with."""
    if isinstance(optimizer, ScheduleFree):
        optimizer.train()


def state(optimizer: optim.Optimizer) -> State:
    """Return the settings of every group, and what the optimizer remembers of every parameter."""
    groups = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    return {"groups": groups, "memories": [_memory(optimizer, parameter) for parameter in _parameters(optimizer)]}


def restore(optimizer: optim.Optimizer, state: State) -> None:
    """Set an optimizer of the same parameters to what `state` gave."""
    for group, settings in zip(optimizer.param_groups, state["groups"], strict=True):
        group.update({key: tuple(value) if isinstance(group[key], tuple) else value for key, value in settings.items()})
    for parameter, memory in zip(_parameters(optimizer), state["memories"], strict=True):
        optimizer.state[parameter] = {
            name: _placed(value, parameter, on_host=name in memory["on_host"])
            for name, value in memory["values"].items()
        }


def _parameters(optimizer: optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _memory(optimizer: optim.Optimizer, parameter: Tensor) -> State:
    """Return what is remembered of a parameter, and which of it is not on the parameter's device (counts of steps)."""
    values = dict(optimizer.state.get(parameter, {}))
    on_host = [name for name, value in values.items() if isinstance(value, Tensor) and value.device != parameter.device]
    return {"values": values, "on_host": on_host}


def _placed(value: Any, parameter: Tensor, *, on_host: bool) -> Any:
    """Return a tensor of an optimizer's memory where it was, in the parameter's memory layout if it has its shape."""
    if not isinstance(value, Tensor) or on_host:
        return value
    if value.shape == parameter.shape:
        return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
    return value.to(parameter.device, copy=True)
