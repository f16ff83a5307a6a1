"""Studies side by side: what differs, which scenarios are the same, and differences against textbook tests."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from lrtui.analysis.frames import study_result
from lrtui.analysis.result import StudyResult
from lrtui.analysis.side_by_side import difference, differing, side_by_side
from lrtui.errors import InputError
from lrtui.study import preset
from lrtui.study.records import EpochRecord, Outcome, RunStatus
from lrtui.study.spec import RunSpec
from lrtui.study.states import RunState

PERCENT = st.integers(0, 1000).map(lambda tenths: tenths / 10)


def trained(*overrides: str, came: Callable[[RunSpec], float] = lambda spec: 90.0 + spec.seed) -> StudyResult:
    study = preset.load("quickstart", ["train.epochs=1", *overrides])

    def state(spec: RunSpec) -> RunState:
        accuracy = came(spec)
        records = tuple(
            EpochRecord(spec.run, epoch, 0.5, accuracy, 0.5, accuracy, spec.lr, 0.0, None, 0.1) for epoch in (0, 1)
        )
        outcome = Outcome(spec.run, 1, False, 0.5, accuracy, 0.5, accuracy, 0.0, 0.0, 0.0)
        return RunState(spec, RunStatus.DONE, records, outcome=outcome)

    return study_result(study, [state(spec) for spec in study.runs])


def test_settings_that_differ_are_named_with_their_values_and_no_others() -> None:
    one, other = (
        trained(*extra).study for extra in ((), ("train.batch_size=64", "title=Another", "sweep.replicates=5"))
    )
    assert {d.key: d.values for d in differing([one, other])} == {
        "train.batch_size": (32, 64),
        "sweep.replicates": (3, 5),
    }


def test_seeds_that_are_not_numbered_differ_from_replicates() -> None:
    one, other = (trained(*extra).study for extra in ((), ("sweep.seeds=[4, 5, 6]",)))
    assert [(d.key, d.values) for d in differing([one, other])] == [("sweep.replicates", (3, "seeds 4, 5, 6"))]


def test_scenarios_are_matched_by_rate_though_a_setting_differs() -> None:
    found = side_by_side([trained(), trained("optim.name=adam", "optim.lr=[1e-3, 1e-2, 5.0]")], ["A", "B"])
    both = [row.label for row in found.rows if row.differences[1] is not None]
    assert both == ["1e-3", "1e-2"]
    assert [row.label for row in found.rows] == ["1e-3", "1e-2", "1e-1", "1", "5", "10"]


def test_what_varies_within_a_study_tells_scenarios_apart() -> None:
    found = side_by_side(
        [trained("model.activation=['relu','tanh']"), trained("model.activation=['tanh','elu']")], ["A", "B"]
    )
    both = [row.label for row in found.rows if row.differences[1] is not None]
    assert len(both) == 5 and all("tanh" in label for label in both)


def test_a_study_beside_itself_differs_in_nothing() -> None:
    found = side_by_side([trained(), trained()], ["A", "B"])
    assert found.settings == () and found.remarks == ()
    assert all(row.differences[1] is not None and row.differences[1].mean == 0 for row in found.rows)


def test_other_data_is_said() -> None:
    found = side_by_side([trained(), trained("data.name=synthetic")], ["A", "B"])
    assert "different data (A: digits; B: synthetic)" in found.remarks[0]
    copies = side_by_side([trained(), trained()], ["A", "B"], data=[{"digits": "1"}, {"digits": "2"}])
    assert "not the same images" in copies.remarks[0]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (("optim.lr=[0.5]",), "no learning rate of A is one of B"),
        (("model.activation=['elu','selu']",), "activation"),
    ],
)
def test_nothing_in_common_is_refused_with_the_reason(other: tuple[str, ...], why: str) -> None:
    with pytest.raises(InputError, match=why):
        side_by_side(
            [trained("model.activation=['relu','tanh']"), trained("model.activation=['relu','tanh']", *other)],
            ["A", "B"],
        )


def test_without_a_finished_run_there_is_nothing_to_compare() -> None:
    waiting = trained()
    waiting = study_result(waiting.study, [RunState(spec) for spec in waiting.study.runs])
    with pytest.raises(InputError, match="B: no run is done"):
        side_by_side([trained(), waiting], ["A", "B"])


@given(st.dictionaries(st.integers(1, 6), PERCENT, min_size=1), st.dictionaries(st.integers(4, 9), PERCENT, min_size=1))
def test_a_difference_is_that_of_the_textbook(one: Mapping[int, float], other: Mapping[int, float]) -> None:
    found = difference(one, other)
    assert found is not None
    common = sorted(one.keys() & other.keys())
    alike = [[one[s] - other[s] for s in common]] if len(common) > 1 else [[*one.values()], [*other.values()]]
    assume(all(len(values) < 2 or max(values) - min(values) > 0.05 for values in alike))
    if len(common) > 1:
        assert found.paired and found.n == len(common)
        textbook = stats.ttest_rel([one[s] for s in common], [other[s] for s in common])
    else:
        if len(one) < 2 or len(other) < 2:
            assert found.p is None
            return
        textbook = stats.ttest_ind(list(one.values()), list(other.values()), equal_var=False)
        assert not found.paired
    if found.p is not None and textbook.pvalue == textbook.pvalue:
        assert found.p == pytest.approx(textbook.pvalue, abs=1e-6)
        low, high = textbook.confidence_interval(0.95)
        assert (found.low, found.high) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


def test_seeds_of_one_study_alone_compare_unpaired() -> None:
    found = side_by_side([trained(), trained("sweep.seeds=[7, 8]")], ["A", "B"])
    assert all(row.differences[1] is not None and not row.differences[1].paired for row in found.rows)
