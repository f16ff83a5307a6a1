"""What pictures are made from: a study and one moment of it, live or saved, and the order and colours it is shown in.

Needs no polars: the workbench draws with it from its first paint on."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lrtui.plots.palette import Colour, colours
from lrtui.study.coordinates import coordinate_text, telling
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import BoardSnapshot, RunState, asked_for
from lrtui.text import shown_rate

if TYPE_CHECKING:
    from lrtui.store.reader import SavedStudy


@dataclass(frozen=True)
class Scenario:
    """One scenario: its label, its colour, its place."""

    scenario: str
    label: str
    """What distinguishes it in this study: the rate, which is never what is cut, and what else varies."""
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
        rates = list(dict.fromkeys(shown_rate(spec.config.optim.lr) for spec in sorted(firsts.values(), key=_by_rate)))
        sweeps_rate = len(rates) > 1 and "optim.lr" in study.swept_keys
        keys = telling([spec.coordinates for spec in firsts.values()])
        palette = colours(rates if sweeps_rate else positions, ordered=sweeps_rate)
        groups: dict[str, int] = {}
        scenarios = []
        for name, indices in positions.items():
            spec = firsts[name]
            rest = " ".join(filter(None, (coordinate_text(key, spec.coordinates[key]) for key in keys)))
            group = groups.setdefault(rest if sweeps_rate else "", len(groups))
            rate = shown_rate(spec.config.optim.lr)
            scenarios.append(
                Scenario(
                    scenario=name,
                    label=f"{rate} {rest}".strip() if sweeps_rate or not rest else rest,
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
        """Return the replicates of a scenario; of a search, those it has asked for, if there are any."""
        states = [self.snapshot.runs[index] for index in scenario.runs]
        return [*asked_for(self.study, states)] or states

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Return the scenarios; of a search, those it has asked for."""
        if not self.study.searches:
            return self.shape.scenarios
        asked = {state.spec.scenario for state in asked_for(self.study, self.snapshot.runs)}
        return tuple(scenario for scenario in self.shape.scenarios if scenario.scenario in asked)

    def of_group(self, group: int) -> list[Scenario]:
        """Return the scenarios of one group; of a search, those it has asked for."""
        return [scenario for scenario in self.scenarios if scenario.group == group]

    @classmethod
    def of_saved(cls, saved: "SavedStudy") -> "View":
        """Return a saved study as its folder tells it."""
        shape, finder = StudyShape.of(saved.study), saved.kind == "finder"
        return cls(saved.study, shape, saved.snapshot(), saved=saved, finder=finder, path=saved.path)


def _by_rate(spec: RunSpec) -> tuple[bool, float]:
    return spec.finds_lr, 0.0 if spec.finds_lr else spec.lr
