"""The map of two swept keys: its cells, its words, its lines, in text and in files."""

import math
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.plots import pair_lines
from lrtui.plots.heatmap import Look
from lrtui.plots.metrics import LOG
from lrtui.plots.pair_file import pair_image
from lrtui.plots.pair_text import Place, lay_out, printed_map
from lrtui.plots.pairs import SHOWN, PairMap, diverged, find_pair, pair_map, pairs
from lrtui.plots.palette import Ground
from lrtui.plots.view import View
from lrtui.study.spec import RunSpec
from tests.tui.studies import own, view_of

GRID = """
title = "Grid"
[data]
name = "digits"
[model]
name = "mlp"
[optim]
name = "sgd"
[train]
epochs = 3
[sweep]
"optim.lr" = [1e-3, 1e-2, 1e-1, 10.0]
"train.batch_size" = [8, 32, 128]
replicates = 2
"""
ACCURACY, BEST_ACCURACY, LOSS, LOWEST_LOSS = SHOWN


def by_ratio(spec: RunSpec, epoch: int) -> tuple[float, float]:
    """The accuracy is best where η/B is 1e-2/32, after two of three epochs; a rate of 10 diverges."""
    if spec.lr >= 10:
        return math.nan, 9.8
    away = abs(math.log10(spec.lr / spec.batch_size * 32 / 1e-2))
    return 0.5 + away + (epoch == 3) * 0.1, 90 - 20 * away - (epoch == 3)


def grid(steps: int = 1000) -> View:
    return view_of(own("grid", GRID), steps, script=by_ratio)


def drawn(shown: object = ACCURACY, steps: int = 1000) -> PairMap:
    view = grid(steps)
    return pair_map(view, pairs(view.study)[0], shown)  # type: ignore[arg-type]


def test_the_rate_goes_across_and_the_largest_batch_is_on_top() -> None:
    made = drawn()
    assert (made.pair.x, made.pair.y) == ("optim.lr", "train.batch_size")
    assert made.xs == (1e-3, 1e-2, 1e-1, 10.0)
    assert made.ys == (128, 32, 8)
    assert made.best == (1, 1)
    assert made.cells[1][1].value == pytest.approx(89)
    assert made.cells[1][1].runs == 2
    assert "8 → 1e-3, 32 → 1e-2, 128 → 1e-1" in drawn(LOWEST_LOSS).sentence


def test_final_and_best_accuracy_and_loss() -> None:
    assert drawn(BEST_ACCURACY).cells[1][1].value == pytest.approx(90)
    assert drawn(LOSS).cells[1][1].value == pytest.approx(0.6)
    assert drawn(LOWEST_LOSS).cells[1][1].value == pytest.approx(0.5)
    assert drawn(LOWEST_LOSS).best == (1, 1)


def test_diverged_and_not_yet_trained_are_told_apart_without_colour() -> None:
    text = printed_map(drawn(LOSS), width=100, colour=False)
    assert text.count("✗ ") >= 4
    assert "✗ diverged" in text
    assert "not trained" not in text
    begun = drawn(LOSS, steps=6)
    text = printed_map(begun, width=100, colour=False)
    assert "· not trained" in text
    assert "… under way" in text
    assert begun.cells[0][3].value is None
    assert all(cell.diverged for row in drawn(ACCURACY).cells for cell in row[3:]), (
        "an accuracy, and the mark beside it"
    )
    assert "9.80✗" in printed_map(drawn(), width=100, colour=False)


@pytest.mark.parametrize("width", [8, 20, 40, 80, 200])
@pytest.mark.parametrize("height", [None, 5, 9, 30])
def test_whatever_the_room_it_fits(width: int, height: int | None) -> None:
    look = Look(LOG, Ground.DARK)
    laid = lay_out(drawn(), look, width=width, height=height, law=pair_lines.LAWS[0])
    assert all(line.cell_len <= width for line in laid.lines)
    assert height is None or len(laid.lines) <= height + 1
    assert laid.place_at(laid.left, 0) == Place(0, 0)


def test_a_cell_says_its_number_and_which_is_best() -> None:
    text = printed_map(drawn(), width=90, colour=False)
    assert "[89.00]" in text
    assert text.count("‹") == 3, "two rows, and the legend"
    assert "final validation accuracy (%) · optim.lr × train.batch_size" in text


def test_lines_keep_their_ratio() -> None:
    made = drawn()
    through = next(line for line in pair_lines.lines(made, pair_lines.LAWS[0]) if line.through_best)
    assert through.constant == pytest.approx(1e-2 / 32)
    across, down = next(point for point in through.points if point[1] == pytest.approx(1.0))
    assert (across, down) == pytest.approx((1.0, 1.0))
    up = next(point for point in through.points if point[1] == pytest.approx(0.0))
    assert 10 ** (-3 + up[0]) == pytest.approx(1e-2 / 32 * 128, rel=1e-6), "four times the batch, four times the rate"
    root = next(line for line in pair_lines.lines(made, pair_lines.LAWS[1]) if line.through_best)
    assert 10 ** (-3 + next(x for x, y in root.points if y == pytest.approx(0.0))) == pytest.approx(2e-2, rel=1e-6)
    assert "•" in printed_map(made, width=90, colour=False, law=pair_lines.LAWS[0])
    assert pair_lines.lines(drawn(steps=0), pair_lines.LAWS[0]) == []


def test_other_keys_are_at_their_best() -> None:
    text = GRID.replace("[sweep]\n", '[sweep]\n"optim.momentum" = [0.0, 0.9]\n')
    view = view_of(own("three", text), script=lambda spec, epoch: (1.0, 50.0 + 10 * spec.config.optim.momentum))
    assert view.study.varied_keys == ("optim.lr", "train.batch_size", "optim.momentum")
    assert [(pair.x, pair.y) for pair in pairs(view.study)] == [
        ("optim.lr", "train.batch_size"),
        ("optim.lr", "optim.momentum"),
        ("train.batch_size", "optim.momentum"),
    ]
    made = pair_map(view, pairs(view.study)[0], ACCURACY)
    assert made.cells[0][0].value == pytest.approx(59)
    assert made.others == ("optim.momentum",)
    assert not pairs(view.study)[1].has_lines


def test_what_has_no_map_says_why() -> None:
    study = grid(0).study
    with pytest.raises(InputError, match=r"takes two of the keys the study sweeps.*optim.lr, train.batch_size"):
        find_pair(study, "optim.lr,model.depth")
    with pytest.raises(InputError, match="KEY,KEY"):
        find_pair(study, "optim.lr,optim.lr")
    one = own("one", GRID.replace('"train.batch_size" = [8, 32, 128]\n', ""))
    with pytest.raises(InputError, match=r"only optim\.lr"):
        find_pair(one, None)


@pytest.mark.parametrize("law", [None, *pair_lines.LAWS])
def test_a_file_has_every_number(law: pair_lines.Law | None, tmp_path: Path) -> None:
    view = grid()
    first = pair_image(view, ".svg", drawn(), law)
    assert first == pair_image(view, ".svg", drawn(), law)
    assert b"[89.00]" in first
    assert "9.80✗".encode() in first
    assert pair_image(view, ".PNG", drawn(LOSS, steps=6))[:4] == b"\x89PNG"


def test_hundreds_of_values_are_drawn_in_what_room_there_is() -> None:
    rates = ", ".join(f"{1e-4 * 1.02**index:.6g}" for index in range(300))
    text = GRID.replace("[1e-3, 1e-2, 1e-1, 10.0]", f"[{rates}]").replace("replicates = 2", "replicates = 1")
    view = view_of(own("many", text), 5000, script=by_ratio)
    made = pair_map(view, pairs(view.study)[0], ACCURACY)
    laid = lay_out(made, Look(LOG, Ground.DARK), width=80, height=20)
    assert max(line.cell_len for line in laid.lines) <= 80
    assert laid.columns < 80
    assert pair_image(view, ".svg", made).startswith(b"<?xml")


@pytest.mark.parametrize(
    "losses", [(2.0, 1.0), (2.0, math.nan), (math.inf, 0.5), (9.0, 50.0), (1e308, 1e308), (-1e308, 1.0)]
)
def test_a_run_diverged_if_its_verdict_says_so(losses: tuple[float, float]) -> None:
    from lrtui.analysis.frames import runs_frame

    def script(spec: RunSpec, epoch: int) -> tuple[float, float]:
        return losses[epoch % 2], 50.0

    view = view_of(own("grid", GRID), script=script)
    verdicts = runs_frame(view.snapshot.runs)["verdict"].to_list()
    assert [diverged(state) for state in view.snapshot.runs] == [verdict == "diverged" for verdict in verdicts]
