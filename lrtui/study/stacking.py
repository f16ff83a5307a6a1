"""Which runs train well together, as rows of one tensor or side by side, and why some train alone.

What a run shares with its stack is all that decides what a step is: network, data, batches, optimizer. Free within one are
the rate, the schedule, the seed, how the weights begin, epochs, early stopping, and all that is measured besides.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.reused import numbered
from lrtui.study.spec import RunSpec
from lrtui.text import count

STACKED_OPTIMIZERS = ("sgd", "adam", "nadam", "adamw", "rmsprop", "adagrad")
"""Those that `train.stacked_optimizers` has."""

SIDE_BY_SIDE = 5
"""So many tensors of runs are trained at once on one device, each on a stream of its own: see bench/RESULTS.md."""

_FREE = {
    "model": (
        "init",
        "init_distribution",
        "init_fan",
        "init_value",
        "init_sd",
        "init_bias",
        "init_output",
        "depth",
        "width",
    ),
    "optim": ("lr",),
    "train": ("epochs", "stop_on_nan", "keep", "checkpoint_seconds"),
}
"""Keys of these tables that may differ within a stack."""
_SHARED = ("data", "model", "optim", "regularization", "train")
"""Tables whose other keys may not; those that are not named may."""


def why_alone(spec: RunSpec) -> str:
    """Return why a run trains by itself, as a clause; empty if it can be one of a stack."""
    if not spec.config.model.stack_width:
        return f"{spec.config.model.name} has no stacked form"
    if not spec.config.task.is_plain:
        return "its loss has no stacked form"
    if spec.config.optim.name not in STACKED_OPTIMIZERS:
        return f"{spec.config.optim.name} has no stacked form"
    if spec.config.optim.groups is not None or spec.config.model.width_multiplier != 1:
        return "its layers have rates of their own"
    if spec.config.data.augment is not None:
        return "its images are changed at random one by one"
    if spec.config.model.activation == "rrelu":
        return "RReLU draws a slope for every value"
    if isinstance(spec.config.pruning, PruneGraduallyConfig):
        return "gradual pruning chooses its weights between steps"
    return ""


def shared(spec: RunSpec) -> tuple[Any, ...]:
    """Return what runs have in common that train together."""
    config = spec.config
    tables = []
    for name in _SHARED:
        table = getattr(config, name).model_dump(mode="json")
        tables.append(tuple((key, str(value)) for key, value in table.items() if key not in _FREE.get(name, ())))
    return (*tables, config.schedule.momentum_cycle is not None)


def chunks(runs: Iterable[RunSpec], lanes: int = 1) -> list[tuple[RunSpec, ...]]:
    """Return the runs as they are to be trained: together where they can, in the order of the first of each chunk.

    A chunk is what one device trains at a time: rows of one tensor, or a few tensors side by side. Where `lanes` would be
    left without any, chunks are smaller.
    """
    together: dict[object, list[RunSpec]] = {}
    for spec in runs:
        together.setdefault(spec.run if why_alone(spec) else shared(spec), []).append(spec)
    made: list[tuple[RunSpec, ...]] = []
    for alike in together.values():
        size = max(alike[0].config.model.stack_width, SIDE_BY_SIDE)
        size = max(1, min(size, -(-len(alike) // lanes)))
        made += [tuple(alike[at : at + size]) for at in range(0, len(alike), size)]
    return made


def reason(engine: str, device: str, *, asked: bool) -> str:
    """Return why an engine trains on a kind of device, as the end of a sentence; `asked`: a person asked for it."""
    if asked:
        return "as asked for"
    if engine == "stack":
        return "a run alone leaves most of a GPU idle"
    return "a lane per core, each beyond the first a process" if device == "cpu" else "run by run"


def sentences(runs: Sequence[RunSpec], lanes: int = 1) -> list[str]:
    """Return how runs are trained in stacks, and why some are not, a sentence each."""
    told: dict[str, list[int]] = {}
    for chunk in chunks(runs, lanes):
        first = chunk[0]
        if why := why_alone(first):
            how = f"one by one: {why}"
        elif first.config.model.stack_width >= len(chunk) > 1:
            how = f"as one, {count(len(chunk), 'row')} of one tensor"
        elif first.config.model.stack_width == 1:
            how = f"up to {SIDE_BY_SIDE} side by side"
        else:
            how = f"{first.config.model.stack_width} as one"
        told.setdefault(how, []).extend(spec.run for spec in chunk)
    return [f"{numbered(sorted(runs))} {'trains' if len(runs) == 1 else 'train'} {how}" for how, runs in told.items()]
