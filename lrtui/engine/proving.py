"""Networks that lrtui has not written, tried before a study begins: what would break its runs is said before there is one."""

import copy
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrtui import own_code
from lrtui.data.load import Wanted
from lrtui.engine.loop_hand import of_own
from lrtui.errors import InputError
from lrtui.nn import models, own
from lrtui.nn.own import OwnNetwork
from lrtui.study import references
from lrtui.study.datasets import Found
from lrtui.study.spec import RunSpec
from lrtui.text import count as quantity
from lrtui.text import literal
from lrtui.train import seeds
from lrtui.train.augmentation import transforms
from lrtui.train.evaluation import BATCH
from lrtui.train.groups import Groups
from lrtui.train.start import begin_with

_ROWS = 2
_SEED = 2_718_281_828
"""What networks are tried with: no seed that code is likely to set."""
_SECONDS = 1.0
"""Batches of a study's own sizes are tried if that takes no longer."""


@dataclass(frozen=True)
class Sizes:
    """What a network has to take and to give."""

    shape: tuple[int, ...]
    outputs: int
    tokens: bool
    numbers: bool
    """Whether it is to give numbers, not classes."""


@dataclass(frozen=True)
class Batch:
    """A batch that a study has."""

    rows: int
    training: bool
    what: str = ""
    """What it is, for a message."""


def prove(
    runs: Iterable[RunSpec], found: Mapping[Wanted, Found], rows: Mapping[Wanted, tuple[int, int]] | None = None
) -> None:
    """Build every network of the runs that lrtui has not written, twice, and have it take batches, forward and backward.

    `rows` is how many rows there are to train on and to validate with: batches of the sizes that come of them are tried too.
    Raises InputError, naming the network, where it cannot be trained: it raises, gives something else than is asked for, draws
    from generators that no run sets, sets them, draws in evaluation, holds parameters that are no floats, or cannot be copied.
    """
    done: set[str] = set()
    for spec in runs:
        if not spec.config.model.foreign:
            continue
        data = found[Wanted.by(spec)]
        sizes = Sizes(data.shape, data.outputs, spec.config.task.per_token, spec.config.task.gives == "numbers")
        batches = _batches(spec.batch_size, *rows[Wanted.by(spec)]) if rows is not None else []
        what = f"{spec.config.model.model_dump_json()}{sizes}{batches}"
        if what not in done:
            done.add(what)
            with of_own(spec):
                _prove(spec, sizes, batches)


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


def _batches(batch_size: int, train: int, validation: int) -> list[Batch]:
    """Return the batches of a study that differ in size: the first and the last of an epoch, and of what is evaluated."""
    found: dict[tuple[int, bool], Batch] = {}
    for rows, size, training, what in (
        (train, batch_size, True, "rows to train on"),
        (train, BATCH, False, "rows that are evaluated"),
        (validation, BATCH, False, "rows that are evaluated"),
    ):
        for count in (min(size, rows), rows % size):
            if count:
                batches = f"{rows:,} {what} in batches of {size:,}"
                found.setdefault(
                    (count, training), Batch(count, training, f"{batches}: one has {quantity(count, 'row')}")
                )
    return list(found.values())


def _prove(spec: RunSpec, sizes: Sizes, batches: Sequence[Batch]) -> None:
    model, path = spec.config.model, None
    if model.code:
        path = references.at(spec.folder, references.parts(model.name)[0])
        own_code.imported(spec.folder, model.name, model.sha256)  # what is seeded there is put back
    with own_code.seedings(path) as seedings:
        try:
            _try(spec, sizes, batches)
        except InputError:
            if not seedings:
                raise
        if seedings:
            raise InputError(own.seeded(seedings[0] or model.name))


def _try(spec: RunSpec, sizes: Sizes, batches: Sequence[Batch]) -> None:
    name = literal(spec.config.model.name)
    before = own_code.drawn_elsewhere()
    network, again = (_built(spec, sizes) for _ in range(2))
    if own_code.drawn_elsewhere() != before:
        raise InputError(
            f"{name} draws from Python's or NumPy's generators, which no seed of a run sets: draw with torch, which is seeded "
            "for it"
        )
    _trainable(name, network)
    _same(name, network, again)
    try:
        fresh = copy.deepcopy(network)
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
    _evaluated_twice(name, fresh, sizes)  # as in a run, before any training
    _checked(name, fresh, sizes, Batch(_ROWS, True)).square().mean().backward()
    _as_in_the_study(name, fresh, sizes, batches)


def _trainable(name: str, network: OwnNetwork) -> None:
    """Refuse a network without parameters to train, or with some that are no floats on the CPU."""
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


def _built(spec: RunSpec, sizes: Sizes) -> OwnNetwork:
    noise = seeds.noise(_SEED, torch.device("cpu"))
    generator = seeds.initialization(_SEED)
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
    given = _checked(name, network, sizes, Batch(_ROWS, True))
    if not given.requires_grad:
        raise InputError(f"{name} gives what has no gradient: its outputs do not come from its parameters")
    return given


def _evaluated_twice(name: str, network: OwnNetwork, sizes: Sizes) -> None:
    """Refuse a network that draws where it is only looked at."""
    before = torch.get_rng_state()
    first, second = (_checked(name, network, sizes, Batch(_ROWS + 1, False)) for _ in range(2))
    if not torch.equal(torch.get_rng_state(), before):
        raise InputError(
            f"{name} draws in evaluation too (after eval()), so that it gives something else each time: have it draw only if "
            "self.training, as functional.dropout(x, p, self.training)"
        )
    if not torch.equal(first, second):
        raise InputError(f"{name} gives something else each time it takes the same batch in evaluation (after eval())")


def _as_in_the_study(name: str, network: OwnNetwork, sizes: Sizes, batches: Sequence[Batch]) -> None:
    """Refuse a network that cannot take a batch of a size that the study has, of those that take no time to speak of."""
    started = time.perf_counter()
    _checked(name, network, sizes, Batch(_ROWS, True))
    seconds = (time.perf_counter() - started) / _ROWS
    for batch in batches:
        if batch.rows * seconds < _SECONDS:
            try:
                _checked(name, network, sizes, batch)
            except InputError as error:
                raise InputError(f"{error} ({batch.what})") from None


def _checked(name: str, network: OwnNetwork, sizes: Sizes, batch: Batch) -> Tensor:
    shape = (batch.rows, *sizes.shape)
    if sizes.tokens:
        rows = torch.arange(math.prod(shape)).remainder(sizes.outputs).view(shape)
    else:
        rows = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    before = rows.clone()
    network.train(batch.training)
    with torch.enable_grad() if batch.training else torch.inference_mode():
        try:
            given = network(rows)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{name}: {literal(f'{type(error).__name__}: {error}')}") from None
        _require_outputs(name, given, sizes, batch.rows)
    if not torch.equal(rows, before):
        raise InputError(f"{name} changes the inputs it is given, which others are to see too")
    return given  # type: ignore[no-any-return]


def _require_outputs(name: str, given: object, sizes: Sizes, count: int) -> None:
    """Refuse outputs of another kind, shape or type than is asked for."""
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
