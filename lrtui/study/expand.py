"""From a preset's plain values to a Study: check every table, multiply the sweep, number the runs."""

import copy
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from lrtui.study.problems import explain, unknown_key
from lrtui.study.schema import (
    COMPONENTS,
    TABLES,
    HeadConfig,
    PublishedConfig,
    RunConfig,
    Strict,
    SweepConfig,
    dotted_keys,
)
from lrtui.study.spec import Published, RunSpec, Study
from lrtui.study.toml_lines import KeyPath
from lrtui.text import literal

MAX_RUNS = 10_000

Complaint = tuple[KeyPath, str]
_RUN_TABLES = (*TABLES, *COMPONENTS)
_TOP_LEVEL = (*HeadConfig.model_fields, *_RUN_TABLES, "sweep", "published", "extends")


def expand(name: str, table: dict[str, Any]) -> tuple[Study | None, list[Complaint]]:
    """Return the study that `table` describes, or None and every complaint (key path, message)."""
    return _Expansion(name, table).study()


@dataclass
class _Expansion:
    name: str
    table: dict[str, Any]
    complaints: list[Complaint] = field(default_factory=list)
    unusable_axes: set[str] = field(default_factory=set)

    def study(self) -> tuple[Study | None, list[Complaint]]:
        self._refuse_unknown_tables()
        head = self._check(
            HeadConfig, {key: self.table[key] for key in HeadConfig.model_fields if key in self.table}, ()
        )
        sweep, axes = self._sweep()
        published = self._published()
        configs = self._configs(axes)
        if self.complaints or head is None or sweep is None:
            return None, self._distinct()
        study = Study(
            name=self.name,
            title=head.title,
            source=head.source,
            note=head.note,
            resolved=copy.deepcopy(self.table),
            runs=tuple(_number_runs(configs, sweep.resolved_seeds)),
            seeds=sweep.resolved_seeds,
            published=tuple(published),
        )
        return study, []

    def _refuse_unknown_tables(self) -> None:
        for key in self.table:
            if key not in _TOP_LEVEL:
                self.complaints.append(((key,), unknown_key([key], _TOP_LEVEL)))

    def _sweep(self) -> tuple[SweepConfig | None, dict[str, list[Any]]]:
        """Return replicates and seeds, and the swept keys with their values."""
        table = self.table.get("sweep", {})
        if not isinstance(table, dict):
            self.complaints.append((("sweep",), f"expected a table, got {literal(repr(table))}"))
            return None, {}
        flat = dict(_flatten(table))
        plain = {key: value for key, value in flat.items() if "." not in key and key in SweepConfig.model_fields}
        axes = {key: value for key, value in flat.items() if key not in plain}
        for key, values in list(axes.items()):
            if problem := _axis_problem(key, values):
                self.complaints.append((self._sweep_path(key), problem))
                self.unusable_axes.add(key)
                del axes[key]
        return self._check(SweepConfig, plain, ("sweep",)), axes

    def _sweep_path(self, dotted: str) -> KeyPath:
        """Return where a swept key stands: quoted (`"optim.lr" = …`) or as a table (`optim.lr = …`)."""
        return ("sweep", dotted) if dotted in self.table["sweep"] else ("sweep", *dotted.split("."))

    def _published(self) -> list[Published]:
        rows = self.table.get("published", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.complaints.append((("published",), "expected [[published]] tables"))
            return []
        return [found for index, row in enumerate(rows) if (found := self._published_row(index, row)) is not None]

    def _published_row(self, index: int, row: dict[str, Any]) -> Published | None:
        flat = dict(_flatten(row))
        figures = {key: value for key, value in flat.items() if "." not in key}
        coordinates = tuple((key, _plain(value)) for key, value in flat.items() if "." in key)
        for key, _ in coordinates:
            if key not in dotted_keys():
                self.complaints.append((("published", index, key), unknown_key(key.split("."), dotted_keys())))
        checked = self._check(PublishedConfig, figures, ("published", index))
        return None if checked is None else Published(coordinates, **checked.model_dump())

    def _configs(self, axes: dict[str, list[Any]]) -> list[tuple[RunConfig, tuple[tuple[str, Any], ...]]]:
        count = math.prod(len(values) for values in axes.values())
        if count > MAX_RUNS:
            self.complaints.append((("sweep",), f"expands to {count} scenarios; at most {MAX_RUNS}"))
            return []
        base = {key: self.table[key] for key in _RUN_TABLES if key in self.table}
        configs = []
        for choice in itertools.product(*(list(enumerate(values)) for values in axes.values())):
            values = {key: value for key, (_, value) in zip(axes, choice, strict=True)}
            indices = {key: index for key, (index, _) in zip(axes, choice, strict=True)}
            config = self._config(base, values, indices)
            if config is not None:
                configs.append((config, tuple((key, _plain(value)) for key, value in values.items())))
        return configs

    def _config(self, base: dict[str, Any], values: dict[str, Any], indices: dict[str, int]) -> RunConfig | None:
        merged = {key: dict(value) if isinstance(value, dict) else value for key, value in base.items()}
        for dotted, value in values.items():
            table, key = dotted.split(".")
            inner = merged.setdefault(table, {})
            if isinstance(inner, dict):
                inner[key] = value
        try:
            return RunConfig.model_validate(merged)
        except ValidationError as error:
            for path, message in explain(error):
                swept = ".".join(str(part) for part in path[:2])
                where = (*self._sweep_path(swept), indices[swept]) if swept in indices else path
                if swept in self.unusable_axes:  # its complaint is already made
                    continue
                self.complaints.append((where, message))
            return None

    def _check(self, model: type[Strict], values: dict[str, Any], prefix: KeyPath) -> Any:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for path, message in explain(error, tuple(model.model_fields)):
                self.complaints.append(((*prefix, *path), message))
            return None

    def _distinct(self) -> list[Complaint]:
        return list(dict.fromkeys(self.complaints))


def _axis_problem(key: str, values: Any) -> str | None:
    known = dotted_keys()
    if key not in known:
        parts = key.split(".")
        if len(parts) == 1:
            return unknown_key(parts, [*SweepConfig.model_fields, *known])
        siblings = [dotted.partition(".")[2] for dotted in known if dotted.startswith(f"{parts[0]}.")]
        return unknown_key(parts, siblings)
    if not isinstance(values, list):
        return f"expected a list of values, got {literal(repr(values))}"
    if not values:
        return "an empty sweep; give at least one value"
    if any(value in values[:index] for index, value in enumerate(values)):
        return "has the same value twice"
    return None


def _flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted keys, whether written `"optim.lr" = …`, `optim.lr = …` or in a table of their own."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _number_runs(
    configs: list[tuple[RunConfig, tuple[tuple[str, Any], ...]]], seeds: tuple[int, ...]
) -> Iterator[RunSpec]:
    number = itertools.count(1)
    for config, swept in configs:
        for replicate, seed in enumerate(seeds, start=1):
            yield RunSpec(next(number), config, replicate, seed, swept)
