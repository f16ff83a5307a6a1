"""Precise errors in a preset: which file, which line, which key, what was expected, what comes near."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.errors import InputError
from lrtui.study.indicators import RETIRED
from lrtui.study.schema import RunConfig, dotted_keys, table_keys
from lrtui.study.toml_lines import KeyPath
from lrtui.text import literal

Complaint = tuple[KeyPath, str]
"""A key and what is wrong with it, before it is known where the key stands."""

SYNONYMS = {
    "lr": ("learning_rate", "rate", "eta", "step_size"),
    "batch_size": ("batch", "bs", "minibatch_size"),
    "epochs": ("n_epochs", "num_epochs", "max_epochs"),
    "hidden": ("hidden_sizes", "layers", "units", "widths"),
    "momentum": ("beta", "mu"),
    "replicates": ("repeats", "repetitions", "n_seeds", "trials"),
    "seeds": ("seed",),
    "name": ("type", "kind", "dataset", "optimizer", "arch"),
    "train_limit": ("limit", "n_train", "subset"),
    "init": ("initializer", "initialization", "kernel_initializer"),
    "batch_norm": ("batchnorm", "batch_normalization", "bn"),
    "dropout": ("dropout_rate",),
    "clip_norm": ("global_clipnorm", "max_grad_norm"),
    "clip_norm_each": ("clipnorm",),
    "optim": ("optimizer", "optimiser", "opt"),
    "schedule": ("scheduler", "lr_schedule"),
    "data": ("dataset",),
    "train": ("training",),
    "model": ("network", "net"),
}
"""What people write when they mean a key; offered like the key itself."""

MOST = 200
"""So many problems are told of one preset; of those beyond, how many there are."""
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a preset. `line` is None for an override, or if no line is to blame."""

    file: str
    """The file's path, or the override: `--set optim.lr=-1`."""
    line: int | None
    key: str
    """As people write it: `optim.lr`, `sweep."optim.lr"[2]`; empty if the whole file is wrong."""
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return literal(": ".join(part for part in (place, self.key, self.message) if part))


class PresetError(InputError):
    """A preset that cannot be used; `problems` holds every error found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: KeyPath) -> str:
    """Return a key path as people write it: `sweep."optim.lr"[2]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def shown(value: Any) -> str:
    """Return a TOML value as it is shown in a message: on one line, shortened if it is long."""
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` most likely means, synonyms counted, or None."""
    meant = {alias: name for name in candidates for alias in (name, *SYNONYMS.get(name.rpartition(".")[2], ()))}
    close = difflib.get_close_matches(word.lower(), meant, n=1, cutoff=0.6)
    return meant[close[0]] if close else None


def unknown_key(path: Sequence[str], siblings: Iterable[str], *, guess: bool = True) -> str:
    """Return the message for a key that does not exist, with the nearest valid one.

    `path` is the key's parts; `siblings` the keys valid in the same table, tried before those of other tables. Looking for
    what was meant takes time: not to `guess` is for those after the first `MOST`.
    """
    if ".".join(path) in RETIRED:
        return RETIRED[".".join(path)]
    if not guess:
        return "unknown key"
    prefix = ".".join(path[:-1])
    found = nearest(path[-1], siblings)
    if found is not None:
        return f"unknown key; did you mean {f'{prefix}.{found}' if prefix else found}?"
    elsewhere = {key.rpartition(".")[2]: key for key in reversed(dotted_keys()) if not key.endswith(".name")}
    found = nearest(path[-1], elsewhere)
    return "unknown key" if found is None else f"unknown key; did you mean {elsewhere[found]}?"


def unknown_dotted(key: str, undotted: Iterable[str] = (), *, guess: bool = True) -> str:
    """Return the message for a key that should be one of a run's, or one of `undotted`; `guess` as in `unknown_key`."""
    table, _, tail = key.rpartition(".")
    if not table:
        return unknown_key((tail,), [*undotted, *dotted_keys()], guess=guess)
    return unknown_key((table, tail), table_keys(table) if table in RunConfig.model_fields else (), guess=guess)
