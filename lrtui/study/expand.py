"""From a preset's plain values to a Study: check every table, lay the variants, multiply the sweep, number the runs."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lrtui.study import variants
from lrtui.study.advice import advice_on
from lrtui.study.canonical import Scenario, resolved_preset
from lrtui.study.check import RunCheck, belongs_to, check_run, check_table, not_of
from lrtui.study.components import open_kind
from lrtui.study.fields import Strict
from lrtui.study.overlay import Table, variants_of
from lrtui.study.pretrained import of_torchvision
from lrtui.study.problems import MOST, Complaint, shown, unknown_dotted, unknown_key
from lrtui.study.published import Rows
from lrtui.study.schema import COMPONENTS, HeadConfig, RunConfig, SweepConfig, dotted_keys, table_keys
from lrtui.study.search import candidates, no_search
from lrtui.study.spec import RunSpec, Study, lookup
from lrtui.study.toml_lines import KeyPath
from lrtui.study.variants import Variant
from lrtui.text import format_rate, format_value

MAX_RUNS = 10_000

_Table = TypeVar("_Table", bound=Strict)

_TOP_LEVEL = (*HeadConfig.model_fields, *RunConfig.model_fields, "sweep", "variants", "published")


def expand(
    name: str,
    table: Table,
    *,
    own_published: bool = False,
    misfits: RunCheck | None = None,
    folder: Path | None = None,
) -> tuple[Study | None, list[Complaint]]:
    """Return the study that a normalized preset describes (see `overlay.normalize`), or None and every complaint.

    Published rows that match no run are left out; they are complaints if the preset wrote them itself.
    `misfits` looks at every run besides. `folder` is where the files lie that the preset names.
    """
    return _Expansion(name, table, own_published, misfits, folder).study()


@dataclass
class _Expansion:
    name: str
    table: Table
    own_published: bool
    misfits: RunCheck | None
    folder: Path | None
    complaints: dict[KeyPath, str] = field(default_factory=dict)
    """One for each key: the first."""

    def study(self) -> tuple[Study | None, list[Complaint]]:
        self._refuse_unknown_tables()
        head = self._checked(HeadConfig, {key: self.table[key] for key in HeadConfig.model_fields if key in self.table})
        outside = len(self.complaints)
        sweep, axes = self._sweep()
        if sweep is not None and sweep.search != "none":
            self._search(sweep, axes)
        chosen = self._variants(sweep, axes)
        seeds = sweep.resolved_seeds if sweep else (1,)
        scenarios = self._scenarios(axes, chosen, len(seeds))
        files = any(names_files(scenario.config) for scenario in scenarios)
        folder = str(self.folder) if files and self.folder is not None else ""
        runs = tuple(_number_runs(scenarios, seeds, folder))
        runs_are_known = len(self.complaints) == outside
        rows, complaints = Rows(self.table, self.own_published).of(runs[:: len(seeds)] if runs_are_known else None)
        self._complain_all(complaints)
        if self.complaints or head is None or sweep is None:
            return None, self._without_consequences()
        study = Study(
            name=self.name,
            title=head.title,
            source=head.source,
            note=head.note,
            resolved=resolved_preset(head, scenarios, seeds, sweep, rows),
            runs=runs,
            seeds=seeds,
            published=tuple(rows),
            question=head.question,
            experiment=head.experiment,
            protocol=head.protocol,
            order=sweep.order,
            search=sweep.search,
            most=sweep.budget,
            advice=advice_on(runs),
            folder=folder,
        )
        return study, []

    def _without_consequences(self) -> list[Complaint]:
        """Return the complaints, without those about a key that is missing because it is written otherwise."""
        meant = {message.rpartition("did you mean ")[2].rstrip("?") for message in self.complaints.values()}
        return [
            (path, message)
            for path, message in self.complaints.items()
            if not (message.startswith("missing") and ".".join(map(str, path[-2:])) in meant)
        ]

    @property
    def _few_so_far(self) -> bool:
        return len(self.complaints) < MOST

    def _complain(self, path: KeyPath, message: str) -> None:
        self.complaints.setdefault(path, message)

    def _complain_all(self, complaints: Iterable[Complaint]) -> None:
        for complaint in complaints:
            self._complain(*complaint)

    def _checked(self, model: type[_Table], values: Mapping[str, Any], prefix: KeyPath = ()) -> _Table | None:
        found, complaints = check_table(model, values, prefix)
        self._complain_all(complaints)
        return found

    def _refuse_unknown_tables(self) -> None:
        for key in self.table:
            if key in dotted_keys():
                self._complain((key,), f"unknown key; write {key} without quotes")
            elif key not in _TOP_LEVEL:
                self._complain((key,), unknown_key([key], _TOP_LEVEL, guess=self._few_so_far))

    def _sweep(self) -> tuple[SweepConfig | None, dict[str, list[Any]]]:
        """Return replicates, seeds and variants, and the swept keys with their values."""
        table = self.table.get("sweep", {})
        if not isinstance(table, dict):
            self._complain(("sweep",), f"expected a table, got {shown(table)}")
            return None, {}
        axes = {}
        for key, values in table.items():
            if key in SweepConfig.model_fields:
                continue
            if problem := self._axis_problem(key, values):
                self._complain(("sweep", key), problem)
            else:
                axes[key] = values
        others = {key: table[key] for key in SweepConfig.model_fields if key in table}
        return self._checked(SweepConfig, others, ("sweep",)), axes

    def _axis_problem(self, key: str, values: Any) -> str | None:
        if key not in dotted_keys() and not self._may_be_taken(key):
            return unknown_dotted(key, SweepConfig.model_fields, guess=self._few_so_far)
        if not isinstance(values, list):
            return f"expected a list of values, got {shown(values)}"
        return None if values else "is an empty sweep; give at least one value"

    def _may_be_taken(self, dotted: str) -> bool:
        """Return whether a key may be one that a person's own code takes."""
        kind, _, key = dotted.partition(".")
        return kind in COMPONENTS and key.isidentifier() and any(map(open_kind, self._named(kind)))

    def _named(self, kind: str) -> list[type[Any]]:
        """Return the components that the preset names for a table, in its sweep and its variants too."""
        tables = [self.table, *variants_of(self.table).values()]
        given = [table[kind].get("name") for table in tables if isinstance(table.get(kind), dict)]
        sweep = self.table.get("sweep")
        swept = sweep.get(f"{kind}.name") if isinstance(sweep, dict) else None
        names = [*given, *(swept if isinstance(swept, list) else [])]
        return [COMPONENTS[kind][name] for name in names if isinstance(name, str) and name in COMPONENTS[kind]]

    def _search(self, sweep: SweepConfig, axes: dict[str, list[Any]]) -> None:
        """Put every rate that the search may try into the sweep."""
        if problem := no_search(axes):
            self._complain(("sweep", "search"), problem)
        elif all(isinstance(rate, int | float) and rate > 0 for rate in axes["optim.lr"]):
            axes["optim.lr"] = list(candidates(axes["optim.lr"], sweep.resolution))

    def _variants(self, sweep: SweepConfig | None, axes: Mapping[str, Any]) -> list[Variant]:
        """Return the variants to be trained."""
        found, complaints = variants.read(self.table, axes)
        self._complain_all(complaints)
        if complaints or sweep is None or sweep.variants is None:
            return found
        chosen, complaints = variants.choose(found, sweep.variants)
        self._complain_all(complaints)
        return chosen

    def _scenarios(self, axes: dict[str, list[Any]], chosen: Sequence[Variant], replicates: int) -> list[Scenario]:
        count = len(chosen) * math.prod(len(values) for values in axes.values()) * replicates
        if count > MAX_RUNS:
            self._complain(("sweep",), f"expands to {count:,} runs; at most {MAX_RUNS:,}")
            return []
        scenarios = []
        for variant in chosen:
            choices = itertools.product(*(range(len(values)) for values in axes.values()))
            found = [self._scenario(variant, axes, dict(zip(axes, choice, strict=True))) for choice in choices]
            whole = [scenario for scenario in found if scenario is not None]
            if len(whole) == len(found):
                self._refuse_repetition(axes, whole)
            scenarios += whole
        return scenarios

    def _scenario(self, variant: Variant, axes: dict[str, list[Any]], choice: dict[str, int]) -> Scenario | None:
        """Return the scenario with the value at `choice` of every axis, or None if it is wrong."""
        merged = {key: dict(value) if isinstance(value, dict) else value for key, value in variant.tables.items()}
        for dotted, index in choice.items():
            table, key = dotted.split(".")
            if isinstance(inner := merged.setdefault(table, {}), dict):
                inner[key] = axes[dotted][index]
        for kind in COMPONENTS:
            if f"{kind}.name" in axes and isinstance(merged[kind], dict):
                self._share(kind, merged[kind], axes)
        config, complaints = check_run(merged, self.misfits)
        for path, message in complaints:
            swept = ".".join(str(part) for part in path[:2])
            if swept in choice:
                self._complain(("sweep", swept, choice[swept], *path[2:]), message)
            elif ("sweep", swept) not in self.complaints:  # else what it sweeps over is unusable, and that is said
                self._complain(variant.place(path), message)
        if config is None:
            return None
        return Scenario(config, tuple((dotted, lookup(config, dotted)) for dotted in choice), variant.name)

    def _share(self, kind: str, table: dict[str, Any], axes: Mapping[str, Sequence[Any]]) -> None:
        """Leave to the component named in `table` its own keys, if another component of the sweep has the rest."""
        name = table["name"]
        if not isinstance(name, str) or name not in COMPONENTS[kind]:
            return
        if open_kind(COMPONENTS[kind][name]):
            for key in [key for key in table if key not in table_keys(kind, name) and belongs_to(kind, key)]:
                del table[key]
            return
        others = any(map(open_kind, self._named(kind)))
        for key in [key for key in table if key not in table_keys(kind, name)]:
            if others:
                del table[key]
            elif f"{kind}.{key}" in axes:
                self._complain(("sweep", f"{kind}.{key}"), not_of(kind, name, key))
                del table[key]
            elif set(belongs_to(kind, key)) & {one for one in axes[f"{kind}.name"] if isinstance(one, str)}:
                del table[key]

    def _refuse_repetition(self, axes: Mapping[str, Sequence[Any]], scenarios: Sequence[Scenario]) -> None:
        """Complain about values of one axis that would give two scenarios the same label."""
        stride = len(scenarios)
        for position, (dotted, values) in enumerate(axes.items()):
            stride //= len(values)
            labels = [_label(*scenarios[index * stride].swept[position]) for index in range(len(values))]
            seen: dict[str, int] = {}
            for index, label in enumerate(labels):
                if (first := seen.setdefault(label, index)) < index:
                    self._complain(("sweep", dotted, index), f"the same value as [{first}]")


def names_files(config: RunConfig) -> bool:
    """Return whether a run's settings name files beside the preset."""
    start = config.model.start
    return config.data.files or config.model.code or (start is not None and not of_torchvision(start))


def _number_runs(scenarios: Sequence[Scenario], seeds: Sequence[int], folder: str) -> Iterator[RunSpec]:
    number = itertools.count(1)
    for scenario in scenarios:
        for replicate, seed in enumerate(seeds, start=1):
            yield RunSpec(
                next(number), scenario.config, replicate, seed, scenario.swept, scenario.variant, folder=folder
            )


def _label(dotted: str, value: Any) -> str:
    return format_rate(value) if dotted == "optim.lr" else format_value(value)
