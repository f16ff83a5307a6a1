"""What a preset asks is on the screen before it is trained; its title stands beside its name where there is room."""

from rich.text import Text

from lrtui.study.locate import PresetFile
from lrtui.tui.charts.plot import Plot
from lrtui.tui.presets.entries import Catalogue, PresetEntry
from lrtui.tui.presets.tree import TreeState, tree_rows
from lrtui.tui.themes import skin_of
from tests.tui.conftest import NARROW, Open


async def test_the_question_of_the_selected_preset_stands_where_curves_will(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        plot = bench.app.query_one(Plot)
        bench.app.presets.select("preset:shipped:outlook/recipes/deep")
        await bench.until(lambda: "Which lines of the guide's table" in plot.plain, "it is asked")
        assert "The table: He initialization" in plot.plain and "Curves appear here" in plot.plain
        await bench.start()
        await bench.seen()
        assert "Which lines" not in plot.plain


async def test_titles_stand_beside_names_in_a_wide_list_only(workbench: Open) -> None:
    async with workbench(NARROW) as bench:
        await bench.ready()
        skin = skin_of(bench.app.presets)
    files = [
        PresetFile(name, bench.app.presets.catalogue.presets[0].file.path, "shipped") for name in ("x/a", "x/long")
    ]
    entries = [PresetEntry(file, "[b]A title[/b]", 3) for file in files]
    state = TreeState(open=frozenset({"section:shipped", "folder:shipped:x"}))

    def lines(width: int) -> list[Text]:
        return [row.text for row in tree_rows(Catalogue.of(entries, []), state, skin, width)[2:4]]

    wide, narrow = lines(76), lines(30)
    assert [line.plain.index("[b]A title[/b]") for line in wide] == [12, 12]
    assert all("title" not in line.plain and line.plain.endswith("3 runs") for line in narrow)
    assert all(line.cell_len <= 76 for line in wide)
