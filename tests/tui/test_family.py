"""A model family that lrtui does not know, in the form and in every chart."""

from pathlib import Path

import pytest

from lrtui.tui.charts.tabs import TABS
from lrtui.tui.presets.entries import PresetEntry
from tests.toy import register
from tests.tui.conftest import Open


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_it_is_ordered_trained_and_drawn(
    workbench: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    path = register(monkeypatch, tmp_path)
    path.write_text(path.read_text() + "\n[health]\nmeasure = true\n")
    async with workbench(size) as bench:
        await bench.ready()
        entry = next(entry for entry in bench.app.presets.catalogue.presets if entry.file.name == "toy.toml")
        bench.app.presets.select(PresetEntry(entry.file).key)
        form = bench.app.configuration.form
        await bench.until(lambda: form.order and form.order.study.title == "Toy", "the form")
        assert form.field("model.halvings").text == "0, 3"
        session = await bench.start()
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        for number, tab in enumerate(TABS, start=1):
            await bench.pilot.press(str(number % 10))
            await bench.seen()
            assert isinstance(bench.app.charts.tab, tab)
        assert "halvings" in bench.screen_text()
        assert not [event for event in bench.app.stage.events if "Error" in event.text]
