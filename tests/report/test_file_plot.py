"""Plots in files."""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.report.file_plot import save
from lrtui.report.metrics import METRICS
from lrtui.study.records import RunStatus
from tests.report.made import HOSTILE, INF, NAN, Saved, mixed, paper, state, study, variants
from tests.report.made_layers import layered, searched, trained_after_a_search

SVG = "{http://www.w3.org/2000/svg}"


def strokes(path: Path) -> dict[str, int]:
    """Return how many lines of each colour a plot has."""
    found: dict[str, int] = {}
    for group in ET.parse(path).iter(f"{SVG}g"):
        if str(group.get("id")).startswith("line2d"):
            for shape in (*group.iter(f"{SVG}path"), *group.iter(f"{SVG}use")):
                for part in str(shape.get("style")).split(";"):
                    if part.strip().startswith("stroke: #"):
                        colour = part.split(":")[1].strip()
                        found[colour] = found.get(colour, 0) + 1
    return found


def plotted(saved: Saved, tmp_path: Path, metric: str = "val_loss") -> Path:
    path = tmp_path / f"{metric}.svg"
    save(saved.result, path, metric)
    return path


TRAINING = [metric.name for metric in METRICS.values() if metric.table in ("epochs", "runs")]


@pytest.mark.parametrize("metric", TRAINING)
@pytest.mark.parametrize("saved", [mixed(), paper()], ids=["mixed", "paper"])
def test_every_metric_is_drawn_the_same_bytes_each_time(saved: Saved, metric: str, tmp_path: Path) -> None:
    first = plotted(saved, tmp_path, metric).read_bytes()
    assert first == plotted(saved, tmp_path, metric).read_bytes()
    assert ET.fromstring(first).tag == f"{SVG}svg"


def test_each_variant_has_a_colour_in_one_picture(tmp_path: Path) -> None:
    drawn = strokes(plotted(variants(), tmp_path))
    assert (drawn["#0072b2"], drawn["#e69f00"]) == (4, 4)  # two replicates, their mean, and the legend's line
    plotted(variants(), tmp_path, "result")


def test_png_is_a_png(tmp_path: Path) -> None:
    save(paper().result, tmp_path / "a.PNG")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG\r\n")


def test_each_rate_has_one_colour_and_a_line_for_the_mean_and_every_replicate(tmp_path: Path) -> None:
    found = strokes(plotted(paper(), tmp_path, "val_accuracy"))
    colours = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9"]
    assert [found[colour] for colour in colours] == [5] * 5  # three replicates, their mean, the legend


def test_figures_that_are_not_finite_are_crosses(tmp_path: Path) -> None:
    finite, lost = strokes(plotted(paper(), tmp_path, "val_accuracy")), strokes(plotted(paper(), tmp_path))
    assert lost["#56b4e9"] - finite["#56b4e9"] >= 28  # epochs 3 to 30 of one replicate


def test_a_title_is_drawn_literally(tmp_path: Path) -> None:
    text = plotted(mixed(), tmp_path).read_text()
    assert "\x1b" not in text
    assert HOSTILE.startswith("=cmd")
    assert "$x_1$ " in text  # matplotlib notes the text beside its outlines; as a formula it would be another


@pytest.mark.parametrize(
    "losses", [[2.0, NAN, INF], [NAN, NAN, NAN], [2.0, 1e300, 1.7e308], [2.0, 0.0, 0.0], [2.0, -INF, 1.0]]
)
def test_strange_losses_are_drawn_without_a_warning(losses: list[float], tmp_path: Path) -> None:
    table = {"title": "x", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd", "lr": 0.1}}
    made = study("x", table)
    path = plotted(Saved(made, (state(made.runs[0], losses),)), tmp_path)
    assert path.stat().st_size > 1000


def test_more_rates_than_colours_get_a_scale(tmp_path: Path) -> None:
    rates = [10.0**-exponent for exponent in range(12)]
    table = {"title": "x", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd"}}
    made = study("x", {**table, "sweep": {"optim.lr": rates}})
    saved = Saved(made, tuple(state(spec, [2.0, 1.0 / spec.run]) for spec in made.runs))
    found = strokes(plotted(saved, tmp_path))
    assert sum(count >= 3 for count in found.values()) >= 12


def test_nothing_measured_yet_is_said(tmp_path: Path) -> None:
    whole = paper()
    bare = Saved(whole.study, tuple(type(run)(run.spec, RunStatus.WAITING) for run in whole.states))
    with pytest.raises(InputError, match="no epoch is finished"):
        save(bare.result, tmp_path / "a.svg")
    with pytest.raises(InputError, match="no epoch is finished"):
        save(bare.result, tmp_path / "a.svg", "result")


def test_wrong_names_and_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean val_loss"):
        save(paper().result, tmp_path / "a.svg", "val_los")
    with pytest.raises(InputError, match=r"a plot is written as \.svg or \.png"):
        save(paper().result, tmp_path / "a.pdf")
    with pytest.raises(InputError, match="there is no folder"):
        save(paper().result, tmp_path / "none" / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"pip install matplotlib"):
        save(paper().result, tmp_path / "a.svg")


def texts(path: Path) -> str:
    """Return the texts of a plot, which matplotlib notes beside their outlines."""
    return " ".join(re.findall(r"<!-- (.*?) -->", path.read_text(), flags=re.DOTALL))


def test_range_tests_have_both_losses_and_their_suggestions(tmp_path: Path) -> None:
    for saved, metric in ((searched(), None), (trained_after_a_search(), "finder")):
        path = tmp_path / "finder.svg"
        save(saved.result, path, metric)
        drawn, said = strokes(path), texts(path)
        assert drawn["#9a9a9a"] == 3  # the losses of both range tests, and the legend's line
        assert (
            drawn["#0072b2"] == 5
        )  # the smoothed ones, the same, and a cross (its shape and its place) where one is not finite
        assert [drawn[colour] for colour in ("#e69f00", "#009e73", "#d55e00")] == [2, 2, 2]
        assert "valley 1e-3 (chosen) · steepest 1e-2 · minimum / 10 1e-1" in said
        assert "the loss never fell: no suggestion" in said
        assert "loss of the step" in said
    save(searched().result, path, run=2)
    assert strokes(path)["#9a9a9a"] == 2
    with pytest.raises(InputError, match="--run 3: the study has 2 runs"):
        save(searched().result, path, run=3)


@pytest.mark.parametrize("metric", ["gradient_rms", "activation_mean", "dead", "update_ratio", "distinct_units"])
def test_layers_are_a_map_with_its_scale_and_words(metric: str, tmp_path: Path) -> None:
    first = plotted(layered(), tmp_path, metric).read_bytes()
    assert first == plotted(layered(), tmp_path, metric).read_bytes()
    path = tmp_path / f"{metric}.svg"
    said = texts(path)
    assert path.read_text().count("<image ") == 2  # the map, and its scale
    assert "steep · seed 1 · run 3 of 4, the best" in said
    assert "epoch 4: healthy: gradients of all layers within a factor of 100" in said
    assert re.search("output.*", said)
    assert ("grey: not measured" in said) is (metric in ("dead", "update_ratio"))


def test_another_run_and_its_crosses(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    save(layered().result, path, "gradient_rms", 4)
    assert strokes(path)["#d00000"] == 7  # a shape, and three layers at two epochs
    assert "× not a number" in texts(path)
    save(layered().result, tmp_path / "a.png", "gradient_rms", 4)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
