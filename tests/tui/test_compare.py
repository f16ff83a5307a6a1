"""Studies beside the one on the screen; curves hidden, alone, standing out; zoom."""

from pathlib import Path

import pytest
from textual import events

from lrtui.plots.chart import Kind
from lrtui.session import Session
from lrtui.store.deleting import delete
from lrtui.study import preset
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.tabs.compare import CompareView
from lrtui.tui.charts.tabs.plotted import Loss, Plotted
from tests.tui.conftest import SMALL, Bench, Open


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """Train a study, and one with another batch size; return their ids."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    ids = []
    for overrides in ([], ["train.batch_size=16"]):
        session = Session.start(
            preset.load_file(path, overrides=overrides), device="cpu", runs_dir=tmp_path / "runs", data_dir=tmp_path
        )
        assert session.wait(60)
        ids.append(session.path.name)
    return ids


async def beside(bench: Bench, two: list[str]) -> None:
    """Open the first study and set the second beside it."""
    await bench.ready()
    rows = bench.app.presets
    await bench.until(lambda: all(f"saved:{one}" in rows.catalogue.by_key for one in two), "they are listed")
    rows.select(f"saved:{two[0]}")
    await bench.pilot.pause()
    await bench.pilot.press("enter")
    await bench.until(lambda: bench.app.stage.saved is not None, "it is opened")
    bench.app.screen.set_focus(rows.rows)
    rows.select(f"saved:{two[1]}")
    await bench.pilot.pause()
    await bench.pilot.press("space")
    await bench.until(lambda: bench.app.charts.beside, "the other is beside it")
    await bench.pilot.pause()


def chart(bench: Bench):  # type: ignore[no-untyped-def]
    """Return the picture in front as it is drawn."""
    tab, view = bench.app.charts.tab, bench.app.charts.view
    assert isinstance(tab, Plotted) and view is not None
    together = bench.app.charts.overlaid(view)
    return tab._finished(together, tab.chart(together, None))


async def test_its_curves_are_drawn_over_those_of_the_study_shown(workbench: Open, two: list[str]) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        labels = [entry.label for entry in chart(bench).legend]
        assert labels == ["A 1e-2", "B 1e-2", "A 1e-1", "B 1e-1"]
        await bench.until(lambda: "dashed B:" in bench.screen_text(), "it is said which is which")
        assert two[1] in bench.app.charts.named_beside
        await bench.pilot.press("space")
        await bench.until(lambda: not bench.app.charts.beside, "it is taken away")
        assert [entry.label for entry in chart(bench).legend] == ["1e-2", "1e-1"]


async def test_they_are_compared_and_the_baseline_is_chosen(workbench: Open, two: list[str]) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        await bench.pilot.press("0")
        lines = bench.app.query_one(CompareView)
        await bench.until(lambda: "train.batch_size" in lines.plain, "settings that differ")
        assert f"A  {two[0]}  baseline" in lines.plain and "B − A" in lines.plain
        await bench.pilot.press("B")
        await bench.until(lambda: "A − B" in lines.plain, "another baseline")
        await bench.pilot.press("U")
        await bench.until(lambda: "space on a saved study" in lines.plain, "nothing to compare")


async def test_one_that_was_deleted_meanwhile_stays_as_it_was_read(
    workbench: Open, two: list[str], tmp_path: Path
) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        delete(tmp_path / "runs" / two[1])
        await bench.pilot.press("2", "1")
        assert "B 1e-1" in [entry.label for entry in chart(bench).legend]


async def test_one_that_cannot_be_read_is_said(workbench: Open, two: list[str], tmp_path: Path) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        await bench.pilot.press("space")
        (tmp_path / "runs" / two[1] / "runs.parquet").write_bytes(b"PAR1")
        await bench.pilot.press("space")
        await bench.until(lambda: bench.app.charts.beside or bench.app._notifications, "it is said, or read in part")


async def test_curves_are_hidden_alone_and_stand_out(workbench: Open, two: list[str]) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        await bench.pilot.press("U")
        bench.app.screen.set_focus(bench.app.results.table)
        await bench.pilot.press("home", "h")
        assert [entry.label for entry in chart(bench).legend] == ["1e-1"]
        await bench.until(lambda: "◌" in bench.screen_text(), "the row says so")
        await bench.pilot.press("h", "H")
        assert [entry.label for entry in chart(bench).legend] == ["1e-2"]
        await bench.pilot.press("H", "l", "down")
        strong = [one for one in chart(bench).series if one.kind is Kind.LINE]
        assert len({one.colour for one in strong}) == 1
        assert [entry.chosen for entry in chart(bench).legend] == [False, True]


async def test_zoom_by_key_and_wheel_and_out_again(workbench: Open, two: list[str]) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        whole = chart(bench)
        await bench.pilot.press("z", "(")
        part = chart(bench)
        assert part.x.high - part.x.low < whole.x.high - whole.x.low and "zoom 70 % × 70 %" in part.title
        assert "\\ whole" in bench.app.query_one("#footer").plain
        await bench.pilot.press("backslash")
        assert chart(bench).x == whole.x
        plot = bench.app.query_one(Plot)
        canvas = plot.query_one("#canvas").region
        place = {"x": 0, "y": 0, "delta_x": 0, "delta_y": 0, "button": 0, "meta": False, "ctrl": False}
        at = {"screen_x": canvas.x + canvas.width // 2, "screen_y": canvas.y + canvas.height // 2}
        plot.on_mouse_scroll_up(events.MouseScrollUp(plot, **place, shift=False, **at))
        await bench.until(lambda: chart(bench).x != whole.x, "the wheel zooms")
        plot.on_mouse_scroll_up(events.MouseScrollUp(plot, **place, shift=True, **at))
        await bench.until(lambda: chart(bench).y.high < whole.y.high, "with shift, upwards")
        await bench.pilot.press("2")
        assert bench.app.charts.settings.zoom.whole and not isinstance(bench.app.charts.tab, Loss)


async def test_the_crosshair_stays_when_the_chart_changes(workbench: Open, two: list[str]) -> None:
    async with workbench() as bench:
        await beside(bench, two)
        plot = bench.app.query_one(Plot)
        bench.app.screen.set_focus(plot)
        await bench.pilot.press("right", "right")
        at = plot.cross
        assert at
        for key in ("2", "8", "1"):
            await bench.pilot.press(key)
            await bench.pilot.pause()
            assert plot.cross == at
