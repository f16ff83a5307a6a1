"""The adaptive search of a rate, told what runs came to by a function instead of by training."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.analysis.bracket import next_runs, told
from lrtui.analysis.frames import runs_frame
from lrtui.analysis.winner import Comparison, comparisons
from lrtui.study import preset
from lrtui.study.records import EpochRecord, Outcome, RunStatus
from lrtui.study.search import candidates, starts
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState, asked_for

Came = Callable[[RunSpec], float]
"""The accuracy that a run comes to, percent; NaN for a network that gives no numbers."""


def study(*overrides: str) -> Study:
    return preset.load("quickstart", ["sweep.search=bracket", "sweep.replicates=5", "train.epochs=1", *overrides])


def done(spec: RunSpec, accuracy: float) -> RunState:
    loss = math.nan if math.isnan(accuracy) else 2.5 if accuracy < 12 else 0.5
    records = tuple(
        EpochRecord(spec.run, epoch, loss, accuracy, loss, accuracy, spec.lr, 0.0, None, 0.1) for epoch in (0, 1)
    )
    outcome = Outcome(spec.run, 1, False, loss, accuracy, loss, accuracy, 0.0, 0.0, 0.0)
    return RunState(spec, RunStatus.DONE, records, outcome=outcome)


def searched(of: Study, came: Came) -> tuple[list[RunState], list[list[RunSpec]]]:
    """Return the runs as a search leaves them, and what it asked for, round by round."""
    states = {spec.run: RunState(spec) for spec in of.runs}
    rounds = []
    while asked := next_runs(of, list(states.values())):
        rounds.append(list(asked))
        for spec in asked:
            assert states[spec.run].status is RunStatus.WAITING, "asked for twice"
            states[spec.run] = done(spec, came(spec))
        assert len(rounds) < 1000
    return list(states.values()), rounds


def compared(of: Study, states: Sequence[RunState]) -> Comparison:
    return comparisons(runs_frame(asked_for(of, states)), of.equal_within, of.looks)[0]


def hill(peak: float, height: float = 90.0, width: float = 0.5) -> Callable[[float], float]:
    return lambda rate: 10 + height * math.exp(-((math.log10(rate / peak) / width) ** 2)) - 10


def test_the_grid_is_as_fine_as_the_resolution_and_holds_what_was_given() -> None:
    rates = candidates([1e-3, 1e-2, 1.0], 1.5)
    assert {1e-3, 1e-2, 1.0} <= set(rates) and rates == sorted(rates)
    assert max(high / low for low, high in pairwise(rates)) <= 1.5 * 1.02
    assert candidates(rates, 1.5) == rates


@given(st.lists(st.floats(1e-8, 1e2), min_size=2, max_size=12, unique=True), st.floats(1.05, 100.0))
def test_a_grid_given_again_is_the_same(rates: list[float], resolution: float) -> None:
    once = candidates(rates, resolution)
    assert candidates(once, resolution) == once
    assert {0, len(once) - 1} <= set(starts(once)) and len(starts(once)) <= 5


def test_a_saved_search_is_the_same_search() -> None:
    one = study()
    again = preset.from_resolved(one.name, one.resolved)
    assert (again.runs, again.search, again.budget, again.looks) == (one.runs, "bracket", one.budget, 4)


def test_it_begins_with_five_rates_and_one_seed() -> None:
    _, rounds = searched(study(), lambda spec: hill(0.1)(spec.lr))
    assert [(spec.lr, spec.seed) for spec in rounds[0]] == [(rate, 1) for rate in (1e-3, 1e-2, 1e-1, 1.0, 10.0)]


@pytest.mark.parametrize("peak", [1e-3, 4e-3, 0.056, 0.3, 0.75, 2.0, 10.0])
def test_it_finds_the_peak_wherever_it_lies(peak: float) -> None:
    of = study()
    states, _ = searched(of, lambda spec: hill(peak)(spec.lr) + 0.1 * math.sin(spec.seed * 7 + spec.run))
    best = compared(of, states).best.lr or 0
    assert max(best / peak, peak / best) < 1.5
    assert sum(state.status is RunStatus.DONE for state in states) < len(of.runs) / 4


def test_replicates_are_for_rates_that_cannot_be_told_apart() -> None:
    of = study()
    noise = [0.0, 0.6, -0.5, 0.3, -0.4]
    states, _ = searched(of, lambda spec: hill(0.1, width=2.0)(spec.lr) + noise[(spec.seed + spec.run) % 5])
    tried = {spec.lr: 0 for spec in of.runs}
    for state in states:
        tried[state.spec.lr] += state.status is RunStatus.DONE
    assert tried[1e-3] == tried[10.0] == 1
    assert tried[0.1] == 5 and sum(count > 1 for count in tried.values()) < 12


def test_the_budget_is_kept() -> None:
    of = study("sweep.budget=11")
    states, _ = searched(of, lambda spec: hill(0.1)(spec.lr))
    assert sum(state.status is RunStatus.DONE for state in states) == 11
    assert study().budget == len(study().runs) // 2


def test_where_nothing_learns_it_ends_and_says_so() -> None:
    of = study()
    states, rounds = searched(of, lambda spec: math.nan)
    assert len(rounds) == 1
    assert told(of, states).startswith("no rate learned anything: the search tried 5 of 33 rates with 5 runs")


def test_what_was_taken_over_costs_no_budget() -> None:
    of = study("sweep.budget=5")
    first = {spec.lr: spec for spec in of.runs if spec.seed == 1}
    known = RunState(first[0.1], RunStatus.DONE, done(first[0.1], 90.0).records, outcome=done(first[0.1], 90.0).outcome)
    known = RunState(**{name: getattr(known, name) for name in known.__slots__} | {"reused_from": "another"})
    states = [known if spec == first[0.1] else RunState(spec) for spec in of.runs]
    assert first[0.1] not in next_runs(of, states) and len(next_runs(of, states)) == 4


def test_what_was_broken_off_is_gone_on_with_first() -> None:
    of = study()
    begun = RunState(of.runs[7], RunStatus.WAITING, done(of.runs[7], 50.0).records[:1])
    states = [begun if spec is of.runs[7] else RunState(spec) for spec in of.runs]
    assert next_runs(of, states) == (of.runs[7],)


def test_grids_of_several_models_are_searched_side_by_side() -> None:
    of = study("model.activation=['relu', 'tanh']")
    peaks = {"relu": 0.1, "tanh": 1.0}
    states, rounds = searched(of, lambda spec: hill(peaks[spec.config.model.activation])(spec.lr))
    assert {spec.config.model.activation for spec in rounds[0]} == {"relu", "tanh"}
    best = {name: max((s for s in states if s.outcome and s.spec.config.model.activation == name),
                      key=lambda s: s.outcome.val_accuracy if s.outcome else 0).spec.lr for name in peaks}  # fmt: skip
    assert best == peaks


def test_a_clear_winner_is_called_though_the_others_have_one_seed() -> None:
    of = study("sweep.resolution=10")
    states, _ = searched(of, lambda spec: (95 if spec.lr == 0.1 else 60 if spec.lr == 1.0 else 10) + 0.1 * spec.seed)
    comparison = compared(of, states)
    assert comparison.best.lr == 0.1 and comparison.level == pytest.approx(0.05 / 4)
    text = " ".join(comparison.sentences())
    assert "nothing can be tested" not in text


def test_of_rates_that_are_equal_a_winner_is_called_no_more_often_than_the_stated_level() -> None:
    of = study("sweep.resolution=3")
    called = 0
    for seed in range(60):
        draw = random.Random(seed)
        drawn = {spec.run: 80 + draw.gauss(0, 1) for spec in of.runs}
        states, _ = searched(of, lambda spec, drawn=drawn: drawn[spec.run] if spec.lr < 1 else 11.0)
        called += compared(of, states).winner
    assert called <= 3  # 5 %
