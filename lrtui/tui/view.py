"""What the screen shows: a study and one moment of it, live or saved, and the order and colours it is shown in."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lrtui.engine.board import BoardSnapshot, RunState
from lrtui.study.spec import RunSpec, Study
from lrtui.text import format_rate, format_value

if TYPE_CHECKING:
    from lrtui.store.reader import SavedStudy


@dataclass(frozen=True)
class ScenarioShape:
    """One scenario: its label, its colour, its place."""

    scenario: str
    label: str
    """What distinguishes it in this study: the rate, and what else varies."""
    short: str
    """What distinguishes it within its group."""
    group: int
    colour: int
    lr: float
    runs: tuple[int, ...]
    """Positions in `Study.runs`."""


@dataclass(frozen=True)
class StudyShape:
    """The scenarios of a study, grouped by everything but the learning rate. One colour per rate."""

    scenarios: tuple[ScenarioShape, ...]
    groups: tuple[str, ...]
    sweeps_rate: bool

    @classmethod
    def of(cls, study: Study) -> "StudyShape":
        """Return the shape of `study`."""
        rates = sorted({spec.lr for spec in study.runs})
        sweeps_rate = len(rates) > 1
        positions: dict[str, list[int]] = {}
        for index, spec in enumerate(study.runs):
            positions.setdefault(spec.scenario, []).append(index)
        firsts = {scenario: study.runs[indices[0]] for scenario, indices in positions.items()}
        varying = _varying(list(firsts.values()))
        groups: dict[str, int] = {}
        shapes = []
        for number, (scenario, indices) in enumerate(positions.items()):
            spec = firsts[scenario]
            rest = " ".join(value for _, value in _coordinates(spec, varying))
            group = groups.setdefault(rest if sweeps_rate else "", len(groups))
            rate = format_rate(spec.lr)
            shapes.append(
                ScenarioShape(
                    scenario=scenario,
                    label=f"{rest} {rate}".strip() if sweeps_rate or not rest else rest,
                    short=rate if sweeps_rate or not rest else rest,
                    group=group,
                    colour=rates.index(spec.lr) if sweeps_rate else number,
                    lr=spec.lr,
                    runs=tuple(indices),
                )
            )
        return cls(tuple(shapes), tuple(groups), sweeps_rate)

    def of_group(self, group: int) -> list[ScenarioShape]:
        """Return the scenarios of one group."""
        return [shape for shape in self.scenarios if shape.group == group]

    @cached_property
    def by_scenario(self) -> dict[str, ScenarioShape]:
        """Return the scenarios by their study-wide label."""
        return {shape.scenario: shape for shape in self.scenarios}


@dataclass(frozen=True)
class View:
    """A study as it stands. `saved` is where it was read from; None while it is this process that trains it."""

    study: Study
    shape: StudyShape
    snapshot: BoardSnapshot
    saved: "SavedStudy | None" = None

    @property
    def live(self) -> bool:
        """Return whether more can come."""
        return self.saved is None and not self.snapshot.status.ended

    def states(self, shape: ScenarioShape) -> list[RunState]:
        """Return the replicates of a scenario."""
        return [self.snapshot.runs[index] for index in shape.runs]


def _coordinates(spec: RunSpec, keys: Sequence[str]) -> list[tuple[str, str]]:
    values = {"model": spec.model, "data": spec.dataset, "optimizer": spec.optimizer, "batch": str(spec.batch_size)}
    named = [(key, values[key] if key != "batch" else f"batch {values[key]}") for key in values if key in keys]
    others = [(key, f"{key.rpartition('.')[2]} {format_value(value)}") for key, value in spec.other_swept]
    return [*named, *((key, text) for key, text in others if key in keys)]


def _varying(specs: Sequence[RunSpec]) -> list[str]:
    """Return which coordinates, besides the rate, differ between scenarios."""
    seen: dict[str, set[str]] = {}
    everything = ["model", "data", "optimizer", "batch", *(key for key, _ in specs[0].other_swept)]
    for spec in specs:
        for key, value in _coordinates(spec, everything):
            seen.setdefault(key, set()).add(value)
    return [key for key in everything if len(seen.get(key, ())) > 1]
