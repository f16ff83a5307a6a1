"""Networks that lrtui has not written, tried before a study begins: what would break its runs is said before there is one."""

import copy
import math
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
from lrtui.train.augmentation import transforms
from lrtui.train.groups import Groups
from lrtui.train.start import begin_with

_ROWS = 2


@dataclass(frozen=True)
class Sizes:
    """What a network has to take and to give."""

    shape: tuple[int, ...]
    outputs: int
    tokens: bool
    numbers: bool
    """Whether it is to give numbers, not classes."""


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
        sizes = Sizes(data.shape, data.outputs, spec.config.task.per_token, spec.config.task.gives == "numbers")
        what = f"{spec.config.model.model_dump_json()}{sizes}"
        if what not in done:
            done.add(what)
            _prove(spec, sizes)


def prove_parts(runs: Iterable[RunSpec], found: Mapping[Wanted, Found]) -> dict[int, str]:
    """See to it that weights to begin with, groups of layers, and transforms of images go with the networks of the runs.

    Returns which layers of a run begin with weights, as `begin_with` says it, by run. Raises InputError where something does
    not go with it, as `begin_with`, `Groups` and `transforms` do.
    """
    done: dict[object, str] = {}
    begun: dict[int, str] = {}
    for spec in runs:
        config = spec.config
        if not (config.model.start or config.optim.groups or config.data.augment):
            continue
        parts = (
            config.model.model_dump_json(),
            config.model.begins_with,
            config.optim.groups,
            config.data.model_dump_json(),
            config.task.model_dump_json(),
        )
        if parts not in done:
            done[parts] = _prove_parts(spec, found[Wanted.by(spec)])
        if config.model.start:
            begun[spec.run] = done[parts]
    return begun


def _prove_parts(spec: RunSpec, data: Found) -> str:
    config = spec.config
    network = models.build(config.model, data.shape, data.outputs, seeds.initialization(spec.seed), folder=spec.folder)
    layers = begin_with(network, config.model)
    Groups(network, config.optim, config.model.width_multiplier)
    if config.data.augment is not None:
        transforms(config.data.augment, data.shape)
    return layers


def _prove(spec: RunSpec, sizes: Sizes) -> None:
    name = literal(spec.config.model.name)
    before = own_code.drawn_elsewhere()
    network, again = (_built(spec, sizes) for _ in range(2))
    if own_code.drawn_elsewhere() != before:
        raise InputError(
            f"{name} draws from Python's or NumPy's generators, which no seed of a run sets: draw with torch, which is seeded "
            "for it"
        )
    parameters = dict(network.module.named_parameters())
    for key, parameter in parameters.items():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise InputError(f"{name}: {literal(key)} has no size before its first batch (a lazy layer); give sizes")
        if parameter.dtype != torch.float32:
            raise InputError(
                f"{name}: {literal(key)} is {str(parameter.dtype).removeprefix('torch.')}; parameters are float32"
            )
        if parameter.device.type != "cpu" or parameter.layout != torch.strided:
            kind = parameter.device.type if parameter.device.type != "cpu" else str(parameter.layout)
            raise InputError(
                f"{name}: {literal(key)} is {kind.removeprefix('torch.')}; parameters are dense, on the CPU"
            )
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise InputError(f"{name} has no parameters to train")
    _same(name, network, again)
    try:
        copy.deepcopy(network)
    except Exception as error:
        raise InputError(f"{name} cannot be copied: {literal(f'{type(error).__name__}: {error}')}") from None
    given, other = (_passes(name, one, sizes) for one in (network, again))
    if own_code.drawn_elsewhere() != before:
        raise InputError(f"{name} draws from Python's or NumPy's generators in its pass, which no seed of a run sets")
    if not torch.equal(given, other):
        raise InputError(
            f"{name} gives something else each time it takes the same batch with one seed: it draws from elsewhere than torch's "
            "generators"
        )


def _built(spec: RunSpec, sizes: Sizes) -> OwnNetwork:
    noise = seeds.noise(spec.seed, torch.device("cpu"))
    generator = seeds.initialization(spec.seed)
    network = models.build(spec.config.model, sizes.shape, sizes.outputs, generator, noise, spec.folder)
    assert isinstance(network, OwnNetwork)
    return network


def _same(name: str, network: OwnNetwork, again: OwnNetwork) -> None:
    """Refuse a network that begins otherwise when it is built again with the same seed."""
    try:
        first, second = network.module.state_dict(), again.module.state_dict()
    except Exception as error:
        raise InputError(f"{name} does not give its state: {literal(f'{type(error).__name__}: {error}')}") from None
    if other := sorted(first.keys() ^ second.keys()):
        raise InputError(f"{name}: it is built otherwise each time: {literal(other[0])} is there only once")
    for key, value in first.items():
        if not isinstance(value, Tensor):
            continue
        if value.shape != second[key].shape or not torch.equal(value.nan_to_num(), second[key].nan_to_num()):
            place, _, _ = key.rpartition(".")
            owner = type(network.module.get_submodule(place)).__name__
            raise InputError(
                f"{name}: {literal(key)} of {literal(owner)} begins otherwise each time it is built with one seed: it draws from "
                "elsewhere than torch's generators"
            )


def _passes(name: str, network: OwnNetwork, sizes: Sizes) -> Tensor:
    """Return what a network gives for a batch in training; refuse it if it cannot take one, or gives what is not asked for."""
    given = _checked(name, network, sizes, _ROWS, training=True)
    if not given.requires_grad:
        raise InputError(f"{name} gives what has no gradient: its outputs do not come from its parameters")
    _checked(name, network, sizes, _ROWS + 1, training=False)
    return given


def _checked(name: str, network: OwnNetwork, sizes: Sizes, count: int, *, training: bool) -> Tensor:
    shape = (count, *sizes.shape)
    if sizes.tokens:
        rows = torch.arange(math.prod(shape)).remainder(sizes.outputs).view(shape)
    else:
        rows = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    before = rows.clone()
    with torch.enable_grad():
        network.train(training)
        try:
            given = network(rows)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{name}: {literal(f'{type(error).__name__}: {error}')}") from None
    if not torch.equal(rows, before):
        raise InputError(f"{name} changes the inputs it is given, which others are to see too")
    if not isinstance(given, Tensor):
        raise InputError(f"{name} gives {literal(type(given).__name__)}; expected a tensor")
    wanted = (count, sizes.shape[0], sizes.outputs) if sizes.tokens else (count, sizes.outputs)
    shapes = [tuple(given.shape)]
    if sizes.numbers:  # of numbers only how many there are matters: an image may be given as one
        shapes += [tuple(given.reshape(len(given), -1).shape) if given.dim() and len(given) else ()]
    if wanted not in shapes:
        shown = " × ".join(map(str, given.shape)) or "one number"
        expected = " × ".join(map(str, wanted))
        what = f"for {count} rows of {' × '.join(map(str, sizes.shape))}"
        raise InputError(f"{name} gives {shown} {what}; expected {expected}")
    if given.dtype != torch.float32:
        raise InputError(f"{name} gives {str(given.dtype).removeprefix('torch.')}; expected float32")
    if not given.isfinite().all():
        odd = given[~given.isfinite()][0].item()
        raise InputError(f"{name} gives {odd} before any training, for inputs between 0 and 1")
    return given
