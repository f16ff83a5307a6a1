"""The results table: cells, order, replicates."""

from tests.tui.conftest import Bench, Open


def _order(bench: Bench) -> list[str]:
    rows = bench.app.results.query_one("#table").plain.splitlines()
    return [row.split()[1] for row in rows if row[:1] in "▸▾"]


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
        assert _order(bench) == by_accuracy[::-1]
        headings = bench.app.results.query_one("#headings")
        await bench.pilot.click("#headings", offset=(headings.plain.index("val loss") + 1, 0))
        await bench.pilot.pause()
        assert bench.app.results.sort == ("loss", False)
        assert _order(bench)[-1] == "10", "a loss that is not a number comes last"
        assert "▴" in headings.plain
        await bench.pilot.press("o")
        assert bench.app.results.sort[0] == "convergence"


async def test_a_scenario_opens_to_its_runs(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        table = bench.app.results.query_one("#table")
        table.focus()
        await bench.pilot.press("space")
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
        assert table.plain.count("✗ diverged") == 4, "the scenario and its three runs"


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
