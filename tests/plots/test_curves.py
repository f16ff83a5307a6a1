"""Curves: which belong together, their means, what is drawn of those that are lost or run away, and the legend."""

import math
from dataclasses import replace

import pytest

from lrtui.plots.chart import Chart, Entry, Kind, Series, pick, shortened, told_apart
from lrtui.plots.curves import curves
from lrtui.plots.metrics import METRICS, RATE, TRAIN_LOSS, VAL_ACCURACY, VAL_LOSS
from lrtui.plots.series import Curve, mean, smoothed
from lrtui.study.records import RunStatus
from tests.report.made import INF, NAN, Saved, mixed, paper, state, study, variants

TABLE = {"title": "x", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd"}}


def lines(chart: Chart) -> list[Series]:
    return [one for one in chart.series if one.kind is Kind.LINE]


def many(count: int, **more: object) -> Saved:
    rates = [10.0 ** (-4 + 4 * index / count) for index in range(count)]
    made = study("many", {**TABLE, "sweep": {"optim.lr": rates}, **more})
    return Saved(made, tuple(state(spec, [2.3, 2.0 - 0.03 * spec.run, 1.5 - 0.02 * spec.run]) for spec in made.runs))


def test_five_rates_have_a_line_each_and_three_replicates_behind() -> None:
    chart = curves(paper().view, [VAL_ACCURACY])
    assert len(lines(chart)) == 5
    assert sum(one.kind is Kind.FAINT for one in chart.series) == 15
    assert [entry.label for entry in chart.legend] == ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"]
    assert [entry.label for entry in chart.legend if entry.best] == ["1e-2"], (
        "of a mean that is no number nothing is said"
    )
    assert chart.title == "validation accuracy (%) · mean of 3"


def test_a_mean_is_over_the_done_runs_and_ends_where_one_is_lost() -> None:
    wide, narrow = (curves(mixed().view, [VAL_LOSS], group=group) for group in (0, 1))
    assert wide.title.endswith("· hidden 64-32")
    slow, fast = lines(wide)
    assert list(slow.ys[:3]) == [2.3, 0.55, 0.45]
    assert list(fast.ys) == [2.3, (5.0 + 4e7) / 2]
    assert wide.legend[1].note == "✗2 @2"
    lost = [one for one in wide.series if one.kind is Kind.DOTS]
    assert [list(one.xs) for one in lost] == [[2, 3]], "each replicate is marked where it was lost"
    stalled, under_way = lines(narrow)
    assert stalled.ys[-1] == 2.294, "the stopped run has no part in the mean"
    assert list(under_way.ys) == [2.3, 1.25]


def test_a_runaway_is_cut_on_both_kinds_of_axis_and_marked_in_the_legend() -> None:
    for log in (True, False):
        chart = curves(mixed().view, [VAL_LOSS], log=log)
        assert chart.y is not None
        assert chart.y.high <= 5
    made = study("x", {**TABLE, "sweep": {"optim.lr": [0.1, 10.0]}})
    calm, wild = made.runs
    view = Saved(made, (state(calm, [2.3, 1.0, 0.5]), state(wild, [2.3, 1e6, 40.0]))).view
    chart = curves(view, [VAL_LOSS], log=True)
    assert [entry.note for entry in chart.legend] == ["", "▴"]
    pixels = Saved(made, (state(calm, [300.0, 2.4, 0.5]), state(wild, [290.0, 2.31, 2.30]))).view
    raw = curves(pixels, [VAL_LOSS]).y
    assert raw is not None
    assert raw.high < 20, "raw pixels begin anywhere"


def test_overfitting_is_shown_whole() -> None:
    made = study("x", {**TABLE, "sweep": {"optim.lr": [0.1, 0.01]}})
    learned, overfitted = made.runs
    view = Saved(made, (state(learned, [2.3, 1.5, 1.2]), state(overfitted, [2.3, 1.8, 4.4]))).view
    axis = curves(view, [VAL_LOSS], log=True).y
    assert axis is not None
    assert axis.high >= 4.4


def test_variants_share_a_picture_and_go_by_their_names() -> None:
    chart = curves(variants().view, [VAL_LOSS])
    assert [entry.label for entry in chart.legend] == ["plain", "adam"]
    assert [entry.colour and entry.colour.ordered for entry in chart.legend] == [False, False]


def test_the_legend_reads_the_crosshair() -> None:
    chart = curves(variants().view, [VAL_LOSS], epoch=1)
    assert chart.legend_title == "epoch 1"
    assert [entry.value for entry in chart.legend] == ["1.0000", "1.0000"]


def test_a_second_metric_steps_back() -> None:
    chart = curves(variants().view, [TRAIN_LOSS, VAL_LOSS], replicates=False)
    assert [one.kind for one in chart.series] == [Kind.FAINT, Kind.LINE] * 2


def test_rates_are_those_of_both_ends_of_an_epoch() -> None:
    made = study("x", {**TABLE, "optim": {"name": "sgd", "lr": 0.1}})
    run = state(made.runs[0], [2.3, 1.0, 0.5])
    first, *others = run.records
    falling = [replace(record, lr=0.1 / record.epoch, lr_first=0.2 / record.epoch) for record in others]
    chart = curves(Saved(made, (replace(run, records=(first, *falling)),)).view, [RATE])
    assert list(zip(chart.series[0].xs, chart.series[0].ys, strict=True)) == [(0, 0.2), (1, 0.1), (1, 0.1), (2, 0.05)]


@pytest.mark.parametrize("metric", [metric for metric in METRICS.values() if metric.table == "epochs"])
@pytest.mark.parametrize("saved", [mixed(), paper(), variants()], ids=["mixed", "paper", "variants"])
def test_every_metric_has_a_picture(saved: Saved, metric: object) -> None:
    for log in (True, False):
        assert curves(saved.view, [metric], log=log).x is not None


@pytest.mark.parametrize(
    "losses", [[2.0, NAN, INF], [NAN, NAN, NAN], [2.0, 1e300, 1.7e308], [2.0, 0.0, 0.0], [2.0, -INF, 1.0], [2.0], []]
)
def test_whatever_training_gives_there_is_a_picture_or_a_word(losses: list[float]) -> None:
    made = study("x", {**TABLE, "optim": {"name": "sgd", "lr": 0.1}})
    for log in (True, False):
        chart = curves(Saved(made, (state(made.runs[0], losses),)).view, [VAL_LOSS], log=log)
        assert (chart.x is None) == (chart.message == "nothing measured yet")


def test_means_are_always_over_the_same_replicates() -> None:
    assert mean([Curve((0, 1, 2), (2, 1, 0.8)), Curve((0, 1), (4, 3))]) == Curve((0, 1), (3, 2))
    assert mean([Curve(), Curve((0,), (1,))]) == Curve((0,), (1,))
    assert mean([]) == Curve()


def test_smoothing_is_a_corrected_average() -> None:
    assert smoothed(Curve((0, 1), (2, 4)), 0.5).ys == (2, (0.5 * 0.5 * 2 + 0.5 * 4) / 0.75)
    assert all(math.isclose(value, 3) for value in smoothed(Curve((0, 1, 2), (3, 3, 3)), 0.9).ys)
    assert smoothed(Curve((0, 1, 2), (2, NAN, 2)), 0.5).ys[2] == 2


def test_on_a_logarithmic_axis_the_logarithm_is_smoothed() -> None:
    falling = Curve(tuple(range(9)), tuple(10.0**-epoch for epoch in range(9)))
    decades = [math.log10(y) for y in smoothed(falling, 0.5, log=True).ys]
    linear = smoothed(Curve(falling.xs, tuple(-float(epoch) for epoch in range(9))), 0.5).ys
    assert decades == pytest.approx(linear), "a straight line stays one"
    kept = smoothed(Curve((0, 1, 2, 3, 4), (2.0, NAN, 0.0, math.inf, 2.0)), 0.5, log=True).ys
    assert kept[2:4] == (0.0, math.inf)
    assert math.isnan(kept[1])
    assert (kept[0], kept[4]) == (pytest.approx(2), pytest.approx(2))
    drawn = [curves(paper().view, [VAL_LOSS], smoothing=0.8, log=log).series for log in (True, False)]
    assert [one.ys for one in drawn[0]] != [one.ys for one in drawn[1]]


def test_a_legend_of_forty_shows_those_that_matter() -> None:
    whole = many(40)
    running = tuple(replace(run, status=RunStatus.RUNNING) if run.spec.run in (17, 18) else run for run in whole.states)
    legend = curves(replace(whole, states=running).view, [VAL_LOSS]).legend
    for room in (6, 12, 20):
        kept = pick(legend, room)
        assert len(kept) == room - 1
        assert {0, 16, 17, 39} <= set(kept), "the ends, and those running"
        assert next(index for index, entry in enumerate(legend) if entry.best) in kept
        assert kept == sorted(kept)
    assert pick(legend, 40) == list(range(40))
    everything = [Entry(str(index), running=True) for index in range(9)]
    assert len(pick(everything, 4)) == 3


def test_labels_are_told_apart_however_short() -> None:
    assert told_apart(["plain", "adam"], 7) == ["plain", "adam"]
    assert told_apart(["momentum 0 logistic", "momentum 0 tanh"], 9) == ["logistic", "tanh"]
    logistic = ["logistic he momentum 0", "logistic lecun momentum 0", "tanh he momentum 0"]
    for width in (4, 6, 9, 12, 30):
        short = told_apart(logistic, width)
        assert len(set(short)) == 3
        assert max(map(len, short)) <= width or width == 30
    assert told_apart([], 5) == []
    assert [one.label for one in shortened([Entry("a" * 30), Entry("a" * 29 + "b")], 8)] == ["aaaaa…aa", "aaaaa…ab"]
