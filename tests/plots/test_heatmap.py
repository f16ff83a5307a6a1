"""The heat map of layers: which run it is of, what its cells hold, and how it looks with and without colour."""

import re
from dataclasses import replace

import pytest

from lrtui.errors import InputError
from lrtui.plots.heatmap import layer_map, ramp
from lrtui.plots.layers import Band, LayerRun, Range, bands, epoch_axis, find_run, grid, mean
from lrtui.plots.metrics import LOG, METRICS, SHARE, SIGNED
from lrtui.plots.palette import Ground
from lrtui.study.records import LayerRecord, RunStatus
from tests.report.made import NAN, Saved, paper
from tests.report.made_layers import layered

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def drawn(metric: str, run: int | None = 3, width: int = 60, *, colour: bool = False) -> str:
    return layer_map(find_run(layered().view, run), METRICS[metric], width=width, colour=colour)


def test_the_map_of_a_run_reads_without_colour() -> None:
    assert drawn("gradient_rms", width=40).splitlines() == [
        "gradient RMS by layer and epoch · steep",
        "· seed 1 · run 3 of 4",
        "        █████████████████████████",
        " output █████████████████████████",
        "        █████████████████████████",
        "        ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
        "dense 2 ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
        "        ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
        "        ░░░░░░░░░░░░░░░░░░░░░░░░░",
        "dense 1 ░░░░░░░░░░░░░░░░░░░░░░░░░",
        "        ░░░░░░░░░░░░░░░░░░░░░░░░░",
        "↑ input   0         2         4    epoch",
        "        1e-3 ░░▒▒ 1e-2 ▓▓██ 1e-1",
        "epoch 4: healthy: gradients of all",
        "layers within a factor of 100",
    ]


def test_a_run_is_chosen_by_number_and_its_state_said() -> None:
    text = drawn("gradient_rms", 1, width=100)
    assert "flat · seed 1 · run 1 of 4" in text
    assert "epoch 4: layers 1–2: gradients up to 100,000 times smaller than at the top: vanishing" in text


def test_what_is_not_a_number_is_marked_and_what_was_not_measured_is_empty() -> None:
    lines = drawn("gradient_rms", 4, width=100).splitlines()
    (output,) = [line for line in lines if line.startswith(" output")]
    assert re.fullmatch(r" output ░+✗+ *", output)
    assert "✗ not a number" in lines[-2]
    assert lines[-1].startswith("epoch 3: layers 1–3: activations or gradients are no longer numbers")
    (output,) = [line for line in drawn("dead").splitlines() if line.startswith(" output")]
    assert output.strip() == "output"
    assert "not a number" not in drawn("dead")


def test_each_kind_of_measure_has_its_scale() -> None:
    assert "0 % ·· 20 % ░░ 40 % ▒▒ 60 % ▓▓ 80 % ██ 100 %" in drawn("dead")
    assert "-0.1 ▼▼ -0.06 ▾▾ -0.02 ·· 0.02 ▴▴ 0.06 ▲▲ 0.1" in drawn("activation_mean")
    assert "1 ░░ 1.8 ▒▒ 3.2 ▓▓ 5.6 ██ 10" in drawn("distinct_units")


@pytest.mark.parametrize(("term", "many"), [("xterm-256color", True), ("linux", False)])
def test_in_colour_it_says_the_same(monkeypatch: pytest.MonkeyPatch, term: str, many: bool) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = drawn("gradient_rms", colour=True)
    plain = ANSI.sub("", text)
    assert ("48;5;" in text) is many
    assert ("█" in plain) is not many
    for said in ("dense 1", "↑ input", "1e-1", "1e-3", "epoch 4: healthy"):
        assert said in plain
    assert "\x1b[1;31m✗" in drawn("gradient_rms", 4, colour=True)


def test_no_line_is_wider_than_the_terminal() -> None:
    for width in (30, 80, 200):
        assert max(map(len, drawn("gradient_rms", width=width).splitlines()[3:-4])) <= width


def test_the_least_healthy_run_is_taken_of_the_finished_ones_else_of_all() -> None:
    whole = layered()
    found = find_run(whole.view)
    assert (found.spec.run, found.place) == (1, "run 1 of 4, the least healthy")
    running: Saved = replace(whole, states=tuple(replace(run, status=RunStatus.RUNNING) for run in whole.states))
    found = find_run(running.view)
    assert (found.spec.run, found.place) == (1, "run 1 of 4, the least healthy so far")
    assert [len(layers) for layers in found.measured.values()] == [3] * len(found.measured)


def test_if_all_are_healthy_the_best_is_taken() -> None:
    whole = layered()
    healthy = [replace(state, records=()) if state.spec.run in (1, 4) else state for state in whole.states]
    found = find_run(replace(whole, states=tuple(healthy)).view)
    assert (found.spec.run, found.place) == (3, "run 3 of 4, the best")


def test_a_run_without_layers_is_refused() -> None:
    with pytest.raises(InputError, match=r"--run 2: its layers were not measured \(they were of run 1, 3, 4\)"):
        find_run(layered().view, 2)
    with pytest.raises(InputError, match="--run 9: the study has 4 runs, numbered from 1"):
        find_run(layered().view, 9)
    with pytest.raises(InputError, match="no layer is measured yet"):
        find_run(paper().view)


def test_a_figure_that_only_another_run_has_is_refused() -> None:
    run = find_run(layered().view, 3)
    alone = LayerRun(replace(run.state, records=run.state.records[:1]))
    with pytest.raises(InputError, match="run 3 has no update / weight: measured from epoch 1 on"):
        layer_map(alone, METRICS["update_ratio"], width=80, colour=False)


def test_layers_and_epochs_share_cells_where_there_is_no_room() -> None:
    measured = find_run(layered().view, 3).measured
    shown = grid(measured, 4, METRICS["gradient_rms"], 2, 2)
    assert shown.names == ("output", "dense 1–2")
    assert (shown.rows, shown.columns) == ((Band(2, 2), Band(0, 1)), (Band(0, 1), Band(2, 4)))
    assert shown.cells[0] == pytest.approx((0.1, 0.1))
    assert shown.cells[1] == pytest.approx((10**-2.5,) * 2)  # the geometric mean
    assert grid(measured, 5, METRICS["gradient_rms"], 3, 6).cells[0][-1] is None


def test_bands_cover_everything_once() -> None:
    for count, room in ((5, 5), (7, 3), (100, 7), (3, 10), (1, 1)):
        found = bands(count, room)
        assert [at for band in found for at in range(band.first, band.last + 1)] == list(range(count))
        assert len(found) == min(count, room)
    assert bands(0, 4) == []


def test_epochs_below_the_columns_never_touch() -> None:
    assert epoch_axis(bands(5, 5), 6) == "  0     1     2     3     4   "
    assert epoch_axis(bands(31, 31), 1) == "0         10        20        30"[:29] + "30"
    for epochs, room, cell in ((200, 60, 1), (1001, 40, 1), (31, 31, 2), (2, 2, 6)):
        columns = bands(epochs, room)
        line = epoch_axis(columns, cell)
        assert len(line) == cell * len(columns)
        assert line.split() == sorted(line.split(), key=int)
        assert line.split()[0] == "0"


def test_ranges_are_round_and_place_their_ends_at_0_and_1() -> None:
    for found, low, high in (
        (Range.of(LOG, [3e-5, 0.02, NAN, 0.0]), 1e-5, 1e-1),
        (Range.of(SHARE, [0.2]), 0.0, 1.0),
        (Range.of(SIGNED, [-0.3, 0.1]), -0.5, 0.5),
        (Range.of(LOG, []), 1.0, 10.0),
    ):
        assert (found.low, found.high) == pytest.approx((low, high))
        assert (found.place(low), found.place(high), found.place(10 * high)) == (0.0, 1.0, 1.0)
        assert found.place(found.at(0.25)) == pytest.approx(0.25)
    assert Range.of(LOG, [1e-3]).place(0.0) == 0.0


def test_the_mean_over_decades_is_geometric_and_lost_where_one_is() -> None:
    assert mean(LOG, [1e-4, 1e-2]) == pytest.approx(1e-3)
    assert mean(LOG, [0.0, 1.0]) == 0.0
    assert mean(SHARE, [0.0, 0.5]) == 0.25
    assert str(mean(SIGNED, [1.0, NAN])) == "nan"


def test_a_ramp_begins_and_ends_with_its_anchors() -> None:
    colours = ramp(LOG, Ground.DARK)
    assert (colours[0], colours[-1]) == ("#3a1d63", "#fde725")
    assert len(set(colours)) == len(colours)
    assert ramp(SHARE, Ground.LIGHT)[0] != ramp(SHARE, Ground.DARK)[0], "where nothing is dead it is as the background"


def test_kernels_and_time_steps_share_no_row() -> None:
    def record(layer: int, name: str, step: int | None = None) -> LayerRecord:
        return LayerRecord(1, 0, layer, name, 10, 0.1, 0.9, None, None, None, 1e-3 * (step or 1), None, step)

    steps = [record(2, f"step {step}", step) for step in range(1, 29)]
    layers = [record(1, "rnn 1 input"), record(2, "rnn 1 recurrent"), *steps, record(3, "output")]
    shared = grid({0: layers}, 0, METRICS["gradient_rms"], 6, 10)
    assert shared.names == ("output", "step 22–28", "step 15–21", "step 8–14", "step 1–7", "rnn 1 input–")
    assert shared.cells[-1] == (pytest.approx(1e-3),)
    assert len(grid({0: layers}, 0, METRICS["gradient_rms"], 40, 10).rows) == 31
    assert len(grid({0: layers}, 0, METRICS["gradient_rms"], 2, 10).rows) == 2
