"""Plots in files."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.plots.file import image
from lrtui.plots.metrics import METRICS
from lrtui.plots.palette import Colour, Ground, style
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
    path.write_bytes(image(saved.view, ".svg", metric))
    return path


TRAINING = [metric.name for metric in METRICS.values() if metric.table in ("epochs", "runs")]


@pytest.mark.parametrize("metric", TRAINING)
@pytest.mark.parametrize("saved", [mixed(), paper()], ids=["mixed", "paper"])
def test_every_metric_is_drawn_the_same_bytes_each_time(saved: Saved, metric: str, tmp_path: Path) -> None:
    first = plotted(saved, tmp_path, metric).read_bytes()
    assert first == plotted(saved, tmp_path, metric).read_bytes()
    assert ET.fromstring(first).tag == f"{SVG}svg"


def shown(index: int, of: int, *, ordered: bool = True) -> str:
    return style(Colour(index, of, ordered), Ground.LIGHT)


def test_each_variant_has_a_colour_in_one_picture(tmp_path: Path) -> None:
    drawn = strokes(plotted(variants(), tmp_path))
    assert {shown(index, 2, ordered=False) for index in (0, 1)} <= set(drawn)
    with pytest.raises(InputError, match="one learning rate: nothing to set against another"):
        plotted(variants(), tmp_path, "result")


def test_png_is_a_png() -> None:
    assert image(paper().view, ".PNG").startswith(b"\x89PNG\r\n")


def test_each_rate_has_the_colour_of_the_terminal_a_line_for_the_mean_and_every_replicate(tmp_path: Path) -> None:
    found = strokes(plotted(paper(), tmp_path, "val_accuracy"))
    assert [found[shown(index, 5)] for index in range(5)] == [5] * 5  # three replicates, their mean, the legend


def test_figures_that_are_not_finite_are_crosses_where_they_begin(tmp_path: Path) -> None:
    finite, lost = strokes(plotted(paper(), tmp_path, "val_accuracy")), strokes(plotted(paper(), tmp_path))
    assert lost[shown(4, 5)] - finite[shown(4, 5)] in (2, 3)  # one cross: its shape and its place
    assert "✗1 @3" in texts(plotted(paper(), tmp_path))


def test_a_title_is_drawn_literally(tmp_path: Path) -> None:
    text = plotted(mixed(), tmp_path).read_text()
    assert "\x1b" not in text
    assert HOSTILE.startswith("=cmd")
    assert "$x_1$ " in text  # matplotlib notes the text beside its outlines; as a formula it would be another


@pytest.mark.parametrize(
    "losses", [[2.0, NAN, INF], [2.0, 1e300, 1.7e308], [2.0, 0.0, 0.0], [2.0, -INF, 1.0], [2.0, 1e-300, 1e-320]]
)
def test_strange_losses_are_drawn_without_a_warning(losses: list[float], tmp_path: Path) -> None:
    table = {"title": "x", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd", "lr": 0.1}}
    made = study("x", table)
    path = plotted(Saved(made, (state(made.runs[0], losses),)), tmp_path)
    assert path.stat().st_size > 1000


def test_forty_rates_have_a_colour_each(tmp_path: Path) -> None:
    rates = [10.0 ** (-exponent / 10) for exponent in range(40)]
    table = {"title": "x", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd"}}
    made = study("x", {**table, "sweep": {"optim.lr": rates}})
    saved = Saved(made, tuple(state(spec, [2.0, 1.0 / spec.run]) for spec in made.runs))
    found = strokes(plotted(saved, tmp_path))
    assert {shown(index, 40) for index in range(40)} <= set(found)


def test_nothing_measured_yet_is_said() -> None:
    whole = paper()
    bare = Saved(whole.study, tuple(type(run)(run.spec, RunStatus.WAITING) for run in whole.states))
    for metric in (None, "result"):
        with pytest.raises(InputError, match="no epoch is finished"):
            image(bare.view, ".svg", metric)


def test_wrong_names_and_endings_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean val_loss"):
        image(paper().view, ".svg", "val_los")
    for suffix in (".pdf", ""):
        with pytest.raises(InputError, match=r"a plot is written as \.svg or \.png"):
            image(paper().view, suffix)


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"pip install matplotlib"):
        image(paper().view, ".svg")


DRAW = """
import sys
from lrtui.plots.file import image
from tests.report.made import paper
sys.stdout.buffer.write(image(paper().view, ".svg"))
"""


def elsewhere(folder: Path, code: str = DRAW, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run code in a process of its own, in a folder, with variables of the environment besides its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, check=False)


def _backend(folder: Path) -> dict[str, str]:
    return {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def _unreadable_here(folder: Path) -> dict[str, str]:
    (folder / "matplotlibrc").write_bytes(b"\xff\xfe")
    return {}


def _unreadable_named(folder: Path) -> dict[str, str]:
    (folder / "broken").write_bytes(b"\xff\xfe")
    return {"MATPLOTLIBRC": str(folder / "broken")}


def _another_taste(folder: Path) -> dict[str, str]:
    (folder / "matplotlibrc").write_text("lines.linewidth: 9\nfont.size: 30\nsvg.fonttype: none\nbackend: qtagg\n")
    return {}


def _configuration_is_a_file(folder: Path) -> dict[str, str]:
    (folder / "file").touch()
    return {"MPLCONFIGDIR": str(folder / "file")}


def broken_styles(folder: Path) -> dict[str, str]:
    (folder / "config" / "stylelib").mkdir(parents=True)
    (folder / "config" / "stylelib" / "mine.mplstyle").write_bytes(b"\xff\xfe: 3")
    (folder / "config" / "matplotlibrc").write_bytes(b"\xff\xfe")
    return {"MPLCONFIGDIR": str(folder / "config")}


@pytest.mark.parametrize(
    "prepare",
    [_backend, _unreadable_here, _unreadable_named, _another_taste, _configuration_is_a_file, broken_styles],
)
def test_whatever_the_environment_says_of_matplotlib_the_bytes_are_the_same(
    prepare: Callable[[Path], dict[str, str]], tmp_path: Path
) -> None:
    done = elsewhere(tmp_path, **prepare(tmp_path), PYTHONHASHSEED="7", TZ="Asia/Tokyo", LC_ALL="C")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == image(paper().view, ".svg")


def test_a_matplotlib_that_is_broken_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ValueError('built for another numpy')")
    code = DRAW.replace("import sys", "import sys; sys.path.insert(0, '.')", 1)
    done = elsewhere(tmp_path, code)
    assert b"InputError: matplotlib cannot be imported: ValueError: built for another numpy" in done.stderr


def texts(path: Path) -> str:
    """Return the texts of a plot, which matplotlib notes beside their outlines."""
    return " ".join(re.findall(r"<!-- (.*?) -->", path.read_text(), flags=re.DOTALL))


def test_range_tests_have_both_losses_and_their_suggestions(tmp_path: Path) -> None:
    path = tmp_path / "finder.svg"
    for saved in (searched(), trained_after_a_search()):
        path.write_bytes(image(saved.view, ".svg", "finder"))
        said = texts(path)
        assert "valley 1e-3 (chosen) · steepest 1e-2 · minimum/10 1e-1" in said
        assert "no suggestion: the loss never fell" in said
        assert "learning rate" in said
    path.write_bytes(image(searched().view, ".svg", run=2))
    assert "(chosen)" not in texts(path)
    with pytest.raises(InputError, match="--run 3: the study has 2 runs"):
        image(searched().view, ".svg", run=3)


@pytest.mark.parametrize("metric", ["gradient_rms", "activation_mean", "dead", "update_ratio", "distinct_units"])
def test_layers_are_a_map_with_its_scale_and_words(metric: str, tmp_path: Path) -> None:
    path = tmp_path / "layers.svg"
    path.write_bytes(image(layered().view, ".svg", metric, 3))
    assert "run 1 of 4, the least healthy" in texts(plotted(layered(), tmp_path, metric))
    assert path.read_bytes() == image(layered().view, ".svg", metric, 3)
    said = texts(path)
    assert path.read_text().count("<image ") == 1
    assert "steep · seed 1 · run 3 of 4" in said
    assert "epoch 4: healthy: gradients of all layers within a factor of 100" in said
    assert re.search("output.*", said)
    assert ("grey: not measured" in said) is (metric in ("dead", "update_ratio"))


def test_another_run_and_its_crosses(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_bytes(image(layered().view, ".svg", "gradient_rms", 4))
    assert strokes(path)["#d00000"] == 7  # a shape, and three layers at two epochs
    assert "× not a number" in texts(path)
    assert image(layered().view, ".png", "gradient_rms", 4).startswith(b"\x89PNG")
