"""Networks that lrtui has not written, tried before a study begins: what would break its runs is said before there is one."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrtui import own_code
from lrtui.data.load import Wanted
from lrtui.errors import InputError
from lrtui.nn import models
from lrtui.nn.own import OwnNetwork
from lrtui.study.datasets import Found
from lrtui.study.spec import RunSpec
from lrtui.text import literal
from lrtui.train import seeds

_ROWS = 2


@dataclass(frozen=True)
class Sizes:
    """What a network has to take and to give."""

    shape: tuple[int, ...]
    outputs: int
    tokens: bool


def prove(runs: Iterable[RunSpec], found: Mapping[Wanted, Found]) -> None:
    """Build every network of the runs that lrtui has not written, twice, and have it take a batch.

    Raises InputError, naming the network, where it cannot be trained: it raises, gives something else than is asked for, draws
    from generators that no run sets, holds parameters that are no floats, or cannot be copied.
    """
    done: set[str] = set()
    for spec in runs:
        if not spec.config.model.foreign:
            continue
        data = found[Wanted.by(spec)]
        sizes = Sizes(data.shape, data.outputs, spec.config.task.labels == "tokens")
        what = f"{spec.config.model.model_dump_json()}{sizes}"
        if what not in done:
            done.add(what)
            _prove(spec, sizes)


def _prove(spec: RunSpec, sizes: Sizes) -> None:
    name = literal(spec.config.model.name)
    before = own_code.drawn_elsewhere()
    network, again = (_built(spec, sizes) for _ in range(2))
    if own_code.drawn_elsewhere() != before:
        raise InputError(
            f"{name} draws from Python's or NumPy's generators, which no seed of a run sets: draw with torch, which is seeded "
            "for it"
        )
    _same(name, network, again)
    parameters = dict(network.module.named_parameters())
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise InputError(f"{name} has no parameters to train")
    for key, parameter in parameters.items():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise InputError(f"{name}: {literal(key)} has no size before its first batch (a lazy layer); give sizes")
        if parameter.dtype != torch.float32:
            raise InputError(
                f"{name}: {literal(key)} is {str(parameter.dtype).removeprefix('torch.')}; parameters are float32"
            )
    try:
        copy.deepcopy(network)
    except Exception as error:
        raise InputError(f"{name} cannot be copied: {literal(f'{type(error).__name__}: {error}')}") from None
    _passes(name, network, sizes)
    if own_code.drawn_elsewhere() != before:
        raise InputError(f"{name} draws from Python's or NumPy's generators in its pass, which no seed of a run sets")


def _built(spec: RunSpec, sizes: Sizes) -> OwnNetwork:
    noise = seeds.noise(spec.seed, torch.device("cpu"))
    generator = seeds.initialization(spec.seed)
    network = models.build(spec.config.model, sizes.shape, sizes.outputs, generator, noise, spec.folder)
    assert isinstance(network, OwnNetwork)
    return network


def _same(name: str, network: OwnNetwork, again: OwnNetwork) -> None:
    """Refuse a network that begins otherwise when it is built again with the same seed."""
    first, second = network.module.state_dict(), again.module.state_dict()
    for key, value in first.items():
        same = key in second and isinstance(value, Tensor) and value.shape == second[key].shape
        if not same or not torch.equal(value.nan_to_num(), second[key].nan_to_num()):
            place, _, _ = key.rpartition(".")
            owner = type(network.module.get_submodule(place)).__name__
            raise InputError(
                f"{name}: {literal(key)} of {literal(owner)} begins otherwise each time it is built with one seed: it draws from "
                "elsewhere than torch's generators"
            )


def _passes(name: str, network: OwnNetwork, sizes: Sizes) -> None:
    """Refuse a network that cannot take a batch, or gives something else than is asked for."""
    rows = torch.zeros((_ROWS, *sizes.shape), dtype=torch.int64 if sizes.tokens else torch.float32)
    with torch.enable_grad():
        network.train()
        try:
            given = network(rows)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{name}: {literal(f'{type(error).__name__}: {error}')}") from None
    if not isinstance(given, Tensor):
        raise InputError(f"{name} gives {literal(type(given).__name__)}; expected a tensor")
    wanted = (_ROWS, sizes.shape[0], sizes.outputs) if sizes.tokens else (_ROWS, sizes.outputs)
    flat = given.flatten(1).shape if not sizes.tokens and given.dim() > 1 else given.shape
    enough = tuple(flat) == wanted or (sizes.outputs == 1 and tuple(given.shape) == (_ROWS,))
    if not enough:
        shown = " × ".join(map(str, given.shape)) or "one number"
        expected = " × ".join(map(str, wanted))
        what = f"for {_ROWS} rows of {' × '.join(map(str, sizes.shape))}"
        raise InputError(f"{name} gives {shown} {what}; expected {expected}")
    if not given.dtype.is_floating_point:
        raise InputError(f"{name} gives {str(given.dtype).removeprefix('torch.')}; expected floats")
    if not given.isfinite().all():
        raise InputError(
            f"{name} gives numbers that are none ({given.flatten()[0].item()}) for inputs of 0, before any training"
        )
    if not given.requires_grad:
        raise InputError(f"{name} gives what has no gradient: its outputs do not come from its parameters")
