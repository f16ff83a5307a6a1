"""The one judge: from intervals to verdicts, with a second source for every number behind them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lrtui.book.answer import overall
from lrtui.book.compare import Expect, difference
from lrtui.book.figures import Figures
from lrtui.book.measures import ACCURACY, EPOCHS_TO_COMMON, GRADIENT_RATIO, SPARSITY
from lrtui.book.question import ABOVE, BELOW, Evidence, Finding, Region, Verdict, counted, judge

INF = math.inf
AGREES, CONTRADICTS, OPEN = Verdict.AGREES, Verdict.CONTRADICTS, Verdict.NOT_DECIDED
LATE, EARLY = (13.0, 12.0, 14.0, 13.0), (9.0, 9.5, 8.0, 10.0)


def figures(*values: float) -> Figures:
    return Figures(dict(enumerate(values, 1)))


def evidence(interval: tuple[float, float] | None, expected: Region = ABOVE, **more: Any) -> Evidence:
    return Evidence(("measured",), interval, expected, more.pop("seeds", 3), **more)


def verdict(one: Figures, other: Figures, expected: Expect, measure: Any = ACCURACY) -> Verdict:
    found = difference(one, other, measure)
    region = expected.region(measure.near(other.mean))
    p = found.p if expected in (Expect.HIGHER, Expect.LOWER) else None
    return judge([Evidence((found.words,), found.interval, region, found.seeds, p)])


@pytest.mark.parametrize(
    ("interval", "expected", "says"),
    [
        ((0.1, 2.0), ABOVE, AGREES),
        ((-2.0, -0.1), ABOVE, CONTRADICTS),
        ((-0.1, 2.0), ABOVE, OPEN),
        ((0.0, 0.0), ABOVE, OPEN),  # the same in every seed
        ((2.0, 2.0), ABOVE, AGREES),  # the same difference in every seed
        ((0.1, 2.0), BELOW, CONTRADICTS),
        ((-0.4, 0.4), Region(-0.5, 0.5), AGREES),
        ((-0.6, 0.4), Region(-0.5, 0.5), OPEN),
        ((0.6, 0.9), Region(-0.5, 0.5), CONTRADICTS),
        ((-0.4, 9.0), Region(low=-0.5), AGREES),  # not lower
        ((-0.9, -0.6), Region(low=-0.5), CONTRADICTS),
        ((-0.9, -0.2), Region(low=-0.5), OPEN),  # lower, but by more than the margin or not
        ((INF, INF), ABOVE, AGREES),
        ((-INF, INF), ABOVE, OPEN),
    ],
)
def test_where_the_interval_lies_decides(interval: tuple[float, float], expected: Region, says: Verdict) -> None:
    assert judge([evidence(interval, expected)]) is says
    one_seed = {
        AGREES: Verdict.ONE_SEED_AGREES, CONTRADICTS: Verdict.ONE_SEED_CONTRADICTS, OPEN: OPEN
    }  # fmt: skip
    assert judge([evidence(interval, expected, seeds=1)]) is one_seed[says]


def test_one_seed_without_an_interval_is_not_judged() -> None:
    assert judge([evidence(None, seeds=1)]) is Verdict.NOT_JUDGED


def test_all_pieces_have_to_agree_and_one_contradicts() -> None:
    yes, no, open_ = evidence((1, 2)), evidence((-2, -1)), evidence((-1, 1))
    assert judge([yes, yes]) is AGREES
    assert judge([yes, open_]) is OPEN
    assert judge([yes, open_, no]) is CONTRADICTS
    assert judge([yes, evidence((1, 2), seeds=1)]) is Verdict.ONE_SEED_AGREES


def test_of_many_comparisons_one_contradicts_only_after_holm() -> None:
    pieces = [evidence((-2, -1), p=0.03), *(evidence((-1, 1), p=0.5) for _ in range(4))]
    assert judge(pieces[:1]) is CONTRADICTS
    assert judge(pieces) is OPEN  # 5 · 0.03 = 0.15
    assert judge([evidence((-2, -1), p=0.003), *pieces[1:]]) is CONTRADICTS


def test_counts() -> None:
    assert judge([counted("", [True, True])]) is AGREES
    assert judge([counted("", [False, False])]) is CONTRADICTS
    assert judge([counted("", [True, False])]) is OPEN
    assert judge([counted("", [True, True, False], most=True)]) is AGREES
    assert judge([counted("", [True, False], most=True)]) is CONTRADICTS


def test_the_verdict_on_all_points_of_a_question() -> None:
    yes, no, open_, missing = (
        Finding(text, (), says)
        for text, says in (("a", AGREES), ("b", CONTRADICTS), ("c", OPEN), ("d", Verdict.CANNOT_BE_SAID))
    )
    assert overall([yes, no, open_, missing]) is CONTRADICTS
    assert overall([yes, open_, missing]) is Verdict.CANNOT_BE_SAID
    assert overall([yes, open_]) is OPEN
    assert overall([yes, Finding("c", (), OPEN, needed=False)]) is AGREES
    assert overall([yes, Finding("c", (), Verdict.NOT_JUDGED), Finding("e", (), Verdict.ONE_SEED_AGREES)]) is (
        Verdict.ONE_SEED_AGREES
    )


SMALL = st.lists(st.tuples(*[st.integers(0, 60).map(lambda n: 80 + n / 4)] * 2), min_size=3, max_size=12)


@given(SMALL)
def test_agreement_is_a_paired_t_test_at_5_percent(pairs: list[tuple[float, float]]) -> None:
    ones, others = zip(*pairs, strict=True)
    gaps = {one - other for one, other in pairs}
    says = verdict(figures(*ones), figures(*others), Expect.HIGHER)
    if len(gaps) == 1:
        (gap,) = gaps
        assert says is (AGREES if gap > 0 else CONTRADICTS if gap < 0 else OPEN)
        return
    test = stats.ttest_rel(ones, others)
    if abs(test.pvalue - 0.05) < 1e-9:
        return
    assert says is (OPEN if test.pvalue > 0.05 else AGREES if test.statistic > 0 else CONTRADICTS)


@given(SMALL)
def test_no_lower_is_a_test_of_non_inferiority(pairs: list[tuple[float, float]]) -> None:
    ones, others = zip(*pairs, strict=True)
    if len({one - other for one, other in pairs}) == 1:
        return
    low, high = stats.ttest_1samp([one - other for one, other in pairs], 0).confidence_interval(0.95)
    if min(abs(low + 0.5), abs(high + 0.5)) < 1e-9:
        return
    says = verdict(figures(*ones), figures(*others), Expect.NO_LOWER)
    assert says is (AGREES if low > -0.5 else CONTRADICTS if high < -0.5 else OPEN)


def test_the_worked_values() -> None:
    """A and B of the definitions: d̄, interval and p by hand."""
    found = difference(figures(98.03, 98.25, 98.19), figures(97.33, 97.21, 97.45), ACCURACY)
    assert found.p == pytest.approx(0.016430, abs=1e-6)
    assert found.interval == pytest.approx((0.365036, 1.288298), abs=1e-6)
    found = difference(figures(98.03, 98.25, 97.81), figures(97.80, 97.87, 97.73), ACCURACY)
    assert found.p == pytest.approx(0.117341, abs=1e-6)
    assert (found.seeds, found.more_seeds) == (3, 5)


def test_only_common_seeds_are_compared() -> None:
    found = difference(Figures({1: 90.0, 2: 91.0, 7: 0.0}), Figures({1: 80.0, 2: 82.0, 3: 0.0}), ACCURACY)
    assert (found.seeds, found.mean) == (2, 9.5)


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ((INF, INF), (12.0, 13.0), AGREES),  # never is later than any epoch
        ((12.0, 13.0), (INF, INF), CONTRADICTS),
        ((INF, 12.0), (11.0, 11.5), OPEN),
        ((INF, INF), (INF, INF), OPEN),
        ((*LATE, INF, 12.0), (*EARLY, 9.0, 11.0), AGREES),  # six of six seeds: sign test p = 0.03
        ((*LATE, INF), (*EARLY, 9.0), OPEN),  # five of five: 0.06
    ],
)
def test_an_epoch_that_never_came(one: tuple[float, ...], other: tuple[float, ...], says: Verdict) -> None:
    assert verdict(figures(*one), figures(*other), Expect.HIGHER, EPOCHS_TO_COMMON) is says


def test_the_sign_test_is_exact() -> None:
    found = difference(figures(INF, 12, 9, 14, 13, INF, 15), figures(9, 10, 11, 12, 12, 9, 9), EPOCHS_TO_COMMON)
    assert found.p == pytest.approx(stats.binomtest(6, 7).pvalue)


def test_margins_are_points_for_percent_and_shares_for_the_rest() -> None:
    assert ACCURACY.near(90.0) == 0.5
    assert EPOCHS_TO_COMMON.near(20.0) == pytest.approx(2.0)
    assert SPARSITY.unit == "%"


VANISHING, HEALTHY = (1e-7, 3e-5, 2e-6), (0.02, 0.6, 4.0)


def test_ratios_are_compared_by_their_logarithms() -> None:
    """Gradients that are a million times smaller, which a linear scale does not see: two of three ratios are near zero there."""
    one, other = figures(*VANISHING), figures(*HEALTHY)
    assert verdict(one, other, Expect.LOWER, SPARSITY) is OPEN
    assert verdict(one, other, Expect.LOWER, GRADIENT_RATIO) is AGREES
    found = difference(one, other, GRADIENT_RATIO)
    second = stats.ttest_rel([math.log(value) for value in VANISHING], [math.log(value) for value in HEALTHY])
    assert found.p == pytest.approx(second.pvalue)
    assert found.interval == pytest.approx(second.confidence_interval())
    low, high = (f"{math.exp(bound):.3g}" for bound in second.confidence_interval())
    factor = math.exp(sum(map(math.log, VANISHING)) / 3 - sum(map(math.log, HEALTHY)) / 3)
    assert [float(word.strip("[],")) for word in found.words.split()[1:4]] == [
        float(text) for text in (f"{factor:.3g}", low, high)
    ]


@pytest.mark.parametrize(
    ("factor", "says"), [(1.05, AGREES), (1 / 1.05, AGREES), (1.2, CONTRADICTS), (1 / 1.2, AGREES)]
)
def test_the_margin_of_a_ratio_is_a_factor(factor: float, says: Verdict) -> None:
    ours = figures(*(factor * value for value in HEALTHY))
    assert verdict(ours, figures(*HEALTHY), Expect.NO_HIGHER, GRADIENT_RATIO) is says


@given(st.lists(st.floats(1e-9, 1e9), min_size=3, max_size=6), st.floats(1e-3, 1e3))
def test_which_of_two_ratios_is_on_top_does_not_depend_on_which_way_up_they_are(
    values: list[float], factor: float
) -> None:
    """A ratio's reciprocal says the same the other way round."""
    others = [factor * value * (1 + at) for at, value in enumerate(values)]
    ways = [
        difference(figures(*one), figures(*other), GRADIENT_RATIO).way
        for one, other in ((values, others), ([1 / one for one in values], [1 / other for other in others]))
    ]
    assert ways[0] == -ways[1]


def test_a_gradient_that_vanished_for_good_is_below_any_other() -> None:
    assert verdict(figures(0.0, 0.0, 0.0), figures(*HEALTHY), Expect.LOWER, GRADIENT_RATIO) is AGREES
    assert verdict(figures(0.0, 1e-9, 0.0), figures(*HEALTHY), Expect.LOWER, GRADIENT_RATIO) is OPEN
