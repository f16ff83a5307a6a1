"""Going on with a study from the workbench: one more replicate, one more rate; what is known, and training it anew."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Label

from lrtui.session import Session
from lrtui.store.cost import Cost
from lrtui.store.reader import open_study
from lrtui.study import preset
from lrtui.tui.configuration.keys import TRAIN_ANEW
from tests.tui.conftest import SMALL, Bench, Open


@pytest.fixture
def saved(tmp_path: Path) -> str:
    """Train a study; returns its id."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    overrides = ["train.batch_size=8", "data.train_limit=800"]
    session = Session.start(
        preset.load_file(path, overrides=overrides), device="cpu", runs_dir=tmp_path / "runs", data_dir=tmp_path
    )
    assert session.wait(60)
    return session.path.name


async def opened(bench: Bench, study: str) -> None:
    await bench.ready()
    key = f"saved:{study}"
    await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
    bench.app.presets.select(key)
    await bench.pilot.pause()
    await bench.pilot.press("enter")
    await bench.until(lambda: bench.app.stage.saved is not None, "it is opened")


async def asked(bench: Bench, key: str) -> str:
    """Press a key; return what is asked."""
    await bench.pilot.press(key)
    await bench.until(lambda: len(bench.app.screen_stack) > 1, "it asks")
    await bench.pilot.pause()
    return " ".join(str(label.content) for label in bench.app.screen.query(Label))


async def test_one_more_replicate_is_asked_for_and_trained(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await opened(bench, saved)
        assert "+ replicate" in bench.app.query_one("#footer").plain
        text = await asked(bench, "+")
        assert "One more replicate?" in text and "3 instead of 2 replicates" in text
        assert "2 runs to train; the 4 that are done are taken over" in text
        await bench.pilot.press("escape")
        await bench.until(lambda: len(bench.app.screen_stack) == 1)
        assert not bench.sessions
        await asked(bench, "+")
        await bench.pilot.press("y")
        await bench.until(lambda: bench.sessions, "it is trained")
        study = bench.session.study
        assert study.overrides == ("train.batch_size=8", "data.train_limit=800", "sweep.replicates=3")
        assert len(study.runs) == 6
        assert "sweep.replicates=3" in " ".join(event.text for event in bench.app.stage.log.beside(()))
        assert "+ replicate" not in bench.app.query_one("#footer").plain  # while it is trained


async def test_one_more_rate_says_which(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await opened(bench, saved)
        text = await asked(bench, ">")
        assert "One more rate?" in text and "Learning rate 1 beside the others" in text
        assert "2 runs to train; the 4 that are done are taken over" in text
        await bench.pilot.press("y")
        await bench.until(lambda: bench.sessions, "it is trained")
        assert bench.session.study.resolved["sweep"]["optim.lr"] == [0.01, 0.1, 1.0]


async def test_what_was_taken_over_is_marked(workbench: Open, saved: str, tmp_path: Path) -> None:
    study = replace(open_study(tmp_path / "runs" / saved).study, overrides=())
    session = Session.start(study, device="cpu", runs_dir=tmp_path / "runs", data_dir=tmp_path)
    assert session.wait(60)
    async with workbench() as bench:
        await opened(bench, session.path.name)
        await bench.until(lambda: "4 known ↺" in bench.screen_text().splitlines()[0])
        await bench.pilot.press("a")
        await bench.until(lambda: bench.screen_text().count("seed 1 ↺") == 2)
        assert f"runs1-4weretrainedin{saved}" in "".join(bench.app.configuration.info.plain.split())


async def test_known_runs_can_be_trained_anew(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        assert form.order is not None and not form.order.fresh
        form.set_text("known", TRAIN_ANEW)
        form.check()
        assert form.order is not None and form.order.fresh
        form.set_text("known", "perhaps")
        form.check()
        assert form.order is None


async def test_as_many_replicates_as_would_settle_it(
    workbench: Open, saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrtui.analysis.more.to_settle", lambda comparisons: (3, "1e-1", "1e-2"))
    async with workbench() as bench:
        await opened(bench, saved)
        text = await asked(bench, "+")
        assert "3 more of every scenario would tell 1e-1 from 1e-2" in text
        await bench.pilot.press("s")
        await bench.until(lambda: "5 instead of 2 replicates" in bench.screen_text(), "it asks")
        await bench.pilot.press("y")
        await bench.until(lambda: bench.sessions, "it is trained")
        assert len(bench.session.study.seeds) == 5


async def test_or_one_more_all_the_same(workbench: Open, saved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrtui.analysis.more.to_settle", lambda comparisons: (3, "1e-1", "1e-2"))
    async with workbench() as bench:
        await opened(bench, saved)
        await asked(bench, "+")
        await bench.pilot.press("o")
        await bench.until(lambda: "3 instead of 2 replicates" in bench.screen_text(), "it asks")
        await bench.pilot.press("escape", "escape")


async def test_what_takes_over_an_hour_is_asked_about_once(workbench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrtui.tui.handlers.study._LONG", 0)
    monkeypatch.setattr("lrtui.store.cost.estimate", lambda *_, **__: Cost(15, 9000.0, ("earlier",), 1000))
    async with workbench() as bench:
        await bench.ready()
        text = await asked(bench, "enter")
        assert "2.5 h" in text and "15 runs" in text
        await bench.pilot.press("escape")
        assert not bench.sessions
        await asked(bench, "enter")
        await bench.pilot.press("y")
        await bench.until(lambda: bench.sessions, "it is begun")


async def test_what_does_not_is_begun(workbench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrtui.tui.handlers.study._LONG", 0)
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions, "it is begun: how long it takes is not known")
