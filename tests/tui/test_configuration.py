"""The form: every edit is checked like a preset, and errors stand beside their field."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from lrtui.study import preset, references
from lrtui.study.networks import MODELS, NetworkConfig
from lrtui.study.schema import RunConfig
from lrtui.tui.configuration import keys
from lrtui.tui.configuration.keys import field_of, field_specs, override
from tests.tui.conftest import NARROW, SMALL, WIDE, Open


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("optim.lr", "1e-3, 1e-2", "optim.lr=[1e-3, 1e-2]"),
        ("optim.lr", ".5", "optim.lr=0.5"),
        ("optim.lr", "1e-3,", "optim.lr=[1e-3]"),
        ("optim.name", "adam", 'optim.name="adam"'),
        ("optim.name", "sgd, adam", 'optim.name=["sgd", "adam"]'),
        ("model.hidden", "256, 128", "model.hidden=[256, 128]"),
        ("model.hidden", "[64], [32, 16]", "model.hidden=[[64], [32, 16]]"),
        ("sweep.seeds", "7", "sweep.seeds=[7]"),
        ("train.epochs", "many", 'train.epochs="many"'),
        ("data.name", '"; rm -rf', 'data.name="\\"; rm -rf"'),
    ],
)
def test_what_an_edit_means(key: str, text: str, expected: str) -> None:
    assert override(key, text) == expected


@pytest.mark.parametrize(
    ("problem", "field", "variant"),
    [
        ("optim.lr", "optim.lr", ""),
        ('sweep."optim.lr"[2]', "optim.lr", ""),
        ("sweep.optim.lr[0]", "optim.lr", ""),
        ("sweep.seeds", "sweep.seeds", ""),
        ("model.hidden[1]", "model.hidden", ""),
        ("title", "title", ""),
        ("variants.deep.model.hidden[1]", "model.hidden", "deep"),
        ('variants."a b".optim.lr', "optim.lr", "a b"),
    ],
)
def test_where_a_problem_belongs(problem: str, field: str, variant: str) -> None:
    assert field_of(problem) == (field, variant)


@pytest.mark.parametrize("order", ["", "seed", "rate"])
def test_the_order_of_the_runs_is_a_field(tmp_path: Path, order: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL + (f'order = "{order}"\n' if order else ""))
    study = preset.load_file(path)
    field = next(field for field in field_specs(study, {}) if field.key == "sweep.order")
    assert (field.text, field.choices) == (order or "seed", ("seed", "rate"))
    assert (field.group, field.several, field.forward) == ("sweep", False, True)
    changed = preset.load_file(path, None, [override("sweep.order", "rate")])
    assert [spec.seed for spec in changed.training_order][:2] == [1, 2], "all replicates of one scenario first"


def test_fields_show_the_preset_and_give_it_back(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    study = preset.load_file(path)
    texts = {field.key: field.text for field in field_specs(study, {})}
    assert texts["optim.lr"] == "1e-2, 1e-1"
    assert texts["model.hidden"] == "256, 128, 64"
    assert texts["optim.momentum"] == "0"
    again = preset.load_file(path, overrides=[override(key, text) for key, text in texts.items() if text])
    assert [(spec.config, spec.seed) for spec in again.runs] == [(spec.config, spec.seed) for spec in study.runs]


NET = """
import nowhere
raise SystemExit("it is not to be run")
class Net:
    def __init__(self, shape, classes, /, width=64, *, dropout=0.5, norm=True, act="relu", hidden=(8, 8), depth): ...
def build(shape, classes, width=32): ...
def build(shape, classes, low=-1, **others): ...
lazy = build
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Net", {"width": 64, "dropout": 0.5, "norm": True, "act": "relu", "hidden": None, "depth": None}),
        ("build", {"shape": None, "classes": None, "low": -1}),
        ("lazy", {}),
        ("missing", {}),
    ],
)
def test_what_own_code_takes_is_read_and_not_run(tmp_path: Path, name: str, found: dict[str, object]) -> None:
    (tmp_path / "net.py").write_text(NET)
    assert references.taken(str(tmp_path), f"net.py:{name}") == found
    assert references.taken(str(tmp_path), f"other.py:{name}") == {}
    (tmp_path / "net.py").write_text("def (")
    assert references.taken(str(tmp_path), f"net.py:{name}") == {}


@pytest.mark.parametrize(
    ("lines", "width", "varies"),
    [("", "64", False), ("width = 16", "16", False), ("width = 64\nextra = 3", "64", False)],
)
def test_what_own_code_takes_has_fields(tmp_path: Path, lines: str, width: str, varies: bool) -> None:
    (tmp_path / "net.py").write_text(NET)
    path = tmp_path / "own.toml"
    path.write_text(SMALL.replace('name = "mlp"', f'name = "net.py:Net"\n{lines}'))
    study = preset.load_file(path)
    fields = {field.key: field for field in field_specs(study, {})}
    assert (fields["model.width"].text, fields["model.width"].varies) == (width, varies)
    assert fields["model.norm"].choices == ("false", "true")
    assert fields["model.norm"].text == "true"
    assert fields["model.depth"].text == "" and fields["model.depth"].nullable
    assert ("model.extra" in fields) == ("extra" in lines)
    assert all(fields[key].forward for key in ("model.width", "model.dropout", "model.act"))
    assert "0.5 by itself" in fields["model.dropout"].help
    swept = preset.load_file(path, overrides=[override("model.width", "8, 16")])
    assert [field.text for field in field_specs(swept, {}) if field.key == "model.width"] == ["8, 16"]
    assert "model.dropout" not in {field.key for field in field_specs(study, {"model.name": "net.py:build"})}


async def test_an_error_stands_beside_its_field_and_start_waits(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.field("optim.lr").input.value = "1e-3, -2"
        form.field("train.epochs").input.value = "0"
        await bench.until(lambda: form.field("optim.lr").error and form.field("train.epochs").error, "the errors")
        await bench.until(lambda: bench.app.query_one("#start").disabled, "start waits")
        assert form.field("optim.lr").error == "must be greater than 0, got -2"
        assert form.field("train.epochs").error == "must be at least 1, got 0"
        assert form.field("optim.momentum").error == ""
        assert form.order is None
        await bench.pilot.press("enter")
        assert not bench.sessions
        form.field("optim.lr").input.value = "1e-3, 0.5"
        form.field("train.epochs").input.value = "2"
        await bench.until(lambda: form.order is not None, "it is mended")
        assert [spec.lr for spec in form.order.study.runs[::3]] == [1e-3, 0.5]
        assert form.changed


async def test_a_preset_that_cannot_be_read_offers_no_start(
    workbench: Open, own_preset: Callable[[str, str], Path]
) -> None:
    own_preset("torn.toml", SMALL.replace("epochs = 4", "epochs = ["))
    async with workbench() as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:torn.toml")
        await bench.until(lambda: bench.app.configuration.form.problem, "what is wrong")
        await bench.until(lambda: "[ what is wrong" in bench.screen_text(), "the button says so")
        assert "[ Start" not in bench.screen_text()


async def test_reset_brings_the_preset_back(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.field("train.epochs").input.value = "7"
        await bench.until(lambda: form.order is not None and form.order.study.runs[0].epochs == 7, "the edit")
        await bench.pilot.press("ctrl+r")
        await bench.until(lambda: form.order is not None and form.order.study.runs[0].epochs == 30, "the reset")
        assert not form.changed


async def test_another_optimizer_brings_its_own_keys(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.field("optim.momentum").input.value = "0.9"
        form.field("optim.name").input.value = "adam"
        await bench.until(lambda: "optim.beta1" in form.shown and form.order is not None, "adam's keys")
        assert "optim.momentum" not in form.shown
        assert form.field("optim.beta1").text == "0.9"
        assert form.order.study.runs[0].optimizer == "adam"


async def test_left_and_right_change_a_choice_and_up_and_down_only_move(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        before = [field.text for field in form.shown.values()]
        form.field("data.name").input.focus()
        for _ in form.shown:
            await bench.pilot.press("down")
        await bench.pilot.press("up", "up")
        assert [field.text for field in form.shown.values()] == before
        field = form.field("optim.nesterov")
        field.input.focus()
        await bench.pilot.press("right")
        assert field.text == "true"
        await bench.pilot.press("left")
        assert field.text == "false"
        names = form.field("data.name")
        names.input.value = "digits, mnist"
        names.input.focus()
        await bench.pilot.press("left", "right")
        assert names.text == "digits, mnist", "in a text that is no choice the cursor moves"


async def test_what_is_typed_counts_for_the_enter_after_it(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        field = bench.app.configuration.form.field("train.epochs")
        field.input.focus()
        await bench.until(lambda: bench.app.focused is field.input, "the focus")
        bench.type_ahead("3", "enter")
        await bench.until(lambda: bench.sessions, "it starts")
        assert bench.session.study.runs[0].epochs == 3


async def test_an_edit_stays_with_its_preset(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.field("train.epochs").input.value = "7"
        form.field("lanes").input.value = "3"
        await bench.until(lambda: form.order is not None and form.order.study.runs[0].epochs == 7, "the edit")
        bench.app.presets.select("preset:shipped:paper/mlp-mnist")
        await bench.until(lambda: form.order is not None and form.order.preset.name == "paper/mlp-mnist", "the form")
        assert form.field("train.epochs").text == "30"
        assert form.field("lanes").text == "3", "the machine is the same"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_title_and_source_of_the_preset_are_shown(
    workbench: Open, own_preset: Callable[[str, str], Path], size: tuple[int, int]
) -> None:
    own_preset("mine.toml", 'source = "a [b]book[/b]"\n' + SMALL.replace('"Small"', '"Small [red]one"'))
    async with workbench(size) as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:mine.toml")
        if size == NARROW:
            await bench.pilot.press("w")
        await bench.until(lambda: "Small [red]one" in bench.screen_text(), "the title, literally")
        text = bench.screen_text()
        assert "a [b]book[/b]" in text
        assert "4 runs = 2 × 2 seeds" in text
        assert "[ Start" in text


async def test_a_form_that_is_too_high_scrolls_above_its_button(workbench: Open) -> None:
    async with workbench((120, 30)) as bench:
        await bench.ready()
        await bench.pilot.press("tab", "tab", "up", "up")
        await bench.until(lambda: "indicators" in bench.screen_text(), "the last group is in sight")
        await bench.pilot.press("enter")
        last = bench.app.configuration.form.field("indicators.equal_within").input
        bench.app.set_focus(last)
        await bench.until(lambda: "equal wit" in bench.screen_text(), "a field of it too")
        assert "[ Start" in bench.screen_text()


async def test_labels_stand_at_once_and_fields_in_the_order_of_the_preset(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        for name in ("paper/all", "paper/cnn-mnist", "quickstart"):
            bench.app.configuration.show(bench.app.presets.catalogue.by_key[f"preset:shipped:{name}"])
            shown = [child for child in form.area.children if child in form.shown.values()]
            assert [field.key for field in shown] == list(form.shown)
            assert all(field.label.strip() for field in shown)
            await bench.pilot.pause()


async def test_lanes_and_device_are_checked_too(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.field("lanes").input.value = "none"
        await bench.until(lambda: form.field("lanes").error, "the error")
        form.field("lanes").input.value = "2"
        await bench.until(lambda: form.order is not None, "mended")
        assert (form.order.device, form.order.engine, form.order.lanes) == ("auto", "auto", 2)
        for key, wrong, right in (("device", "cuda:x", "cuda:1"), ("engine", "stacks", "stack")):
            form.field(key).input.value = wrong
            await bench.until(lambda key=key: form.field(key).error, "the error")
            form.field(key).input.value = right
            await bench.until(lambda: form.order is not None, "mended")
        assert (form.order.device, form.order.engine, form.order.lanes) == ("cuda:1", "stack", 2)


async def test_a_broken_file_says_what_is_wrong(workbench: Open, own_preset: Callable[[str, str], Path]) -> None:
    own_preset("broken.toml", '[data]\nname = "[red]mnits"\n[model]\nname = "mlp"\n')
    async with workbench() as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:broken.toml")
        await bench.until(lambda: "did you mean" in bench.screen_text() or "optim" in bench.screen_text(), "the errors")
        text = bench.screen_text()
        assert "✗ error" in text
        assert "[red]mnits" in text.replace("\n", ""), "markup stays text"
        assert "15 runs =" not in text, "nothing is left of the preset before"
        assert "Quickstart:" not in text
        assert bench.app.configuration.form.order is None


async def test_what_the_images_do_not_allow_stands_beside_its_field(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.set_text("schedule.warmup", "20000")
        assert "less than the 1,350 steps of training" in form.field("schedule.warmup").error
        assert form.order is None
        form.set_text("schedule.warmup", "0")
        assert form.field("schedule.warmup").error == ""
        form.set_text("data.train_limit", "10000000")
        assert "images" in form.field("data.train_limit").error
        assert form.order is None
        form.set_text("data.train_limit", "500")
        assert form.order is not None


@pytest.mark.parametrize(
    ("text", "trained"),
    [
        ("f, c", ["f", "c"]),
        ("c", ["c"]),
        ('["c", "d"]', ["c", "d"]),
        ("", ["b", "c", "d", "e", "f"]),
    ],
)
async def test_some_of_the_variants_are_trained(workbench: Open, text: str, trained: list[str]) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        assert not form.area.has("sweep.variants"), "a preset without variants has no such field"
        bench.app.presets.select("preset:shipped:handson/all")
        await bench.until(lambda: form.order and form.order.study.name == "handson/all", "the form")
        assert form.field("sweep.variants").input.placeholder == "all"
        form.set_text("sweep.variants", text)
        assert form.order is not None
        assert list(dict.fromkeys(spec.variant for spec in form.order.study.runs)) == trained


async def test_a_variant_there_is_not_is_said_beside_the_field(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        bench.app.presets.select("preset:shipped:handson/all")
        await bench.until(lambda: form.order and form.order.study.name == "handson/all", "the form")
        form.set_text("sweep.variants", "c, zz")
        assert 'got "zz"' in form.field("sweep.variants").error
        assert form.order is None


class _Toy(NetworkConfig):
    name: Literal["toy"] = "toy"
    halvings: int = Field(1, ge=0, description="how often")
    tilt: float | None = Field(None, description="rarely set")


def test_a_model_family_the_form_does_not_know_has_its_keys_in_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, "toy", _Toy)
    path = tmp_path / "toy.toml"
    path.write_text(SMALL.replace('name = "mlp"', 'name = "toy"'))
    fields = {field.key: field for field in field_specs(preset.load_file(path), {})}
    assert fields["model.halvings"].forward
    assert fields["model.halvings"].text == "1"
    assert not fields["model.tilt"].forward
    assert "toy" in fields["model.name"].choices
    shown = [key for key, field in fields.items() if key.startswith("model.") and field.forward]
    assert shown == ["model.name", "model.halvings", "model.activation", "model.init"]


def test_a_table_the_form_does_not_know_comes_after_those_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        keys, "RunConfig", type("Wider", (), {"model_fields": {**RunConfig.model_fields, "extra": None}})
    )
    assert keys.groups()[-1] == "extra"
    assert keys.groups()[:5] == ("data", "model", "optim", "schedule", "train")
    assert len(keys.groups()) == len(set(keys.groups()))


async def test_preset_files_that_come_or_change_are_found_by_reading_again(
    workbench: Open, own_preset: Callable[[str, str], Path]
) -> None:
    async with workbench() as bench:
        await bench.ready()
        own_preset("late.toml", SMALL)
        await bench.pilot.press("R")
        await bench.until(lambda: bench.app.presets.select("preset:own:late.toml"), "the new file")
        form = bench.app.configuration.form
        await bench.until(lambda: form.order and form.order.study.name == "late", "its form")
        form.set_text("optim.lr", "0.5")
        own_preset("late.toml", SMALL.replace("epochs = 4", "epochs = 9"))
        await bench.pilot.press("R")
        await bench.until(lambda: form.order and form.order.study.runs[0].epochs == 9, "what has changed in it")
        assert form.area.edits["optim.lr"] == "0.5", "what was typed stays"
        form.set_text("train.epochs", "8")
        await bench.pilot.press("R")
        await bench.app.workers.wait_for_complete()
        assert form.undoable, "nothing has changed in the file, so nothing has in the form"


async def test_a_search_is_chosen_in_the_form_and_has_its_own_keys(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        assert form.area.has("sweep.search") and not form.area.has("sweep.budget")
        form.set_text("sweep.search", "bracket")
        await bench.pilot.pause()
        assert form.area.has("sweep.budget") and form.area.has("sweep.resolution")
        form.set_text("sweep.budget", "12")
        form.set_text("sweep.resolution", "2")
        await bench.pilot.pause()
        assert form.order is not None and form.order.study.budget == 12 and form.order.study.searches
        await bench.until(lambda: "≤ 12 runs" in bench.screen_text(), "it says how many runs")
        form.set_text("sweep.search", "none")
        await bench.pilot.pause()
        assert form.order is not None and not form.order.study.searches
