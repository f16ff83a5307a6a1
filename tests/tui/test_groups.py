"""The form's groups: what is shown of some ninety keys, and that nothing typed is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study.schema import COMPONENTS, dotted_keys, table_keys
from lrtui.tui.configuration.keys import TABLES_OF_FILES, field_specs, override, variant_lines
from tests.tui.conftest import SMALL, Open
from tests.tui.studies import DEEP, deep

OwnPreset = Callable[[str, str], Path]


async def _with(bench: object, name: str) -> None:
    await bench.ready()
    bench.app.presets.select(f"preset:own:{name}")
    form = bench.app.configuration.form
    await bench.until(lambda: form.order and form.order.preset.name == name, "the form")


async def test_what_matters_is_shown_and_the_rest_on_request(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        assert {"data.name", "model.name", "optim.lr", "schedule.name", "pruning.name", "train.epochs"} <= set(
            form.shown
        )
        assert not {"optim.clip_norm", "health.measure", "indicators.learned"} & set(form.shown)
        few = list(form.shown)
        await bench.pilot.press("ctrl+a")
        chosen = (("data", "digits"), ("task", "classification"), ("model", "mlp"), ("optim", "sgd"))
        every = {key for key in dotted_keys() if key.split(".")[0] not in COMPONENTS}
        every |= {f"{table}.{key}" for table, name in chosen for key in table_keys(table, name)}
        assert every - set(TABLES_OF_FILES) <= set(form.shown)
        await bench.pilot.press("ctrl+a")
        assert list(form.shown) == few


async def test_a_group_opens_by_enter_and_by_click(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        headings = {heading.group: heading for heading in form.query("Heading")}
        assert "more" in headings["optim"].plain
        assert "more" not in headings["sweep"].plain, "nothing is hidden of it"
        headings["optim"].focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: "optim.clip_norm" in form.shown, "the other keys")
        assert not bench.app.stage.training
        await bench.pilot.press("left")
        await bench.until(lambda: "optim.clip_norm" not in form.shown, "closed")
        await bench.pilot.press("down")
        assert bench.app.focused is form.shown["optim.name"].input
        headings["data"].scroll_visible(animate=False)
        await bench.pilot.pause()
        await bench.pilot.click(headings["data"])
        await bench.until(lambda: "data.train_limit" in form.shown, "by mouse too")


async def test_what_was_typed_comes_back_with_its_optimizer_and_counts_while_hidden(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.set_text("optim.clip_norm", "2.5")
        form.set_text("optim.momentum", "0.9")
        await bench.pilot.press("ctrl+a", "ctrl+a")
        assert form.shown["optim.clip_norm"].text == "2.5", "what differs stays in sight"
        form.set_text("optim.name", "adam")
        assert form.order.study.runs[0].config.optim.clip_norm == 2.5
        assert "optim.momentum" not in form.shown
        form.set_text("optim.name", "sgd")
        assert form.shown["optim.momentum"].text == "0.9"
        assert form.order.study.runs[0].config.optim.momentum == 0.9
        form.reset()
        await bench.pilot.pause()
        assert not form.changed
        assert form.shown["optim.momentum"].text == "0"


async def test_a_key_that_may_be_absent_can_be_emptied(workbench: Open, own_preset: OwnPreset) -> None:
    own_preset("cut.toml", SMALL.replace('name = "sgd"', 'name = "sgd"\nclip_norm = 1.5'))
    async with workbench() as bench:
        await _with(bench, "cut.toml")
        form = bench.app.configuration.form
        assert form.shown["optim.clip_norm"].text == "1.5", "it differs from the default"
        form.set_text("optim.clip_norm", "")
        assert form.order.study.runs[0].config.optim.clip_norm is None
        form.set_text("train.epochs", " ")
        assert form.shown["train.epochs"].error == "needs a value"
        assert form.order is None


async def test_an_error_of_a_hidden_key_brings_it_into_sight(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.set_text("schedule.name", "power")
        assert form.shown["schedule.s"].error.startswith("missing")
        form.set_text("schedule.s", "100")
        form.set_text("schedule.warmup", "-1")
        assert "at least 0" in form.shown["schedule.warmup"].error
        form.set_text("schedule.warmup", "")
        assert form.shown["schedule.warmup"].error == "needs a value"


def test_every_key_of_the_preset_is_a_field_with_its_value_and_choices() -> None:
    fields = {field.key: field for field in field_specs(deep(), {})}
    assert fields["optim.lr"].varies
    assert fields["optim.lr"].text == ""
    assert fields["model.init_fan"].choices == ("", "fan_in", "fan_out", "fan_avg")
    assert fields["early_stopping.restore_best"].choices == ("false", "true")
    assert fields["data.validation"].forward, "differs from the default"
    assert not fields["data.scale"].forward
    assert not fields["model.hidden"].forward, "follows from depth and width"
    assert max(len(field.label) for field in fields.values()) <= 10
    assert len({(field.group, field.label) for field in fields.values()}) == len(fields), "labels tell keys apart"
    assert override("optim.clip_norm", " ") == "optim.clip_norm="


def test_variants_are_listed_with_what_they_set() -> None:
    found = dict(variant_lines(deep()))
    assert list(found) == ["plain", "hot", "found"]
    assert "optim.lr 1e-2" in found["plain"]
    assert {"optim.lr 1e-1", "schedule.name onecycle"} <= set(found["hot"])
    assert "optim.lr find" in found["found"]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_variants_in_the_form(workbench: Open, own_preset: OwnPreset, size: tuple[int, int]) -> None:
    own_preset("deep.toml", DEEP)
    async with workbench(size) as bench:
        await _with(bench, "deep.toml")
        if size == (80, 24):
            await bench.pilot.press("w")
        await bench.until(lambda: "hot" in bench.screen_text(), "the variants")
        form = bench.app.configuration.form
        assert form.shown["optim.lr"].input.placeholder == "by variant"
        assert not form.changed
        await bench.pilot.press("ctrl+a")
        await bench.until(lambda: "schedule.name onecycle" in bench.screen_text(), "what they set")
        form.set_text("optim.lr", "0.05")
        assert {spec.lr for spec in form.order.study.runs} == {0.05}, "for all of them"
        form.set_text("optim.lr", "")
        assert not form.changed


async def test_an_error_of_a_variant_stands_at_its_key(workbench: Open, own_preset: OwnPreset) -> None:
    own_preset("deep.toml", DEEP)
    async with workbench() as bench:
        await _with(bench, "deep.toml")
        form = bench.app.configuration.form
        form.set_text("early_stopping.patience", "0")
        assert "at least 1" in form.shown["early_stopping.patience"].error
        form.set_text("early_stopping.patience", "3")
        form.set_text("optim.name", "adagrad")
        assert form.order is None
        texts = [field.error for field in form.shown.values() if field.error] + [bench.screen_text()]
        assert any("hot" in text and "momentum" in text for text in texts), texts


async def test_advice_is_said_in_form_and_header_and_read_by_a_key(workbench: Open, own_preset: OwnPreset) -> None:
    own_preset("selu.toml", SMALL.replace('name = "mlp"', 'name = "mlp"\nactivation = "selu"'))
    async with workbench() as bench:
        await _with(bench, "selu.toml")
        await bench.until(lambda: "⚠ SELU will not" in bench.screen_text(), "in the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        await bench.until(lambda: "⚠ 1" in bench.screen_text().splitlines()[0], "in the header")
        await bench.pilot.press("i")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "a key reads it")
        assert "⚠ SELU will not" in bench.app.screen.query_one("#remark-lines").plain
