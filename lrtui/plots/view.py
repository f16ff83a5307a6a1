"""What pictures are made from: a study and one moment of it, live or saved, and the order and colours it is shown in.

Needs no polars: the workbench draws with it from its first paint on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lrtui.plots.palette import Colour, colours
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import BoardSnapshot, RunState
from lrtui.text import format_rate, format_value

if TYPE_CHECKING:
    from lrtui.store.reader import SavedStudy


@dataclass(frozen=True)
class Scenario:
    """One scenario: its label, its colour, its place."""

    scenario: str
    label: str
    """What distinguishes it in this study: the rate, and what else varies."""
    short: str
    """What distinguishes it within its group."""
    group: int
    colour: Colour
    lr: float
    """NaN if the finder chooses it."""
    runs: tuple[int, ...]
    """Positions in `Study.runs`."""


@dataclass(frozen=True)
class StudyShape:
    """The scenarios of a study, grouped by everything but the learning rate.

    One colour per rate if rates are swept, else one per scenario.
    """

    scenarios: tuple[Scenario, ...]
    groups: tuple[str, ...]
    sweeps_rate: bool

    @classmethod
    def of(cls, study: Study) -> "StudyShape":
        """Return the shape of `study`."""
        positions: dict[str, list[int]] = {}
        for index, spec in enumerate(study.runs):
            positions.setdefault(spec.scenario, []).append(index)
        firsts = {scenario: study.runs[indices[0]] for scenario, indices in positions.items()}
        rates = list(dict.fromkeys(rate_of(spec) for spec in sorted(firsts.values(), key=_by_rate)))
        sweeps_rate = len(rates) > 1 and "optim.lr" in study.swept_keys
        varying = _varying(list(firsts.values()))
        palette = colours(rates if sweeps_rate else positions, ordered=sweeps_rate)
        groups: dict[str, int] = {}
        scenarios = []
        for name, indices in positions.items():
            spec = firsts[name]
            rest = " ".join(value for _, value in _coordinates(spec, varying))
            group = groups.setdefault(rest if sweeps_rate else "", len(groups))
            rate = rate_of(spec)
            scenarios.append(
                Scenario(
                    scenario=name,
                    label=f"{rest} {rate}".strip() if sweeps_rate or not rest else rest,
                    short=rate if sweeps_rate or not rest else rest,
                    group=group,
                    colour=palette[rate if sweeps_rate else name],
                    lr=spec.lr,
                    runs=tuple(indices),
                )
            )
        return cls(tuple(scenarios), tuple(groups), sweeps_rate)

    def of_group(self, group: int) -> list[Scenario]:
        """Return the scenarios of one group."""
        return [scenario for scenario in self.scenarios if scenario.group == group]

    @cached_property
    def by_scenario(self) -> dict[str, Scenario]:
        """Return the scenarios by their study-wide label."""
        return {scenario.scenario: scenario for scenario in self.scenarios}


@dataclass(frozen=True)
class View:
    """A study as it stands. `saved` is where it was read from; None while it is this process that trains it."""

    study: Study
    shape: StudyShape
    snapshot: BoardSnapshot
    saved: "SavedStudy | None" = None
    finder: bool = False
    """Its runs are range tests, and nothing is trained."""
    path: Path | None = None
    """The study's folder."""

    @property
    def live(self) -> bool:
        """Return whether more can come."""
        return self.saved is None and not self.snapshot.status.ended

    def states(self, scenario: Scenario) -> list[RunState]:
        """Return the replicates of a scenario."""
        return [self.snapshot.runs[index] for index in scenario.runs]

    @classmethod
    def of_saved(cls, saved: "SavedStudy") -> "View":
        """Return a saved study as its folder tells it."""
        shape, finder = StudyShape.of(saved.study), saved.kind == "finder"
        return cls(saved.study, shape, saved.snapshot(), saved=saved, finder=finder, path=saved.path)


def rate_of(spec: RunSpec) -> str:
    """Return the rate as the preset gives it: `1e-3`, `find`."""
    return "find" if spec.finds_lr else format_rate(spec.lr)


def found_rate(spec: RunSpec) -> str:
    """Return the rate, and that the finder chose it, if it did: `1e-3`, `find`, `find → 1.2e-3`."""
    if not spec.finds_lr or spec.found_lr is None:
        return rate_of(spec)
    return f"find → {short_rate(spec.found_lr)}"


def short_rate(rate: float) -> str:
    """Return a rate that nobody typed, in three digits."""
    return format_rate(float(f"{rate:.3g}"))


def _by_rate(spec: RunSpec) -> tuple[bool, float]:
    return spec.finds_lr, 0.0 if spec.finds_lr else spec.lr


def _coordinates(spec: RunSpec, keys: Sequence[str]) -> list[tuple[str, str]]:
    values = {
        "variant": spec.variant,
        "model": spec.model,
        "data": spec.dataset,
        "optimizer": spec.optimizer,
        "batch": f"batch {spec.batch_size}",
    }
    named = [(key, value) for key, value in values.items() if key in keys]
    others = [(key, f"{key.rpartition('.')[2]} {format_value(value)}") for key, value in spec.other_swept]
    return [*named, *((key, text) for key, text in others if key in keys)]


def _varying(specs: Sequence[RunSpec]) -> list[str]:
    """Return which coordinates, besides the rate, differ between scenarios; what a variant fixes goes without saying."""
    everything = ["variant", "model", "data", "optimizer", "batch", *(key for key, _ in specs[0].other_swept)]
    seen: dict[tuple[str, str], set[str]] = {}
    for spec in specs:
        for key, value in _coordinates(spec, everything):
            seen.setdefault((key, "" if key == "variant" else spec.variant), set()).add(value)
    varying = {key for (key, _), values in seen.items() if len(values) > 1}
    return [key for key in everything if key in varying]
