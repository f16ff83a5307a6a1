"""Own data as a run wants it: split, labels as its task has them, scaled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrtui.data.fingerprint import Fingerprint
from lrtui.data.own import code, folders, npz, tables, texts
from lrtui.data.own.arrays import Array, Arrays, listed
from lrtui.data.splits import Split, split
from lrtui.data.variance import variance
from lrtui.errors import InputError
from lrtui.study import references
from lrtui.study.datasets import (
    CodeDataConfig,
    ConstitutionConfig,
    FolderConfig,
    Found,
    NpzConfig,
    OwnDataConfig,
    TableConfig,
    TextConfig,
)
from lrtui.study.tasks import TaskConfig
from lrtui.text import literal

if TYPE_CHECKING:
    from lrtui.data.load import Dataset

SHIPPED = Path(__file__).parents[1] / "constitution.txt"
MOST_CLASSES = 65_536
_TOO_LARGE = "data.scale: some inputs are too large for 32-bit numbers"
MISSING = ("na", "n/a", "#n/a", "nan", "null", "<na>", "none", "?")
"""How tables write, in any case, that a value is missing."""
_LIKELY = 5
"""So many rows of a class are expected somewhere, and there is none: rows are in an order."""
_BLOCK = 4096
"""Rows scaled at once."""


def load(config: OwnDataConfig, task: TaskConfig, folder: str) -> "Dataset":
    """Return the data that `config` names, relative to `folder`. Raises InputError where it is not what it has to be."""
    from lrtui.data.load import Dataset

    if task.labels not in LABELS and task.labels not in OF_INPUTS:
        raise InputError(f"task.name: {task.name} is for lrtui's own data sets of images")
    arrays = _split(config, _checked(_read(config, folder, labelled=task.labelled)))
    assert arrays.test_inputs is not None
    assert arrays.test_labels is not None
    rows = split(_Count(config.name, len(arrays.inputs), len(arrays.test_inputs)), config)
    aside = rows.test_count is not None
    labels, test_labels, found = _labels(arrays, task, slice(rows.train.start, rows.train.stop))
    inputs, test_inputs = _scaled(config, arrays, slice(rows.train.start, rows.train.stop))
    if task.labels in OF_INPUTS:
        labels, test_labels = (OF_INPUTS[task.labels](part) for part in (inputs, test_inputs))
        targets = labels[rows.train.start : rows.train.stop]
        if (nothing := variance(targets)) == 0:
            raise InputError(f"{arrays.where}: every row to train on is the same: there is nothing to learn")
        found = Found((), targets.shape[1], nothing)
    found = replace(found, shape=tuple(inputs.shape[1:]))
    if task.labels == "classes":
        _require_mixed(config, arrays, found, (labels if aside else test_labels), rows)
    train, validation = (slice(part.start, part.stop) for part in (rows.train, rows.validation))
    return Dataset(
        name=config.name,
        train_images=inputs[train].contiguous(),
        train_labels=labels[train].contiguous(),
        val_images=(inputs if aside else test_inputs)[validation].contiguous(),
        val_labels=(labels if aside else test_labels)[validation].contiguous(),
        classes=found.outputs,
        fingerprint=Fingerprint(
            name=config.name,
            train_count=len(rows.train),
            val_count=len(rows.validation),
            sha256=arrays.sha256,
            canonical=None,
            source=arrays.source,
            note="",
            test_count=rows.test_count,
            found=found.as_dict(),
        ),
        test_images=test_inputs if aside else None,
        test_labels=test_labels if aside else None,
        task=task,
    )


@dataclass(frozen=True)
class _Count:
    name: str
    train_count: int
    test_count: int


def _read(config: OwnDataConfig, folder: str, *, labelled: bool) -> Arrays:
    if isinstance(config, CodeDataConfig):
        if config.test is not None:
            raise InputError(
                "data.test: code returns its own test rows: (training inputs, labels, test inputs, labels)"
            )
        return code.read(config, folder, labelled=labelled)
    path = SHIPPED if isinstance(config, ConstitutionConfig) else references.at(folder, config.name)
    test = None if config.test is None else references.at(folder, config.test)
    return next(read for kind, read in READERS.items() if isinstance(config, kind))(config, path, test, labelled)


def _npz(config: NpzConfig, path: Path, test: Path | None, labelled: bool) -> Arrays:
    made = npz.read(config, path, labelled=labelled)
    return made if test is None else made.joined(npz.read(config, test, labelled=labelled))


READERS: dict[type[OwnDataConfig], Callable[[Any, Path, Path | None, bool], Arrays]] = {
    NpzConfig: _npz,
    TableConfig: lambda config, path, test, labelled: tables.read(config, path, test, labelled=labelled),
    FolderConfig: lambda config, path, test, _labelled: folders.read(config, path, test),
    TextConfig: lambda config, path, test, _labelled: texts.read(config, path, test),
}
"""What reads the files of each kind: the file, one with test rows if there is one, and whether there have to be labels."""


def _checked(arrays: Arrays) -> Arrays:
    """Return arrays that have as many labels as inputs, of numbers that are numbers. Raises InputError for others."""
    parts = [("", arrays.inputs, arrays.labels)]
    if arrays.test_inputs is not None and arrays.test_labels is not None:
        parts.append(("test ", arrays.test_inputs, arrays.test_labels))
    for what, inputs, labels in parts:
        if labels.ndim == 0:
            raise InputError(f"{arrays.where}: the {what}labels are one value; expected is one for each example")
        if inputs.ndim < 2:
            raise InputError(
                f"{arrays.where}: the {what}inputs are {_size(inputs) or 'one value'}; expected is a row for each example, "
                "(N, features) or (N, C, H, W)"
            )
        if len(inputs) != len(labels):
            raise InputError(f"{arrays.where} has {len(inputs):,} {what}inputs and {len(labels):,} {what}labels")
        if not len(inputs):
            raise InputError(f"{arrays.where} has no {what}rows")
        if 0 in inputs.shape:
            raise InputError(f"{arrays.where}: the {what}inputs are {_size(inputs)}: there is nothing in them")
        if inputs.dtype.kind not in "buif":
            raise InputError(f"{arrays.where}: the {what}inputs are {literal(str(inputs.dtype))}, not numbers")
        if inputs.shape[1:] != arrays.inputs.shape[1:]:
            raise InputError(
                f"{arrays.where}: the test inputs are {_size(inputs)}, and those to train on {_size(arrays.inputs)}"
            )
        for name, array in (("inputs", inputs), ("labels", labels)):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                at = int(np.argmax(~np.isfinite(array.reshape(len(array), -1)).all(1)))
                raise InputError(f"{arrays.where}: {what}{name}: row {at:,} (from 0) has a value that is no number")
    return arrays


def _size(array: Array) -> str:
    return " × ".join(f"{size:,}" for size in array.shape)


def _split(config: OwnDataConfig, arrays: Arrays) -> Arrays:
    """Return rows to train on and to test on: those that were told apart, else some drawn; of a text its end."""
    made = _told_apart(config, arrays)
    if not config.shuffle:
        return made
    assert made.test_inputs is not None
    assert made.test_labels is not None
    generator = torch.Generator().manual_seed(config.split_seed)
    train, test = (torch.randperm(len(one), generator=generator).numpy() for one in (made.inputs, made.test_inputs))
    return _taken(made, made.inputs[train], made.labels[train], made.test_inputs[test], made.test_labels[test])


def _told_apart(config: OwnDataConfig, arrays: Arrays) -> Arrays:
    if arrays.test_inputs is not None:
        return arrays
    count = len(arrays.inputs)
    kept = min(max(1, round(count * config.test_share)), count - 1)
    if count < 2:
        raise InputError(f"{arrays.where} has one row: none would be left to test on")
    if arrays.vocabulary is not None:
        train, test = np.arange(count - kept), np.arange(count - kept, count)
    else:
        order = torch.randperm(count, generator=torch.Generator().manual_seed(config.split_seed)).numpy()
        train, test = np.sort(order[kept:]), np.sort(order[:kept])
    return _taken(arrays, arrays.inputs[train], arrays.labels[train], arrays.inputs[test], arrays.labels[test])


def _taken(arrays: Arrays, inputs: Array, labels: Array, test_inputs: Array, test_labels: Array) -> Arrays:
    return replace(arrays, inputs=inputs, labels=labels, test_inputs=test_inputs, test_labels=test_labels)


def _require_mixed(config: OwnDataConfig, arrays: Arrays, found: Found, labels: torch.Tensor, rows: Split) -> None:
    """Raise InputError if rows that were taken in their order to validate lack a class that chance would give them."""
    part, seen = len(rows.validation), labels[rows.validation.start : rows.validation.stop]
    counts, whole = torch.bincount(seen, minlength=found.outputs), torch.bincount(labels, minlength=found.outputs)
    if config.validation == "test" and part == len(labels):
        return
    for number in range(found.outputs):
        if not counts[number] and whole[number] * part >= _LIKELY * len(labels):
            raise InputError(
                f"{arrays.where}: of {part:,} rows that validate none has the class {listed([found.labels[number]])}: they are "
                "taken in their order; say data.shuffle = true"
            )


def _labels(arrays: Arrays, task: TaskConfig, trained: slice) -> tuple[torch.Tensor, torch.Tensor, Found]:
    """Return the labels to train on and to test on as the task has them, and what is known of them."""
    assert arrays.test_labels is not None
    if task.per_token != (arrays.vocabulary is not None):
        needs = "needs a text (FILE.txt)" if task.per_token else "does not go with a text: say next_token"
        raise InputError(f"task.name: {task.name} {needs}")
    if task.labels in OF_INPUTS:
        nothing = torch.zeros(0)
        return nothing, nothing, Found((), 0, 0.0)
    if task.per_token:
        return LABELS[task.labels](arrays, arrays.labels, arrays.test_labels, trained)
    labels, test_labels = (
        one[:, 0] if one.ndim == 2 and one.shape[1] == 1 else one for one in (arrays.labels, arrays.test_labels)
    )
    return LABELS[task.labels](arrays, labels, test_labels, trained)


def _tokens(
    arrays: Arrays, labels: Array, test_labels: Array, _trained: slice
) -> tuple[torch.Tensor, torch.Tensor, Found]:
    """Return the token that follows each (N, tokens) int64."""
    assert arrays.vocabulary is not None
    found = Found((), arrays.vocabulary, float(np.log(arrays.vocabulary)), arrays.names)
    return torch.from_numpy(labels), torch.from_numpy(test_labels), found


def _require_present(arrays: Arrays, labels: Array) -> None:
    """Raise InputError for labels that are empty, or texts by which tables usually say that something is missing."""
    stripped = np.char.strip(
        labels.astype(str) if labels.dtype.kind == "U" else np.char.decode(labels, errors="replace")
    )
    empty = stripped == ""
    if empty.any():
        first = f"the first in row {int(empty.argmax()):,} (from 0)"
        raise InputError(f"{arrays.where}: {int(empty.sum()):,} labels are missing, {first}")
    missing = np.isin(np.char.lower(stripped), MISSING)
    if missing.any():
        at = int(missing.argmax())
        raise InputError(
            f"{arrays.where}: {int(missing.sum()):,} labels are {literal(str(stripped[at]))!r}, the first in row {at:,} (from "
            "0), as what is missing is written; leave those rows out, or call the class otherwise if it is one"
        )


def _numbers(
    arrays: Arrays, labels: Array, test_labels: Array, trained: slice
) -> tuple[torch.Tensor, torch.Tensor, Found]:
    """Return numbers (N, K) float32, each with mean 0 and variance 1 over the rows trained on."""
    for one in (labels, test_labels):
        if one.dtype.kind in "USO" or arrays.names:
            raise InputError(f'{arrays.where}: the labels are names, not numbers: say task.name = "classification"')
        if one.dtype.kind not in "buif":
            raise InputError(f"{arrays.where}: the labels are {literal(str(one.dtype))}, not numbers")
        if one.shape[1:] != labels.shape[1:] or 0 in one.shape:
            raise InputError(
                f"{arrays.where}: the labels are {_size(labels)}, those of the test rows {_size(test_labels)}; expected are as "
                "many numbers a row in both"
            )
    numbers, tests = (one.reshape(len(one), -1).astype(np.float64) for one in (labels, test_labels))
    with np.errstate(over="ignore", invalid="ignore"):
        mean, sd = numbers[trained].mean(0), numbers[trained].std(0)
        made = [
            torch.from_numpy(((one - mean) / np.where(sd == 0, 1, sd)).astype(np.float32)) for one in (numbers, tests)
        ]
    if not np.isfinite(sd).all() or not all(bool(one.isfinite().all()) for one in made):
        raise InputError(f"{arrays.where}: some labels are too large for 32-bit numbers")
    if not sd.all():
        raise InputError(f"{arrays.where}: the label is {mean[sd == 0][0]:g} in every row: there is nothing to learn")
    return made[0], made[1], Found((), numbers.shape[1], 1.0)


def _classes(
    arrays: Arrays, labels: Array, test_labels: Array, trained: slice
) -> tuple[torch.Tensor, torch.Tensor, Found]:
    """Return classes (N,) int64 from 0 on, in the order of their numbers or names."""
    if labels.ndim != 1 or test_labels.ndim != 1:
        raise InputError(
            f"{arrays.where}: the labels are {_size(labels)}; a class is one number or name a row, and several numbers a row "
            'are told by task.name = "regression"'
        )
    both = np.concatenate([labels, test_labels])
    if both.dtype.kind == "f" and not (both == np.round(both)).all():
        odd = both[both != np.round(both)][0]
        raise InputError(f'{arrays.where}: the label {odd:g} is no class; numbers are told by task.name = "regression"')
    if both.dtype.kind not in "buifUS":
        raise InputError(
            f"{arrays.where}: the labels are {literal(str(both.dtype))}, neither whole numbers nor strings"
        )
    if both.dtype.kind in "US" and not arrays.names:
        _require_present(arrays, both)
    if both.dtype.kind == "f" and np.abs(both).max() >= 2.0**53:
        raise InputError(f"{arrays.where}: the label {np.abs(both).max():g} is no class: too large for a whole number")
    values, numbers = np.unique(both.astype(np.int64) if both.dtype.kind in "bf" else both, return_inverse=True)
    names: Sequence[str] = [
        value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values
    ]
    if arrays.names:
        numbers, names = both.astype(np.int64), arrays.names
    if len(values) < 2:
        raise InputError(f"{arrays.where} has one class only, {listed(names)}: there is nothing to tell apart")
    if len(names) > MOST_CLASSES or (len(names) > 100 and len(names) > len(both) / 2):
        raise InputError(
            f"{arrays.where} has {len(names):,} classes in {len(both):,} rows; if the labels are numbers to be told, say "
            'task.name = "regression"'
        )
    numbers = numbers.astype(np.int64)
    if missing := sorted(set(range(len(names))) - set(numbers[: len(labels)][trained].tolist())):
        absent = [names[number] for number in missing]
        cut = len(labels) > trained.stop - trained.start
        why = "; data.train_limit and data.validation take rows in their order: say data.shuffle = true" if cut else ""
        raise InputError(f"{arrays.where}: no row to train on has the class {listed(absent)}{why}")
    made = torch.from_numpy(numbers)
    found = Found((), len(names), float(np.log(len(names))), tuple(names))
    return made[: len(labels)], made[len(labels) :], found


def _scaled(config: OwnDataConfig, arrays: Arrays, trained: slice) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the inputs float32 as `data.scale` says; tokens as they are, int64."""
    assert arrays.test_inputs is not None
    if arrays.vocabulary is not None:
        if config.scale is not None:
            raise InputError("data.scale: a text has nothing to scale")
        return torch.from_numpy(arrays.inputs), torch.from_numpy(arrays.test_inputs)
    bytes_ = arrays.inputs.dtype == np.uint8
    scale = config.scale or ("unit" if bytes_ else "standardized")
    if scale == "unit" and not bytes_:
        raise InputError(
            f"data.scale: unit is for pixels of bytes, and {arrays.where} has {literal(str(arrays.inputs.dtype))}: say raw or "
            "standardized"
        )
    shift, divisor = np.zeros(1), np.array([255.0 if scale == "unit" else 1.0])
    if scale == "standardized":
        shift, divisor = _moments(arrays.inputs[trained if config.statistics == "train" else slice(None)])
    return _moved(arrays.inputs, shift, divisor), _moved(arrays.test_inputs, shift, divisor)


def _moments(rows: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of every number of an input; 1 where it never changes."""
    count, shift = len(rows), rows[0].astype(np.float64)
    total, squares = np.zeros(rows.shape[1:]), np.zeros(rows.shape[1:])
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, count, _BLOCK):
            block = rows[start : start + _BLOCK].astype(np.float64) - shift
            total += block.sum(0)
            squares += np.square(block).sum(0)
        mean = total / count
        sd = np.sqrt(np.maximum(squares / count - mean**2, 0))
    if not np.isfinite(sd).all():
        raise InputError(_TOO_LARGE)
    constant = (rows == rows[0]).all(0)
    return mean + shift, np.where(constant | (sd == 0), 1.0, sd)


def _moved(rows: Array, shift: Array, divisor: Array) -> torch.Tensor:
    made = np.empty(rows.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(rows), _BLOCK):
            made[start : start + _BLOCK] = (rows[start : start + _BLOCK] - shift) / divisor
    if not np.isfinite(made).all():
        raise InputError(_TOO_LARGE)
    return torch.from_numpy(made)


LABELS: dict[str, Callable[[Arrays, Array, Array, slice], tuple[torch.Tensor, torch.Tensor, Found]]] = {
    "classes": _classes,
    "numbers": _numbers,
    "tokens": _tokens,
}
"""How labels of data become those that a task wants, by `TaskConfig.labels`."""

OF_INPUTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"inputs": lambda inputs: inputs.flatten(1)}
"""Labels (N, K) float32 that are made of scaled inputs (N, …) instead."""
