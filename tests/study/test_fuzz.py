"""Whatever a person writes ends in a study or in an InputError, and a study survives being saved."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lrtui import paths
from lrtui.errors import InputError
from lrtui.study import locate, preset
from lrtui.study.problems import PresetError
from lrtui.study.schema import COMPONENTS, RunConfig, dotted_keys
from lrtui.study.spec import Study, lookup

often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TABLES = (*RunConfig.model_fields, "sweep", "variants", "published")
NAMES = ("digits", "mnist", *(name for names in COMPONENTS.values() for name in names), "unit", "relu", "tanh", "find")
OTHER_PARTS = {"replicates", "seeds", "variants", "variant", "val_accuracy", "remark"}
OF_VARIANTS = ("variants.b.optim.lr", "variants.b", "sweep.variants", "variants.c.published")
PARTS = sorted({key.partition(".")[2] for key in dotted_keys()} | OTHER_PARTS)

texts = st.text(st.characters(codec="utf-8"), max_size=6)
keys = st.sampled_from([*PARTS, *dotted_keys(), "title"]) | texts
scalars = st.one_of(
    st.sampled_from(NAMES), texts, st.booleans(), st.integers(-3, 300), st.integers(), st.floats(), st.floats(0, 2),
    st.dates(), st.times(), st.datetimes(),
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
documents = st.dictionaries(
    st.sampled_from([*TABLES, "title", "note", "extends"]) | keys,
    st.dictionaries(keys, values, max_size=4)
    | st.lists(st.dictionaries(keys, values, max_size=3), max_size=2)
    | values,
    max_size=6,
)
overrides = st.one_of(
    st.text(max_size=12),
    st.builds("{}={}".format, st.sampled_from([*dotted_keys(), "sweep.replicates", "sweep.seeds", *TABLES]) | texts, texts),
    st.builds(
        lambda key, value: f"{key}={tomli_w.dumps({'v': value}).partition('= ')[2].strip()}",
        st.sampled_from(
            [*dotted_keys(), "sweep.replicates", "sweep.seeds", 'sweep."optim.lr"', "title", *OF_VARIANTS]
        ),
        scalars | st.lists(scalars, max_size=3),
    ),
)  # fmt: skip

SHIPPED = {
    path.relative_to(paths.shipped_presets()).as_posix(): path.read_text("utf-8")
    for path in paths.shipped_presets().rglob("*.toml")
}


def outcome(path: Path, said: list[str]) -> Study | None:
    """Return the study, having saved and read it, or None where it is refused as it should be."""
    try:
        study = preset.load_file(path, overrides=said)
    except PresetError as error:
        assert error.problems
        assert all(str(problem) and "\n" not in str(problem) for problem in error.problems)
        assert len({(problem.file, problem.key, problem.message) for problem in error.problems}) == len(error.problems)
        str(error).encode()
        return None
    except InputError:
        return None
    again = preset.from_resolved(study.name, json.loads(json.dumps(study.resolved)), folder=study.folder)
    assert (again.runs, again.published, again.hash) == (study.runs, study.published, study.hash)
    path.write_text(preset.resolved_toml(study), "utf-8")
    assert replace(preset.load_file(path, study.name), overrides=study.overrides) == study
    return study


@given(document=documents, said=st.lists(overrides, max_size=2))
@example(document={"sweep": {"": {"": [1]}, "a": {}}}, said=[])
@often
def test_any_tables(tmp_path: Path, document: dict[str, Any], said: list[str]) -> None:
    path = tmp_path / "any.toml"
    path.write_text(tomli_w.dumps(document), "utf-8")
    outcome(path, said)


RIGHT = {
    "data.name": st.sampled_from(["digits", "mnist"]),
    "data.val_limit": st.integers(1, 10_000_000),
    "model.name": st.sampled_from(["mlp", "cnn"]),
    "model.hidden": st.lists(st.integers(1, 65536), max_size=3),
    "model.channels": st.lists(st.integers(1, 64), min_size=1, max_size=2),
    "model.activation": st.sampled_from(["relu", "tanh", "logistic"]),
    "optim.name": st.sampled_from(sorted(COMPONENTS["optim"])),
    "model.depth": st.integers(1, 3),
    "model.dropout": st.floats(0, 0.9),
    "model.batch_norm": st.sampled_from(["none", "before", "after"]),
    "optim.lr": st.floats(1e-300, 1e300) | st.integers(1, 10) | st.just("find"),
    "optim.clip_norm": st.floats(1e-3, 10),
    "schedule.name": st.sampled_from(sorted(COMPONENTS["schedule"])),
    "schedule.s": st.integers(1, 100),
    "schedule.factors": st.lists(st.floats(0.1, 1), max_size=3),
    "pruning.name": st.sampled_from(sorted(COMPONENTS["pruning"])),
    "pruning.target": st.floats(0.1, 0.9),
    "mc_dropout.samples": st.integers(0, 10),
    "optim.momentum": st.floats(0, 0.999),
    "optim.eps": st.floats(1e-12, 1.0),
    "train.epochs": st.integers(1, 100_000),
    "indicators.learned": st.floats(0.1, 10) | st.integers(1, 3),
}


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a preset whose values and sweeps are of the right kind; which model or optimizer has which key is left to chance."""
    document: dict[str, Any] = {"title": "t", "data": {"name": "digits"}, "model": {"name": "mlp"}, "sweep": {}}
    document["optim"] = {"name": draw(RIGHT["optim.name"]), "lr": 0.1}
    for key in draw(st.lists(st.sampled_from(sorted(RIGHT)), unique=True, max_size=3)):
        table, _, part = key.partition(".")
        if draw(st.booleans()):
            document["sweep"][key] = draw(st.lists(RIGHT[key], min_size=1, max_size=3))
        else:
            document.setdefault(table, {})[part] = draw(RIGHT[key])
    if draw(st.booleans()):
        document["model"]["width"] = 8
    for name in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3)):
        variant: dict[str, Any] = {}
        for key in draw(st.lists(st.sampled_from(sorted(RIGHT)), unique=True, max_size=3)):
            table, _, part = key.partition(".")
            variant.setdefault(table, {})[part] = draw(RIGHT[key])
        document.setdefault("variants", {})[name] = variant
    return document


@given(document=nearly_right(), replicates=st.integers(1, 3))
@often
def test_any_preset_of_the_right_kind_has_the_runs_it_says(
    tmp_path: Path, document: dict[str, Any], replicates: int
) -> None:
    path = tmp_path / "any.toml"
    path.write_text(tomli_w.dumps(document), "utf-8")
    study = outcome(path, [f"sweep.replicates={replicates}"])
    if study is not None:
        names = list(document.get("variants", {"": {}}))
        of_a_variant = replicates * math.prod(len(values) for values in document["sweep"].values())
        assert [spec.variant for spec in study.runs] == [name for name in names for _ in range(of_a_variant)]
        assert len(study.scenarios) == len(study.runs) // replicates
        for spec in study.runs:
            assert all(lookup(spec.config, key) == value for key, value in spec.swept)
            for table, values in document.get("variants", {}).get(spec.variant, {}).items():
                for key, value in values.items():
                    had = lookup(spec.config, f"{table}.{key}")
                    assert (list(had) if isinstance(had, tuple) else had) == value


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """Return a folder with a copy of the shipped presets."""
    for file, text in SHIPPED.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")
    return tmp_path


@given(data=st.data(), name=st.sampled_from(sorted(SHIPPED)))
@often
def test_any_change_to_a_shipped_preset(shipped: Path, data: st.DataObject, name: str) -> None:
    lines = SHIPPED[name].splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(lines) - 1)))
        line = lines[at] if lines else ""
        column = data.draw(st.integers(0, len(line)))
        lines[at : at + 1] = data.draw(
            st.sampled_from(
                [
                    [],
                    [line, line],
                    [line[:column], line[column:]],
                    [line[:column] + data.draw(st.text(st.characters(codec="utf-8"), max_size=4)) + line[column:]],
                    [line.replace("=", data.draw(st.sampled_from(["= -", "= [", "= 1", ".x =", ""])))],
                    [
                        line,
                        data.draw(
                            st.sampled_from(
                                ["[sweep]", '"optim.lr" = []', "x = 1", 'optim.name = "cnn"', "]", "[variants.b.optim]"]
                            )
                        ),
                    ],
                ]
            )
        )
    path = shipped / name
    path.write_bytes("\n".join(lines).encode())
    try:
        outcome(path, [])
    finally:
        path.write_text(SHIPPED[name], "utf-8")


@given(content=st.binary(max_size=40))
@often
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(content)
    assert outcome(path, []) is None


@given(said=st.lists(overrides, min_size=1, max_size=3))
@example(said=["optim.name=adam"])
@example(said=['model.start="digits"'])
@example(said=['data.name="a.npz"', 'model.name="net.py:build"'])
@example(said=["variants.b.optim.lr=3", "variants.b.optim.lr=4", "optim.lr=[1, 2]"])
@example(said=["\ud800=1", "title=\ud800"])
@often
def test_any_override(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "any.toml"
    path.write_text(SHIPPED["quickstart.toml"], "utf-8")
    outcome(path, said)


@given(name=st.text(max_size=20))
@often
def test_any_name(name: str) -> None:
    try:
        locate.find(name)
    except InputError as error:
        assert "\n" not in str(error)


def test_the_strategies_reach_valid_presets(tmp_path: Path) -> None:
    path = tmp_path / "any.toml"
    path.write_text(SHIPPED["quickstart.toml"], "utf-8")
    assert outcome(path, ['optim.name=["sgd", "nadam"]', "sweep.seeds=[5]", "model.hidden=[[1], []]"]) is not None
    with pytest.raises(PresetError):
        preset.load_file(path, overrides=["optim.lr=[]"])
