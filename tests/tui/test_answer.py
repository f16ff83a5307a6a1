"""The answer to a study's question on the screen: saved, while it trains, of exercise 8, and who is asked nothing."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from lrtui.book.answer import Answer, Question, Reply
from lrtui.book.figures import Figures
from lrtui.book.measures import Measure
from lrtui.book.question import Finding, Verdict
from lrtui.book.scenario import Scenario
from lrtui.book.tables import FigureTable
from lrtui.study import locate, preset
from lrtui.tui import answers
from lrtui.tui.answers import Found, asks, done_runs, find
from lrtui.tui.charts.answer import SIGNS, Page
from lrtui.tui.charts.tabs import told
from lrtui.tui.themes import DARK, LIGHT, SKINS
from tests.tui.conftest import NARROW, SMALL, WIDE, Bench, Open
from tests.tui.fake_session import FakeSession
from tests.tui.studies import own, view_of

OwnPreset = Callable[[str, str], Path]
QUESTION = "Does clipping gradients rescue a training whose gradients explode?"
ASKING = f"""
title = "Asking"
question = "{QUESTION}"
experiment = "clipping"
[data]
name = "digits"
[model]
name = "mlp"
[optim]
name = "sgd"
lr = 10.0
[train]
epochs = 4
[sweep]
replicates = 2
[variants.plain]
[variants.clipped]
optim.lr = 1e-1
optim.clip_norm = 1.0
"""


def _scenario(label: str, done: int) -> Scenario:
    config, nothing = own("small", SMALL).runs[0].config, pl.DataFrame()
    return Scenario(label, config, None, (), (), None, pl.DataFrame({"seed": range(done)}), nothing, nothing)


def _answer(verdict: Verdict = Verdict.CONTRADICTS) -> Answer:
    findings = (
        Finding("one is [b]better[/b]", ("accuracy: one 90",), Verdict.CONTRADICTS),
        Finding("it is fast", (), Verdict.CANNOT_BE_SAID),
    )
    rows = ((_scenario("one arm", 2), (Figures({1: 90.0, 2: 92.0}),)), (_scenario("one", 0), (None,)))
    said = "This contradicts the guide."
    return Answer(
        title="The answer",
        replies=(Reply(Question("Which?", "Either.", ()), findings, verdict, said, ("A detail.",)),),
        tables=(FigureTable("figures", "", (Measure("val_accuracy", "val acc %"),), rows),),
    )


@pytest.mark.parametrize("width", [40, 76, 84])
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_page_is_no_wider_than_there_is_room(width: int, theme: str) -> None:
    page = Page(width, SKINS[theme], {"one": "red", "one arm": "blue"})
    lines = list(page.lines(own("asking", ASKING), Found((_answer(),))))
    assert max(line.cell_len for line in lines) <= width
    plain = [line.plain for line in lines]
    assert plain[:3] == ["Which?", "✗ contradicts", "This contradicts the guide."]
    assert "The guide: Either." in plain
    [arm] = [line for line in lines if line.plain.startswith("one arm")]
    assert arm.plain.split()[-3:] == ["91.00", "±", "1.41"]
    assert next(span.style for span in arm.spans) == "blue", "the longer of two names that fit"
    assert any(line.startswith("✗ contradicts     One is [b]better[/b]") for line in plain), "text is shown as it is"
    assert any(line.startswith("? cannot be said  It is fast") for line in plain)
    assert "    accuracy: one 90" in plain
    assert "· A detail." in plain


def test_every_verdict_has_a_look_that_is_told_without_colour() -> None:
    assert set(SIGNS) == set(Verdict)
    assert all(sign.word == verdict.value for verdict, sign in SIGNS.items())
    looks = {verdict: sign.style for verdict, sign in SIGNS.items()}
    assert (looks[Verdict.AGREES], looks[Verdict.CONTRADICTS], looks[Verdict.CANNOT_BE_SAID]) == ("good", "warn", "dim")


def test_who_is_asked() -> None:
    study = own("asking", ASKING)
    assert asks(view_of(study))
    assert not asks(view_of(study, find_only=True)), "a range test answers nothing"
    assert not asks(view_of(own("small", SMALL)))
    assert not asks(None)


def test_the_answer_is_that_of_the_report() -> None:
    (found,) = find(view_of(own("asking", ASKING))).answers
    assert found.replies[0].verdict is Verdict.AGREES
    assert [scenario.n for scenario, _ in found.tables[0].rows] == [2, 2]
    (partial,) = find(view_of(own("asking", ASKING), steps=7)).answers
    assert any("1 of 2 runs done" in caveat for caveat in partial.caveats)


def test_exercise_8_has_its_questions_figures_and_caveats() -> None:
    file = locate.find("handson/all")
    study = preset.load_file(file.path, file.name, ["sweep.replicates=1"])
    view = view_of(study, steps=10_000)
    page = Page(76, SKINS[DARK], {})
    lines = [line.plain for line in page.lines(study, find(view))]
    assert lines[0] == study.question
    questions = [line for line in lines if line.startswith("(c) Does batch")]
    assert len(questions) == 2, "the answer, and point by point"
    assert any("(c) Does batch" in line and line not in questions for line in lines), "the digest above all"
    for head in ("Learning", "Time", "Measured beside published", "What limits the answers"):
        assert head in lines
    assert max(map(len, lines)) <= 76


async def _start(bench: Bench, name: str) -> FakeSession:
    await bench.ready()
    bench.app.presets.select(f"preset:own:{name}.toml")
    form = bench.app.configuration.form
    await bench.until(lambda: form.order and form.order.study.name == name, "the form")
    return await bench.start()


async def _shown(bench: Bench, text: str) -> None:
    def there() -> bool:
        bench.app.show_stage()
        return text in bench.app.query_one("#answer").plain

    await bench.until(there, text)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_the_answer_grows_while_a_study_trains(
    workbench: Open, own_preset: OwnPreset, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    own_preset("asking.toml", ASKING)
    computed: list[int] = []
    original = answers.find
    monkeypatch.setattr(
        "lrtui.tui.charts.tabs.told.find", lambda view: (computed.append(len(done_runs(view))), original(view))[1]
    )
    async with workbench(size, lanes=1) as bench:
        session = await _start(bench, "asking")
        session.step()
        await bench.seen()
        assert "Published" not in bench.screen_text()
        assert "Answer" in bench.screen_text()
        await bench.pilot.press("4")
        await _shown(bench, "The answer comes when runs are done.")
        assert QUESTION in bench.app.query_one("#answer").plain
        for _ in range(5):
            session.step()
        await _shown(bench, "1 of 4 runs done; the rest is to come")
        await _shown(bench, "no run is done")
        session.step()
        await bench.seen()
        assert computed == [1], "an epoch changes nothing"
        await bench.pilot.press("1")
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        assert computed == [1], "out of sight nothing is worked out"
        assert bench.app.stage.verdict()[0].replace("\u00a0", " ").endswith(" 4 opens the answer.")
        await bench.pilot.press("4")
        await _shown(bench, "✓ agrees")
        assert computed == [1, 4]
        page = bench.app.charts.front
        assert page.has_focus
        await bench.pilot.press("end")
        await bench.until(lambda: page.plain.splitlines()[-1].strip() in bench.screen_text(), "its last line")


async def test_what_cannot_be_worked_out_is_said(
    workbench: Open, own_preset: OwnPreset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> Found:
        raise ZeroDivisionError("by [0]")

    own_preset("asking.toml", ASKING)
    monkeypatch.setattr("lrtui.tui.charts.tabs.told.find", broken)
    async with workbench() as bench:
        session = await _start(bench, "asking")
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("4")
        await _shown(bench, "The answer cannot be worked out: ZeroDivisionError: by [0]")


async def test_a_study_that_asks_nothing_has_what_was_published_if_anything_was(
    workbench: Open, own_preset: OwnPreset
) -> None:
    own_preset("small.toml", SMALL)
    async with workbench() as bench:
        session = await _start(bench, "small")
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("4")
        await bench.seen()
        assert isinstance(bench.app.charts.tab, told.Answer)
        assert "Published" not in bench.screen_text(), "there is nothing"
        assert "Source" in bench.screen_text()
        assert "Nothing was published for these scenarios" in bench.screen_text()
        assert "[[published]] with the settings" in " ".join(bench.screen_text().split()), "how there would be"
        assert "opens the answer" not in bench.screen_text()
        bench.app.presets.select("preset:shipped:paper/mlp-mnist")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "paper/mlp-mnist", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: len(bench.sessions) == 2 and bench.app.stage.live.study.published, "training")
        await bench.seen()
        assert "Publ" in bench.screen_text()  # in the row of tabs, as long as there is room
