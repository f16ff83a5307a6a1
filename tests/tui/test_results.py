"""The results table: cells, order, replicates."""

from dataclasses import replace

import pytest

from lrtui.plots.view import StudyShape, View
from lrtui.study import locate, preset
from lrtui.study.records import FinderCurve, RunStatus, StudyStatus
from lrtui.study.states import BoardSnapshot
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.results.scenario_rows import columns, shortened
from lrtui.tui.results.verdict import verdict
from lrtui.tui.table import fitting
from tests.report.made import state
from tests.tui.conftest import Bench, Open
from tests.tui.studies import view_of


def _order(bench: Bench) -> list[str]:
    rows = bench.app.results.query_one("#table").plain.splitlines()
    return [row[4:].split()[0] for row in rows if row[:1] in "▸▾"]


async def test_sorting_by_key_and_by_click(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        assert _order(bench) == ["1e-3", "1e-2", "1e-1", "1", "10"]
        bench.app.results.sort_by("accuracy")
        by_accuracy = _order(bench)
        assert by_accuracy[-1] == "10"
        assert by_accuracy[:2] in (["1", "1e-1"], ["1e-1", "1"])
        await bench.pilot.press("O")
        assert _order(bench) == [*by_accuracy[-2::-1], "10"], (
            "a network that gives no numbers has no accuracy: it comes last"
        )
        headings = bench.app.results.query_one("#headings")
        await bench.pilot.click("#headings", offset=(headings.plain.index("val loss") + 1, 0))
        await bench.pilot.pause()
        assert bench.app.results.sort == ("loss", False)
        assert _order(bench)[-1] == "10", "a loss that is not a number comes last"
        assert "▴" in headings.plain
        await bench.pilot.press("o")
        assert bench.app.results.sort[0] == "convergence"


async def test_sorting_passes_over_columns_that_tell_nothing(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        results = bench.app.results
        seen = []
        while not seen or results.sort[0]:
            await bench.pilot.press("o")
            if results.sort[0]:
                seen.append(results.sort[0])
                assert len({row.keys[results.sort[0]] for row in results._rows}) > 1
        assert seen[0] == "accuracy", "every rate has as many runs and epochs"
        assert len(seen) == len(set(seen))


async def test_a_scenario_opens_to_its_runs(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        table = bench.app.results.query_one("#table")
        table.focus()
        await bench.pilot.press("home", "space")
        await bench.pilot.pause()
        assert [line.split()[:2] for line in table.plain.splitlines()[1:4]] == [
            ["seed", "1"],
            ["seed", "2"],
            ["seed", "3"],
        ]
        await bench.pilot.press("down")
        assert bench.app.results.selected[1] == 1
        await bench.pilot.press("left")
        await bench.pilot.pause()
        assert "seed" not in table.plain
        await bench.pilot.press("a")
        await bench.pilot.pause()
        assert table.plain.count("seed") == 15
        assert table.plain.count("✗ diverged") == 1, "the scenario"
        assert table.plain.count("✗ div @3") == 3, "its three runs, and since when"


async def test_only_what_changed_is_sent_again(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        for _ in range(10):
            session.step()
        await bench.seen()
        pane = bench.app.results
        table = pane.query_one("#table")
        sent: list[object] = []
        original = type(table).refresh

        def counted(self: object, *regions: object, **options: object) -> object:
            if self is table or self is pane:
                sent.append(regions)
            return original(self, *regions, **options)

        type(table).refresh = counted
        try:
            await bench.seen()
            assert sent == [], "nothing new, nothing sent"
            session.step()
            bench.app.stage.look()
            bench.app.show_stage()
        finally:
            del type(table).refresh
        assert len(sent) == 1, "one scenario moved on: one row"
        assert all(region.height == 1 for (region,) in sent)


async def test_the_curves_have_the_room_that_the_rows_leave(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        charts, results = bench.app.query_one("#charts"), bench.app.results
        closed = results.size.height
        assert charts.size.height > closed
        await bench.pilot.press("a")
        await bench.until(lambda: results.size.height > closed, "the opened rows have room")
        await bench.pilot.resize_terminal(80, 24)
        await bench.until(lambda: results.styles.inline.max_height is None, "the pane has the whole screen")


def _view(rates: list[float | str], ended: dict[int, RunStatus], status: StudyStatus, **sweep: object) -> View:
    """Return a study of one epoch whose runs (numbers, from 1) ended as told, the others being done."""
    table = {
        "title": "made",
        "data": {"name": "digits"},
        "model": {"name": "mlp"},
        "optim": {"name": "sgd"},
        "train": {"epochs": 1},
        "sweep": {"optim.lr": rates, **sweep},
    }
    study = preset.from_resolved("made", table)
    runs = tuple(
        state(spec, [2.3, 1.0], [10.0, 60.0 + spec.run], ended.get(spec.run, RunStatus.DONE)) for spec in study.runs
    )
    return View(study, StudyShape.of(study), BoardSnapshot(status, "gone \x1b[31m", "cpu", 1, runs, 1.0, 0.0, None))


def _said(view: View) -> tuple[str, str]:
    figures = AnalysedView()
    figures.update(view)
    return verdict(view, figures)


def test_a_stopped_study_has_no_winner_but_a_best_of_the_finished() -> None:
    stopped = _view([1e-2, 1e-1, 1.0], {2: RunStatus.STOPPED, 3: RunStatus.SKIPPED}, StudyStatus.STOPPED)
    sentence, style = _said(stopped)
    assert sentence.startswith("Study stopped. ") and "1e-2 reached 61.00 %" in sentence
    assert "Not finished: 1e-1, 1." in sentence
    assert style == "warn"
    nothing = _view([1e-2], {1: RunStatus.STOPPED}, StudyStatus.STOPPED)
    assert _said(nothing)[0] == "Study stopped. No run is done, so nobody won."


def test_the_winner_is_the_best_of_all_groups() -> None:
    view = _view([1e-2, 1e-1], {}, StudyStatus.DONE, **{"optim.name": ["sgd", "adam"]})
    sentence, style = _said(view)
    assert "adam, 1e-1 is highest with 64.00 %" in sentence
    assert style == "good"
    several = _view([1e-2, 1e-1], {}, StudyStatus.DONE, **{"data.name": ["digits", "mnist"]})
    lines = _said(several)[0].splitlines()
    assert ["digits, 1e-1 is highest" in lines[0], "mnist, 1e-1 is highest" in lines[1]] == [True, True]


@pytest.mark.parametrize(
    ("curves", "said", "style"),
    [
        ([FinderCurve((), True, chosen=0.01)], "◂ Suggested rate: 1e-2.", "good"),
        (
            [FinderCurve((), True, chosen=0.01, doubt="it fell to the end")],
            "Suggested rate: 1e-2. Doubtful: it fell to the end.",
            "warn",
        ),
        (
            [FinderCurve((), True, doubt="its loss never fell")],
            "The range test gives no rate: its loss never fell.",
            "warn",
        ),
        (
            [FinderCurve((), True, chosen=0.01), FinderCurve((), True, doubt="its loss never fell")],
            "Suggested rate: relu 1e-2. Doubtful: elu: its loss never fell.",
            "warn",
        ),
    ],
)
def test_a_doubtful_range_test_is_told_with_its_reason(curves: list[FinderCurve], said: str, style: str) -> None:
    activations = ["relu", "elu"][: len(curves)]
    view = _view(["find"], {}, StudyStatus.DONE, **{"model.activation": activations})
    runs = tuple(replace(state, finder=curve) for state, curve in zip(view.snapshot.runs, curves, strict=True))
    tested = replace(view, finder=True, snapshot=replace(view.snapshot, runs=runs))
    sentence, found = _said(tested)
    assert sentence.startswith(said)
    assert found == style


@pytest.mark.parametrize("room", [78, 84, 120])
def test_how_many_runs_are_done_is_never_cut(room: int) -> None:
    view = _view([1e-2, 1e-1], {2: RunStatus.WAITING}, StudyStatus.RUNNING, replicates=3)
    shown = fitting(columns(view, room), room)
    assert sum(column.width + 1 for column in shown) - 1 <= room
    assert shown[-1].key == "verdict"
    assert shown[-1].width >= len("· 0 of 3 done")
    assert "settled" in [column.key for column in shown]


async def test_a_message_of_a_failed_study_is_shown_literally(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        bench.app.results.say(*_said(_view([1e-2], {}, StudyStatus.FAILED)))
        assert "gone \\x1b[31m" in bench.app.results.query_one("#verdict").plain


@pytest.mark.parametrize(("epochs", "said"), [(3, True), (30, False)])
def test_a_difference_from_figures_after_other_epochs_than_published_has_its_caveat(epochs: int, said: bool) -> None:
    file = locate.find("paper/mlp-mnist")
    view = view_of(
        preset.load_file(file.path, file.name, [f"train.epochs={epochs}", "sweep.replicates=1"]), steps=10_000
    )
    figures = AnalysedView()
    figures.update(view)
    caveat = "Δ° says little about the published figures: 3 of 30 epochs."
    assert (caveat in verdict(view, figures)[0]) is said


async def test_the_winner_is_marked_and_the_cursor_goes_to_it(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        await bench.seen()
        assert "★" not in bench.app.results.table.plain
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        table = bench.app.results.table
        marked = [line for line in table.plain.splitlines() if line[2:3] in "★≈" and line[2:3]]
        assert marked
        best = bench.app.stage.figures.comparisons()[0].best.scenario
        await bench.until(lambda: bench.app.results.selected[0] == best, "the cursor")
        table.focus()
        await bench.pilot.press("home", "asterisk")
        assert bench.app.results.selected[0] == best


def test_what_is_cut_of_a_label_is_not_the_rate() -> None:
    view = _view(
        [1e-2, 1e-1], {}, StudyStatus.DONE, **{"optim.momentum": [0.0, 0.9], "model.activation": ["relu", "elu"]}
    )
    scenario = view.shape.scenarios[0]
    assert shortened(scenario, 14).startswith(f"{scenario.short} ")
    assert len(shortened(scenario, 14)) <= 14
    assert shortened(scenario, 80) == scenario.label
    label = next(column for column in columns(view, 300) if column.key == "label")
    assert label.width >= len(scenario.label), "where there is room nothing is cut"
