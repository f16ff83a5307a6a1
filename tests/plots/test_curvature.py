"""The critical rate against the rate in use: the chart, the metric, and why there may be none."""

import pytest

from lrtui.cli.plot import draw
from lrtui.errors import InputError
from lrtui.plots.chart import Kind
from lrtui.plots.curvature import critical, line
from lrtui.plots.file import image
from lrtui.plots.series import Curve, mean
from tests.report.made import paper
from tests.tui.studies import DEEP, deep, own, view_of

MEASURED = DEEP.replace("[health]", "[curvature]")
MOMENTUM = MEASURED.replace('name = "sgd"', 'name = "sgd"\nmomentum = 0.9')


def test_lines_of_critical_rates_the_rates_in_use_behind_and_dots_of_gradient_descent() -> None:
    chart = critical(view_of(own("measured", MEASURED)))
    lines, faint, dots = (
        [one for one in chart.series if one.kind is kind] for kind in (Kind.LINE, Kind.FAINT, Kind.DOTS)
    )
    assert len(lines) == len(faint) == len(dots) == 3
    assert all(list(one.ys) == pytest.approx([0.05] * len(one.ys)) for one in lines)
    assert set(faint[0].ys) == {1e-2}
    assert all(list(one.ys) == pytest.approx([0.01] * len(one.ys)) and len(one.xs) <= 13 for one in dots)
    assert chart.y is not None and chart.y.log
    assert chart.title.startswith("critical rate (in use faded, 2/λ dots)")
    assert [entry.value for entry in chart.legend] == ["5e-2"] * 3


def test_means_are_geometric_as_replicates_differ_by_decades() -> None:
    curves = [Curve((0.0, 1.0, 2.0), ys) for ys in ((0.1, 0.0, -1.0), (10.0, 5.0, 3.0))]
    assert mean(curves, geometric=True).ys == pytest.approx((1.0, 0.0, 1.0))
    assert "geometric mean of 2" in critical(view_of(own("measured", MEASURED))).title


def test_below_it_stands_what_that_says() -> None:
    view = view_of(own("measured", MEASURED))
    assert critical(view).notes == (line(view),)
    assert line(view).startswith("The rate is up to ")
    assert "at hot" in line(view)


def test_with_momentum_two_over_lambda_says_nothing() -> None:
    chart = critical(view_of(own("momentum", MOMENTUM)))
    assert not [one for one in chart.series if one.kind is Kind.DOTS]
    assert "dots" not in chart.title


@pytest.mark.parametrize("metric", ["critical_lr", "sharpness", "noise_scale"])
def test_it_is_drawn_in_the_terminal_and_in_a_file(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("COLUMNS", "80")
    view = view_of(own("measured", MEASURED))
    picture = draw(view, metric)
    assert "epoch" in picture
    assert max(map(len, picture.splitlines())) <= max(80, len(line(view)))
    assert image(view, ".svg", metric).startswith(b"<?xml")


def test_why_there_is_none() -> None:
    for metric in ("critical_lr", "noise_scale", "sharpness"):
        with pytest.raises(InputError, match=r"curvature\.measure = true"):
            draw(paper().view, metric)
    with pytest.raises(InputError, match="none is measured yet"):
        draw(view_of(own("measured", MEASURED), 0), "critical_lr")
    with pytest.raises(InputError, match=r"curvature\.sharpness = true"):
        draw(view_of(own("measured", MEASURED), 0), "sharpness")
    with pytest.raises(InputError, match="did you mean critical_lr"):
        draw(view_of(deep()), "curvature")


def test_of_a_study_without_it_nothing_is_said() -> None:
    assert line(view_of(deep())) == ""
