"""Errors in a preset, said precisely: which file, which line, which key, what was expected, what comes near."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lrtui.errors import InputError
from lrtui.study.schema import COMPONENTS, TABLES, dotted_keys, table_keys
from lrtui.text import literal, one_of

SYNONYMS = {
    "lr": ("learning_rate", "learning_rte", "rate", "eta", "step_size"),
    "batch_size": ("batch", "bs", "batchsize", "minibatch_size"),
    "epochs": ("epoch", "n_epochs", "num_epochs", "max_epochs"),
    "hidden": ("hidden_sizes", "layers", "units", "widths"),
    "momentum": ("beta", "mu"),
    "replicates": ("repeats", "repetitions", "n_seeds", "trials"),
    "seeds": ("seed",),
    "name": ("type", "kind", "dataset", "optimizer", "arch"),
    "train_limit": ("limit", "n_train", "subset"),
    "optim": ("optimizer", "optimiser", "opt"),
    "data": ("dataset",),
    "train": ("training",),
    "model": ("network", "net"),
}
"""What people write when they mean a key; offered like the key itself."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a preset. `line` is None for an override or where no line is to blame."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return literal(": ".join(part for part in (place, self.key, self.message) if part))


class PresetError(InputError):
    """A preset that cannot be used; `problems` holds every error found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` most likely means, synonyms counted, or None."""
    meant = {alias: name for name in candidates for alias in (name, *SYNONYMS.get(name.rpartition(".")[2], ()))}
    close = difflib.get_close_matches(word.lower(), meant, n=1, cutoff=0.6)
    return meant[close[0]] if close else None


def unknown_key(path: Sequence[str], siblings: Iterable[str]) -> str:
    """Return the message for a key that does not exist, with the nearest valid one.

    `path` is the key's parts; `siblings` the keys valid in the same table, tried before those of other tables.
    """
    prefix = ".".join(path[:-1])
    found = nearest(path[-1], siblings)
    if found is not None:
        return f"unknown key; did you mean {f'{prefix}.{found}' if prefix else found}?"
    elsewhere = {
        dotted.rpartition(".")[2]: dotted for dotted in reversed(dotted_keys()) if not dotted.endswith(".name")
    }
    found = nearest(path[-1], elsewhere)
    return "unknown key" if found is None else f"unknown key; did you mean {elsewhere[found]}?"


def explain(error: ValidationError, siblings: Sequence[str] | None = None) -> list[tuple[tuple[str | int, ...], str]]:
    """Return (key path, message) for everything pydantic found, in words a person can act on.

    `siblings` are the valid keys where a table other than a run's was checked.
    """
    return [_explain_one(detail, siblings) for detail in error.errors(include_url=False)]


def _explain_one(detail: Any, siblings: Sequence[str] | None) -> tuple[tuple[str | int, ...], str]:
    path = _without_tag(detail["loc"])
    kind = detail["type"]
    context = detail.get("ctx", {})
    got = literal(repr(detail["input"]))
    table = str(path[0]) if path else ""
    if kind == "extra_forbidden" and siblings is not None:
        return path, unknown_key([str(part) for part in path], siblings)
    if kind == "extra_forbidden":
        return path, _unknown(path, detail["loc"])
    if kind == "missing":
        return path, "missing; it has no default"
    if kind in ("union_tag_not_found", "model_type", "model_attributes_type"):
        if not isinstance(detail["input"], dict):
            return path, f"expected a table, got {got}"
        return (*path, "name"), f"missing; expected {one_of(list(COMPONENTS[table]))}"
    if kind == "union_tag_invalid":
        names = list(COMPONENTS[table])
        return (*path, "name"), _expected_name(names, context["tag"])
    if kind == "literal_error":
        return path, _expected_literal(context["expected"], detail["input"])
    if kind == "value_error":
        return path, str(context["error"])
    return path, f"{_EXPECTED.get(kind, detail['msg'].lower()).format(**context)}, got {got}"


_EXPECTED = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "finite_number": "must be a finite number",
    "float_type": "expected a number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "string_type": "expected a string",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "too_short": "needs at least {min_length} item",
}


def _without_tag(location: Sequence[str | int]) -> tuple[str | int, ...]:
    """Drop the component name pydantic puts behind a table that has several (`optim.sgd.lr` → `optim.lr`)."""
    if len(location) > 1 and location[1] in COMPONENTS.get(str(location[0]), {}):
        return (location[0], *location[2:])
    return tuple(location)


def _unknown(path: tuple[str | int, ...], location: Sequence[str | int]) -> str:
    table = str(path[0])
    parts = [str(part) for part in path]
    if len(path) == 1:
        return unknown_key(parts, [*TABLES, *COMPONENTS])
    if table in COMPONENTS:
        component = str(location[1])
        others = [name for name, model in COMPONENTS[table].items() if str(path[-1]) in model.model_fields]
        if others:
            return f"{component} has no such key; it belongs to {one_of(others)}"
        return unknown_key(parts, table_keys(table, component))
    return unknown_key(parts, table_keys(table))


def _expected_name(names: Sequence[str], got: Any) -> str:
    found = nearest(str(got), names)
    hint = f"; did you mean {found}?" if found else ""
    return f"expected {one_of(names)}, got {literal(repr(got))}{hint}"


def _expected_literal(expected: str, got: Any) -> str:
    names = [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",")]
    return _expected_name(names, got)
