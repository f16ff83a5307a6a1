"""Who won: replicates compared by seed, and the scenarios that cannot be told from the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from lrtui.analysis.coordinates import scenario_labels
from lrtui.analysis.rates import BestRate, Edge, Sensitivity, best_rate, edge_of, grid_of, next_rate, sensitivity
from lrtui.analysis.replicates import Scenario, gather
from lrtui.analysis.statistics import ALPHA, PairedDifference, holm, paired, pooled, pooled_variance
from lrtui.study.indicators import IndicatorConfig
from lrtui.study.words import Words, words_of_task
from lrtui.text import short_rate


@dataclass(frozen=True)
class Rival:
    """A scenario beside the best."""

    scenario: Scenario
    paired: PairedDifference | None
    """Best minus this one, points, over their common seeds; None if there are none."""
    p_holm: float | None
    """Its two-sided p, adjusted for so many rivals; None if it has no p."""
    level: float = ALPHA
    """Significance level of each test."""
    p_left: float | None = None
    """Of a rival that a search left behind with too few seeds to be tested by seed: its two-sided p, see `statistics.pooled`."""

    @property
    def tied(self) -> bool:
        """Return whether it has the same mean as the best over the common seeds."""
        return self.paired is not None and abs(self.paired.mean) <= 1e-9

    @property
    def apart(self) -> bool:
        """Return whether it can be told from the best: by its adjusted p, or because every seed gives the same difference."""
        tested = self.p_holm is not None and self.p_holm <= self.level
        return tested or self.left or (self.paired is not None and self.paired.same_in_every_seed)

    @property
    def left(self) -> bool:
        """Return whether a search left it behind, and was right to as far as can be tested."""
        return self.p_left is not None and self.p_left <= self.level

    @property
    def below(self) -> bool:
        """Return whether a test puts it below the best."""
        pair = self.paired
        return self.left or (pair is not None and pair.mean > 0 and pair.p is not None and pair.p <= self.level)

    @property
    def more_seeds(self) -> int | None:
        """Return how many more seeds would tell it from the best if spread and mean stay as they are; None if unknown."""
        needed = None if self.paired is None else self.paired.seeds_to_settle
        return None if needed is None or self.paired is None else max(0, needed - self.paired.n)

    def equal(self, within: float) -> bool:
        """Return whether the interval of the difference lies within ± so many points."""
        interval = None if self.paired is None else self.paired.interval
        return interval is not None and -within <= interval[0] and interval[1] <= within


@dataclass(frozen=True)
class Comparison:
    """The scenarios of one model and data set compared: those runs that are done, by accuracy of the weights kept."""

    model: str
    dataset: str
    scenarios: tuple[Scenario, ...]
    """All of them, in order of appearance."""
    best: Scenario
    """The highest mean, of equal ones the first; runs without an accuracy put a scenario behind those that have them all."""
    rivals: tuple[Rival, ...]
    """The others with a run that is done, best first; those without an accuracy at the end."""
    unfinished: tuple[str, ...]
    """Labels of scenarios with runs that are neither done nor failed."""
    equal_within: float
    """Points within which accuracies are called equal."""
    level: float = ALPHA
    """Significance level of each test: 5 %, over the number of looks of a search, which stops when it sees a difference."""
    searched: bool = False
    """Whether a search chose what was trained: seeds are where it needed them."""
    task: str = "classification"
    """What is learned."""

    @property
    def words(self) -> Words:
        """Return what its losses and scores are called."""
        return words_of_task(self.task)

    @property
    def learned(self) -> bool:
        """Return whether any scenario learned; else nobody can win."""
        return any(scenario.learned for scenario in self.scenarios)

    @property
    def alone(self) -> bool:
        """Return whether there is no other scenario to compare with."""
        return len(self.scenarios) == 1

    @property
    def winner(self) -> bool:
        """Return whether the best won: everything is finished, and it differs from each rival at 5 %.

        That is an intersection–union test, which needs no correction for the number of rivals. A rival that learned nothing
        counts too: if not even it is told from the best by the seeds there are, the best's own accuracy is too uncertain for a
        winner (30 % and 90 %, against 9 % and 11 %), and the sentence names it.
        """
        return self.ahead and not self.unfinished

    @cached_property
    def tested(self) -> tuple[Rival, ...]:
        """Return the rivals with an accuracy, best first."""
        return tuple(rival for rival in self.rivals if rival.scenario.n)

    @cached_property
    def ahead(self) -> bool:
        """Return whether the best of what is finished has an accuracy in every run, and differs from each rival at 5 %."""
        return self.learned and not self.best.silent and bool(self.tested) and all(rival.below for rival in self.tested)

    @cached_property
    def set_rivals(self) -> tuple[Rival, ...]:
        """Return the rivals that were tested, or are tied, and cannot be told from the best, best first.

        A scenario whose kept weights know nothing in any run is not among them if the best's do: that it learned nothing is
        known from its losses, which no test of few seeds takes back. One that diverged after the epoch it kept may be.
        """
        if self.ahead:
            return ()
        return tuple(
            rival
            for rival in self.tested
            if (rival.tied or (rival.p_holm is not None and not rival.apart))
            and (rival.scenario.knowing or not self.best.knowing)
        )

    @cached_property
    def open_rivals(self) -> tuple[Rival, ...]:
        """Return the rivals that keep the best from having won and are not in the set: no test puts them behind it."""
        if self.ahead:
            return ()
        beside = [rival for rival in self.tested if rival not in self.set_rivals]
        return tuple(rival for rival in beside if not rival.below)

    @cached_property
    def alike(self) -> tuple[Scenario, ...]:
        """Return the best, and the scenarios that cannot be told from it, best first."""
        return (self.best, *(rival.scenario for rival in self.set_rivals))

    @cached_property
    def grid(self) -> list[Scenario]:
        """Return the scenarios that differ from the best in nothing but the rate, by ascending rate."""
        return grid_of(self.best, self.scenarios)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Return at which ends of the grid the best lies, or a rate that cannot be told from it; the best's own end first.

        One rate alone is no grid: it has no spacing, and no end lies beyond another rate. Beyond a rate at which no run
        learned there is nothing to try.
        """
        found = [edge_of(scenario, self.grid) for scenario in self.alike if scenario.learned]
        return tuple(dict.fromkeys(edge for edge in found if edge is not None))

    @property
    def edge(self) -> Edge | None:
        """Return the first of `edges`; None if there is none."""
        return self.edges[0] if self.edges else None

    @property
    def next_rates(self) -> tuple[float, ...]:
        """Return the rate to try beyond each of `edges`."""
        return tuple(next_rate(self.grid, edge) for edge in self.edges)

    @property
    def next_rate(self) -> float | None:
        """Return the rate to try beyond `edge`."""
        return self.next_rates[0] if self.edges else None

    @cached_property
    def sensitivity(self) -> Sensitivity | None:
        """Return what a wrong rate costs in the grid of the best; None if it has no two rates."""
        return sensitivity(self.grid)

    @cached_property
    def grids(self) -> "dict[str, list[Scenario]]":
        """Return the grids of at least two rates by what tells them apart, in order of appearance: `clipped`."""
        found = {}
        for scenario in self.scenarios:
            grid = grid_of(scenario, self.scenarios)
            if len(grid) > 1 and scenario is grid[0]:
                parts = scenario.label.split(", ")
                found[", ".join(part for part in parts if part != short_rate(scenario.lr or 0))] = grid
        return found

    @cached_property
    def best_rate(self) -> BestRate | None:
        """Return the best rate between the grid's points; None at the edge, and unless its neighbours learned too."""
        return best_rate(self.best, self.grid)

    def sentences(self) -> list[str]:
        """Return the result in whole sentences: first the edge, then the verdict, how many seeds are needed, the rate itself."""
        from lrtui.analysis.winner_words import sentences

        return sentences(self)

    def verdict(self) -> str:
        """Return who won, or which scenarios cannot be told from the best, in a sentence without its full stop."""
        from lrtui.analysis.winner_words import verdict

        return verdict(self)


def comparisons(
    runs: pl.DataFrame, equal_within: float = IndicatorConfig().equal_within, looks: int | None = None
) -> list[Comparison]:
    """Return a comparison for every model/data pair with a run that is done, in order of appearance.

    Of a search, which trains until a difference shows, `looks` is how often it may have looked: each has its share of the 5 %.
    """
    labels = scenario_labels(runs)
    pairs = runs.group_by("model", "dataset", *(("task",) if "task" in runs.columns else ()), maintain_order=True)
    made = (
        _compare(str(model), str(dataset), rows, labels, equal_within, looks, *map(str, filter(None, task)))
        for (model, dataset, *task), rows in pairs
    )
    return [comparison for comparison in made if comparison is not None]


def _compare(
    model: str,
    dataset: str,
    runs: pl.DataFrame,
    labels: Mapping[str, str],
    equal_within: float,
    looks: int | None,
    task: str = "classification",
) -> Comparison | None:
    scenarios = gather(runs, labels)
    ranked = _ranked([one for one in scenarios if one.n or one.silent])
    if not ranked:
        return None
    best, *others = ranked
    pairs = [paired(best.accuracies, other.accuracies) for other in others]
    p_values = [None if pair is None else pair.p for pair in pairs]
    adjusted = iter(holm([p for p in p_values if p is not None]))
    searched, level = looks is not None, ALPHA / (looks or 1)
    spread = pooled_variance(
        [one.accuracies for one in scenarios if one.n and (one is best or one.mean >= best.mean / 2)]
    )
    rivals = [
        Rival(
            other,
            pair,
            None if p is None else next(adjusted),
            level,
            pooled(best.accuracies, other.accuracies, spread) if searched and p is None else None,
        )
        for other, pair, p in zip(others, pairs, p_values, strict=True)
    ]
    unfinished = tuple(scenario.label for scenario in scenarios if scenario.unfinished)
    return Comparison(
        model, dataset, tuple(scenarios), best, tuple(rivals), unfinished, equal_within, level, searched, task
    )


def _ranked(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios by falling accuracy; those with runs that gave none behind those that have all.

    If none that has all learned, one that learned comes first nevertheless.
    """
    whole = any(one.learned and not one.silent for one in scenarios)
    return sorted(
        scenarios,
        key=lambda one: (not one.n, one.silent > 0 if whole else not one.learned, -one.mean if one.n else 0.0),
    )
