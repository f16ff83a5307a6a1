"""Variants: tables under a name, laid over the preset's own, in the same file or in files of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study import preset
from lrtui.study.spec import Study
from tests.study.conftest import GOOD, Complainer, Loader
from tests.study.test_resolved import same

Write = Callable[[str, str | bytes], Path]

TWO = (
    GOOD
    + """\
momentum = 0.9
[variants.slow]
optim.lr = 1e-3
[variants.adam]
optim.name = "adam"
train.epochs = 3
"""
)
"""An SGD and an Adam, the momentum for the first alone."""


def variants_of(study: Study) -> dict[str, list[float]]:
    """Return the rates of the runs of every variant, in order."""
    found: dict[str, list[float]] = {}
    for spec in study.runs:
        found.setdefault(spec.variant, []).append(spec.lr)
    return found


def test_each_is_laid_over_the_preset_and_another_component_drops_foreign_keys(load: Loader) -> None:
    slow, adam = load(TWO).runs
    assert (slow.variant, slow.optimizer, slow.lr, slow.epochs, slow.config.optim.momentum) == (
        "slow", "sgd", 1e-3, 30, 0.9
    )  # fmt: skip
    assert (adam.variant, adam.optimizer, adam.lr, adam.epochs) == ("adam", "adam", 0.1, 3)
    assert (slow.scenario, adam.scenario) == ("slow", "adam")
    assert slow.swept == adam.swept == ()


def test_they_multiply_with_the_sweep_and_the_seeds_and_change_slowest(load: Loader) -> None:
    study = load(TWO.replace("optim.lr = 1e-3", "") + '[sweep]\n"optim.lr" = [0.1, "find"]\nreplicates = 2\n')
    assert [(spec.run, spec.variant, spec.config.optim.lr, spec.seed) for spec in study.runs] == [
        (1, "slow", 0.1, 1),
        (2, "slow", 0.1, 2),
        (3, "slow", "find", 1),
        (4, "slow", "find", 2),
        (5, "adam", 0.1, 1),
        (6, "adam", 0.1, 2),
        (7, "adam", "find", 1),
        (8, "adam", "find", 2),
    ]
    assert study.scenarios == ("slow-1e-1", "slow-find", "adam-1e-1", "adam-find")
    assert study.swept_keys == ("optim.lr",)


def test_an_empty_variant_is_the_preset_itself(load: Loader) -> None:
    study = load(GOOD + "[variants.plain]\n[variants.other]\noptim.lr = 1\n")
    assert variants_of(study) == {"plain": [0.1], "other": [1.0]}
    assert variants_of(load(GOOD + "[variants.only]\n")) == {"only": [0.1]}
    assert variants_of(load(GOOD + "[variants]\n")) == {"": [0.1]}


def test_an_override_wins_over_what_variants_say(load: Loader) -> None:
    assert variants_of(load(TWO, "optim.lr=2")) == {"slow": [2.0], "adam": [2.0]}
    assert variants_of(load(TWO, "optim.lr=[2, 3]")) == {"slow": [2.0, 3.0], "adam": [2.0, 3.0]}
    assert [spec.optimizer for spec in load(TWO, "optim.name=nadam").runs] == ["nadam", "nadam"]


def test_an_override_may_change_one_variant(load: Loader) -> None:
    assert variants_of(load(TWO, "variants.slow.optim.lr=2")) == {"slow": [2.0], "adam": [0.1]}
    assert variants_of(load(TWO, "optim.lr=2", "variants.slow.optim.lr=3")) == {"slow": [3.0], "adam": [2.0]}
    assert variants_of(load(TWO, "variants.slow.optim.lr=3", "optim.lr=2")) == {"slow": [2.0], "adam": [2.0]}
    assert [spec.optimizer for spec in load(TWO, "variants.slow.optim.name=nadam").runs] == ["nadam", "adam"]
    assert list(variants_of(load(TWO, "variants.more.optim.lr=3"))) == ["slow", "adam", "more"]


def test_another_component_by_override_drops_what_variants_said_of_the_old_one(load: Loader) -> None:
    text = GOOD + "[variants.a]\noptim.momentum = 0.5\n[variants.b]\n"
    assert [spec.optimizer for spec in load(text, "optim.name=adam").runs] == ["adam", "adam"]


def test_some_can_be_chosen(load: Loader) -> None:
    assert list(variants_of(load(TWO, 'sweep.variants=["adam"]'))) == ["adam"]
    assert list(variants_of(load(TWO, 'sweep.variants=["adam", "slow"]'))) == ["adam", "slow"]
    assert list(variants_of(load(TWO + '[sweep]\nvariants = ["slow"]\n'))) == ["slow"]


def test_a_preset_that_extends_one_with_variants_changes_all_or_one(write: Write, load: Loader) -> None:
    write("base.toml", TWO)
    study = load('extends = "base.toml"\ntrain.epochs = 5\n[variants.slow]\noptim.lr = 1e-4\n[variants.third]\n')
    assert [(spec.variant, spec.lr, spec.epochs) for spec in study.runs] == [
        ("slow", 1e-4, 5),
        ("adam", 0.1, 5),
        ("third", 0.1, 5),
    ]


OTHER_BASE = GOOD + 'momentum = 0.9\n[sweep]\n"train.epochs" = [1, 2]\nreplicates = 5\n'
OTHER = """\
extends = "base.toml"
title = "Another"
[optim]
name = "adam"
lr = 0.2
[[published]]
val_accuracy = 50
[[published]]
"train.epochs" = 2
val_accuracy = 60
"""
OF_FILES = GOOD + '[variants]\nb = "other/b.toml"\n[variants.c]\noptim.lr = 7\n'


def test_a_variant_may_be_a_file_with_all_it_extends(write: Write, load: Loader) -> None:
    write("other/base.toml", OTHER_BASE)
    write("other/b.toml", OTHER)
    study = load(OF_FILES)
    assert [(spec.variant, spec.optimizer, spec.lr, spec.epochs) for spec in study.runs] == [
        ("b", "adam", 0.2, 30),
        ("c", "sgd", 7.0, 30),
    ]
    assert study.title == "A small study"
    assert [(row.coordinates, row.val_accuracy) for row in study.published] == [((("variant", "b"),), 50.0)]
    assert [row.matches(spec) for row in study.published for spec in study.runs] == [True, False]
    assert same(preset.from_resolved("my", study.resolved), study)
    assert variants_of(load(OF_FILES, "variants.b.optim.lr=4")) == {"b": [4.0], "c": [7.0]}
    assert load(OF_FILES + "[[published]]\noptim.lr = 7\n").published[0].coordinates == (("optim.lr", 7),)


def test_a_shipped_preset_may_be_a_variant(load: Loader) -> None:
    study = load('title = "t"\ndata.train_limit = 10\noptim.lr = 1\n[variants]\na = "paper/mlp-mnist"\n')
    (spec,) = study.runs
    assert (spec.dataset, spec.lr, spec.epochs, spec.config.data.train_limit) == ("mnist", 1.0, 30, 10)


def test_published_rows_name_a_variant(load: Loader, complaints: Complainer) -> None:
    rows = '[[published]]\nvariant = "slow"\nval_accuracy = 90\n[[published]]\noptim.lr = 0.1\nval_accuracy = 80\n'
    study = load(TWO + rows)
    assert [[row.val_accuracy for row in study.published if row.matches(spec)] for spec in study.runs] == [
        [90.0],
        [80.0],
    ]
    assert same(preset.from_resolved("my", study.resolved), study)
    assert [row.val_accuracy for row in load(TWO + rows, 'sweep.variants=["adam"]').published] == [80.0]
    assert complaints(TWO + '[[published]]\nvariant = "fast"\n') == [
        'my.toml:15: published[0]: no run of this study has variant = "fast"'
    ]
    assert complaints(TWO + "[[published]]\nvariant = 3\n") == [
        "my.toml:16: published[0].variant: expected a string, got 3"
    ]


def test_the_resolved_preset_says_once_what_they_share(load: Loader) -> None:
    resolved = load(TWO).resolved
    assert "optim" not in resolved
    assert resolved["train"] == {
        "batch_size": 64,
        "stop_on_nan": True,
        "keep": "none",
        "tf32": False,
        "checkpoint_seconds": 10.0,
    }
    assert resolved["variants"]["slow"] == {
        "optim": {"name": "sgd", "lr": 1e-3, "momentum": 0.9, "nesterov": False},
        "train": {"epochs": 30},
    }
    assert list(resolved["variants"]["adam"]) == ["optim", "train"]
    alone = load(TWO, 'sweep.variants=["slow"]').resolved
    assert alone["variants"] == {"slow": {}}
    assert alone["optim"]["lr"] == 1e-3


@pytest.mark.parametrize(
    "text",
    [
        TWO,
        GOOD + "[variants.only]\n",
        GOOD + "[variants.a]\nmodel.hidden = [4, 2]\n[variants.b]\nmodel = {depth = 3, width = 5}\n",
        GOOD + "[variants.a]\noptim.clip_norm = 1\n[variants.b]\noptim.clip_value = 1\n",
        GOOD + '[variants.a]\nschedule = {name = "power", s = 3}\n[variants.b]\nschedule.per = "epoch"\n',
        GOOD + '[variants.a]\nmodel.name = "cnn"\n[variants.b]\n[sweep]\n"optim.name" = ["sgd", "adam"]\n',
        GOOD + '[variants.a]\ndata.train_limit = 9\n[variants.b]\n[sweep]\n"model.hidden" = [[4], []]\nseeds = [7]\n',
    ],
)
def test_they_survive_being_saved(load: Loader, text: str) -> None:
    study = load(text)
    assert same(preset.from_resolved("my", study.resolved), study)
    assert same(load(preset.resolved_toml(study)), study)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("optim.lr = -1", "my.toml:10: variants.b.optim.lr: must be greater than 0, got -1"),
        ("optim.lrr = 1", "my.toml:10: variants.b.optim.lrr: unknown key; did you mean optim.lr?"),
        (
            'optim.name = "adm"',
            "my.toml:10: variants.b.optim.name: expected sgd, adam, nadam, adamw, rmsprop, adagrad, muon or schedule_free",
        ),
        ('optim.name = "adam"\noptim.momentum = 0.5', "my.toml:11: variants.b.optim.momentum: adam has no such key"),
        ('schedule.name = "power"', "my.toml:10: variants.b.schedule.s: missing; it has no default"),
        ("optim = 3", "my.toml:10: variants.b.optim: expected a table, got 3"),
        ("trains.epochs = 3", "my.toml:10: variants.b.trains: unknown key; did you mean variants.b.train?"),
        ("sweep.replicates = 3", "my.toml:10: variants.b.sweep: belongs to the whole preset, not to a variant"),
        ('title = "b"', "my.toml:10: variants.b.title: belongs to the whole preset, not to a variant"),
        ("published = 3", "my.toml:10: variants.b.published: expected [[published]] tables, got 3"),
        ('[variants."b c"]', 'my.toml:10: variants."b c": a variant\'s name has letters, digits, - and _ only'),
        (
            "[variants]\nc = 3",
            "my.toml:11: variants.c: expected a table or, in a file, the name of a preset file, got 3",
        ),
        ('[sweep]\nvariants = ["a", "d"]', 'my.toml:11: sweep.variants[1]: expected b or a, got "d"'),
        ('[sweep]\nvariants = ["a", "a"]', "my.toml:11: sweep.variants: must differ from each other"),
        ("[sweep]\nvariants = []", "my.toml:11: sweep.variants: needs at least 1 item, got []"),
        (
            "train.epochs = 2\n[sweep]\ntrain.epochs = [3]",
            "my.toml:10: variants.b.train.epochs: is swept over; a variant has no value of its own",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_its_whole_key(
    complaints: Complainer, lines: str, expected: str
) -> None:
    text = f"{GOOD}[variants.b]\n{lines}\n"
    if "[variants]" not in lines:
        text += "[variants.a]\n"
    (said,) = complaints(text)
    assert said.startswith(expected)


def test_variants_that_are_no_table(complaints: Complainer) -> None:
    assert complaints(f"variants = 3\n{GOOD}") == ["my.toml:1: variants: expected a table, got 3"]
    assert complaints(GOOD, "variants.b=other.toml") == [
        "--set variants.b=other.toml: variants.b: expected a table or, in a file, the name of a preset file, "
        'got "other.toml"'
    ]
    assert complaints(GOOD, 'sweep.variants=["b"]') == [
        '--set sweep.variants=["b"]: sweep.variants[0]: there are no variants'
    ]


def test_a_mistake_in_what_all_share_is_said_once(complaints: Complainer) -> None:
    assert complaints(TWO + "[train]\nbatch_size = 0\n") == ["my.toml:16: train.batch_size: must be at least 1, got 0"]


def test_a_mistake_in_the_file_of_a_variant_is_said_of_that_file(write: Write, complaints: Complainer) -> None:
    write("other/base.toml", OTHER_BASE.replace('name = "digits"', 'name = "digts"'))
    write("other/b.toml", OTHER.replace("lr = 0.2", "lr = -0.2").replace("val_accuracy = 50", "val_acc = 50"))
    assert complaints(OF_FILES) == [
        "other/b.toml:5: variants.b.optim.lr: must be greater than 0, got -0.2",
        "other/b.toml:7: variants.b.published[0].val_acc: unknown key; did you mean val_accuracy?",
        "other/base.toml:3: variants.b.data.name: expected mnist, fashion_mnist, cifar10, digits, synthetic or constitution, "
        'got "digts"; did you mean digits?',
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bb.toml", 'my.toml:10: variants.b: no such file: "bb.toml"; did you mean b.toml?'),
        ("my.toml", 'my.toml:10: variants.b: "my.toml" has variants itself'),
        ("round.toml", 'my.toml:10: variants.b: "round.toml" has variants itself'),
        (
            "broken.toml",
            "broken.toml:1: not valid TOML: Expected '=' after a key in a key/value pair (at end of document)",
        ),
    ],
)
def test_files_that_can_be_no_variant(write: Write, complaints: Complainer, value: str, expected: str) -> None:
    write("b.toml", GOOD)
    write("round.toml", 'extends = "my.toml"\n')
    write("broken.toml", "title")
    said = complaints(f'{GOOD}[variants]\nb = "{value}"\n')
    assert said == [expected] or (value == "broken.toml" and said[0].startswith("broken.toml:1: not valid TOML"))


def test_an_override_that_no_variant_can_heed_is_an_error(load: Loader, complaints: Complainer) -> None:
    assert load(TWO, "optim.momentum=0.5").runs[0].config.optim.momentum == 0.5
    assert complaints(TWO, 'sweep.variants=["adam"]', "optim.momentum=0.5") == [
        "--set optim.momentum=0.5: optim.momentum: adam has no such key; it belongs to sgd, rmsprop or muon"
    ]


def test_a_study_of_too_many_runs_is_refused(complaints: Complainer) -> None:
    text = TWO + f'[sweep]\n"data.train_limit" = {list(range(1, 102))}\nreplicates = 100\n'
    assert complaints(text) == ["my.toml:15: sweep: expands to 20,200 runs; at most 10,000"]


@pytest.mark.parametrize(
    ("swept", "labels"),
    [
        ('"data.name" = ["digits", "synthetic"]', ["a-digits", "a-synthetic"]),
        ('"optim.name" = ["sgd", "adam"]', ["a-sgd", "a-adam"]),
        ('"optim.lr" = [1e-2, "find"]', ["a-1e-2", "a-find"]),
        ('"train.batch_size" = [32, 64]', ["a-batch32", "a-batch64"]),
    ],
)
def test_whatever_is_swept_tells_a_variant_s_scenarios_apart(swept: str, labels: list[str], tmp_path: Path) -> None:
    path = tmp_path / "swept.toml"
    path.write_text(
        'title = "t"\ndata.name = "digits"\nmodel.name = "mlp"\noptim.name = "sgd"\noptim.lr = 0.1\n[variants.a]\n[sweep]\n'
        + swept
    )
    assert list(preset.load_file(path).scenarios) == labels
