"""The canonical form of a preset: saved, shown and hashed, it gives the same study back."""

import hashlib
import json
from typing import Any

import pytest
import tomli

from lrtui.study import locate, preset
from lrtui.study.indicators import RETIRED
from lrtui.study.problems import PresetError
from lrtui.study.schema import table_keys
from lrtui.study.spec import Study
from tests.study.conftest import GOOD, Loader

RICH = """\
title = "Tabs\\tand \\u007f, \\"quotes\\", [\\n ] and 日本"
[data]
name = "digits"
val_limit = 100
[model]
hidden = [64, 32]
channels = [8]
[optim]
name = "sgd"
momentum = 0.5
[train]
epochs = 3
[sweep]
"model.name" = ["mlp", "cnn"]
"optim.lr" = [1, 1e-3]
"model.activation" = ["relu", "tanh"]
seeds = [3, 1]
[[published]]
"optim.lr" = 1
"model.name" = "cnn"
val_accuracy = 90
remark = "Sangat lambat, stabil"
[[published]]
"optim.lr" = 0.001
val_accuracy = 91
"""


def same(one: Study, other: Study) -> bool:
    """Return whether two studies are the same but for their names."""
    return (one.runs, one.resolved, one.published, one.seeds, one.hash, one.title, one.source, one.note) == (
        other.runs, other.resolved, other.published, other.seeds, other.hash, other.title, other.source, other.note
    )  # fmt: skip


def whole_numbers(value: Any) -> Any:
    """Return a JSON value as programs write it that tell 1.0 and 1 not apart."""
    if isinstance(value, dict):
        return {key: whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@pytest.mark.parametrize("name", [found.name for found in locate.shipped()])
def test_a_shipped_preset_survives_being_saved(name: str) -> None:
    study = preset.load(name)
    saved = json.loads(json.dumps(study.resolved))
    assert same(preset.from_resolved(name, saved), study)
    assert same(preset.from_resolved(name, whole_numbers(saved)), study)
    assert same(preset.from_resolved(name, tomli.loads(preset.resolved_toml(study))), study)


def test_a_rich_preset_survives_being_saved(load: Loader) -> None:
    study = load(RICH)
    assert len(study.runs) == 16
    assert same(preset.from_resolved("my", whole_numbers(json.loads(json.dumps(study.resolved)))), study)
    assert same(load(preset.resolved_toml(study)), study)
    assert json.loads(json.dumps(study.resolved)) == study.resolved


def test_variants_of_one_width_and_several_depths_survive_being_saved(load: Loader) -> None:
    text = '[data]\nname = "digits"\n[model]\nname = "mlp"\ndepth = 3\nwidth = 8\n[optim]\nname = "sgd"\nlr = 0.1\n'
    study = load(f"title = 'x'\n{text}[variants.a]\nmodel.depth = 2\n[variants.b]\n")
    again = preset.from_resolved(study.name, study.resolved)
    assert same(again, study)
    assert [getattr(spec.config.model, "hidden") for spec in again.runs] == [(8, 8), (8, 8, 8)]  # noqa: B009


def test_the_resolved_preset_writes_defaults_out_and_sweeps_only_once(load: Loader) -> None:
    resolved = load(GOOD + "[sweep]\n'optim.lr' = [1, 0.5]\n").resolved
    assert {
        key: resolved[key]
        for key in resolved
        if key not in ("data", "model", "health", "curvature", "finder", "indicators")
    } == {
        "title": "A small study",
        "protocol": "own",
        "task": {"name": "classification", "label_smoothing": 0.0, "class_weights": "none"},
        "optim": {"name": "sgd", "momentum": 0.0, "nesterov": False},
        "schedule": {"name": "constant", "per": "step", "warmup": 0},
        "regularization": {"l1": 0.0, "l2": 0.0, "max_norm_output": True},
        "train": {
            "epochs": 30,
            "batch_size": 64,
            "stop_on_nan": True,
            "keep": "none",
            "tf32": False,
            "checkpoint_seconds": 10.0,
        },
        "early_stopping": {"monitor": "val_loss", "restore_best": True},
        "pruning": {"name": "none"},
        "mc_dropout": {"samples": 0},
        "inference": {"dtypes": []},
        "sweep": {"optim.lr": [1.0, 0.5], "replicates": 1, "order": "seed"},
    }
    for table, said in (
        ("data", {"name": "digits"}),
        ("model", {"name": "mlp"}),
        ("health", {}),
        ("curvature", {}),
        ("finder", {}),
    ):
        fields = table_keys(table, "digits" if table == "data" else "mlp")
        defaults = {key: field.default for key, field in fields.items() if field.default is not None}
        assert (
            resolved[table]
            == {key: list(value) if key == "hidden" else value for key, value in defaults.items()} | said
        )


def test_it_holds_only_the_figures_of_its_own_runs(load: Loader) -> None:
    study = load(RICH, "optim.lr=0.001")
    assert study.resolved["published"] == [{"optim.lr": 0.001, "val_accuracy": 91.0}]


def test_lists_are_written_on_one_line(load: Loader) -> None:
    text = preset.resolved_toml(load(RICH, "model.name=mlp", "model.hidden=[[4], [], [4, 2]]"))
    assert '"model.hidden" = [[4], [], [4, 2]]\n' in text
    assert '"model.activation" = ["relu", "tanh"]\n' in text


def test_the_hash_is_of_what_is_trained_not_of_how_it_is_written(load: Loader) -> None:
    study = load(GOOD + "[sweep]\n'optim.lr' = [1, 0.5]\nreplicates = 2\n")
    text = json.dumps(study.resolved, ensure_ascii=False, separators=(",", ":"))
    assert study.hash == hashlib.sha256(text.encode()).hexdigest()
    otherwise = 'title = "A small study"\noptim = {lr = 1, name = "sgd"}\nmodel.name = "mlp"\ndata.name = "digits"\n'
    assert load(otherwise + "train.epochs = 30\nsweep = {seeds = [1, 2], optim.lr = [1.0, 5e-1]}\n").hash == study.hash
    assert load(GOOD, "optim.lr=[1, 0.5]", "sweep.replicates=2").hash == study.hash
    assert load(GOOD, "optim.lr=[0.5, 1]", "sweep.replicates=2").hash != study.hash
    assert load(GOOD, "optim.lr=[1, 0.5]", "sweep.replicates=2", "train.epochs=29").hash != study.hash


@pytest.mark.parametrize(
    "resolved",
    [
        None, [], "x", {}, {"title": None}, {"title": "t", "data": None}, {"title": "t", "sweep": {"optim.lr": None}},
        {"title": "t", "published": [None]}, {"title": "t", "data": {"name": 10**30}},
        {"title": "t", "extends": "base.toml"}, {"sweep": {"optim.lr": [1], "optim": {"lr": [1]}}},
        json.loads("[" * 50 + "]" * 50), {"data": json.loads("[" * 50 + "]" * 50)},
    ],
)  # fmt: skip
def test_a_damaged_study_is_said_to_be_one(resolved: Any) -> None:
    with pytest.raises(PresetError, match=r"study\.json"):
        preset.from_resolved("damaged", resolved)


@pytest.mark.parametrize("key", sorted(RETIRED))
def test_a_saved_study_may_have_keys_of_earlier_versions(load: Loader, key: str) -> None:
    study = load(GOOD)
    table, _, name = key.partition(".")
    old = {**study.resolved, table: {**study.resolved[table], name: 5}}
    assert same(preset.from_resolved("my", old), study)
    variants = {"a": {table: {name: 5}}, "b": {}}
    assert len(preset.from_resolved("my", {**study.resolved, "variants": variants}).runs) == 2
