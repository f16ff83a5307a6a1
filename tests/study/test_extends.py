"""A preset that extends another: what it keeps, what it replaces, and what is wrong with the way it does so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study import preset
from lrtui.study.spec import Study
from tests.study.conftest import GOOD, Complainer, Loader

Write = Callable[[str, str | bytes], Path]

BASE = """\
title = "Base"
source = "somewhere"
[data]
name = "digits"
[model]
name = "mlp"
hidden = [8]
[optim]
name = "sgd"
momentum = 0.9
[train]
epochs = 7
[sweep]
"optim.lr" = [0.1, 0.2]
seeds = [4, 5]
[[published]]
"optim.lr" = 0.1
val_accuracy = 90.0
[[published]]
"optim.lr" = 0.2
val_accuracy = 80.0
"""


@pytest.fixture
def child(write: Write, load: Loader) -> Callable[..., Study]:
    """Return a function that loads what is written over `BASE`."""

    def child(text: str, *overrides: str) -> Study:
        write("base.toml", BASE)
        return load(f'extends = "base.toml"\n{text}', *overrides)

    return child


def test_what_is_not_said_is_inherited(child: Callable[..., Study]) -> None:
    study = child('title = "Mine"\ntrain.batch_size = 8\n')
    assert (study.title, study.source) == ("Mine", "somewhere")
    assert [(spec.lr, spec.seed, spec.epochs, spec.batch_size) for spec in study.runs] == [
        (0.1, 4, 7, 8),
        (0.1, 5, 7, 8),
        (0.2, 4, 7, 8),
        (0.2, 5, 7, 8),
    ]


def test_one_value_ends_an_inherited_sweep_and_keeps_the_figures_that_still_match(child: Callable[..., Study]) -> None:
    study = child("optim.lr = 0.2\n")
    assert [(spec.lr, spec.swept) for spec in study.runs] == [(0.2, ()), (0.2, ())]
    assert [row.val_accuracy for row in study.published] == [80.0]


@pytest.mark.parametrize("sweep", ['"optim.lr" = [0.3]', "optim.lr = [0.3]"])
def test_a_list_replaces_an_inherited_list(child: Callable[..., Study], sweep: str) -> None:
    study = child(f"[sweep]\n{sweep}\n")
    assert {spec.lr for spec in study.runs} == {0.3}
    assert study.published == ()


def test_a_replaced_list_keeps_its_place_and_a_new_one_comes_last(child: Callable[..., Study]) -> None:
    study = child('[sweep]\n"train.epochs" = [1]\n"optim.lr" = [0.3]\n')
    assert study.swept_keys == ("optim.lr", "train.epochs")


def test_replicates_replace_inherited_seeds(child: Callable[..., Study]) -> None:
    assert child("sweep.replicates = 3\n").seeds == (1, 2, 3)


def test_another_optimizer_drops_the_keys_it_does_not_have(child: Callable[..., Study]) -> None:
    study = child('optim.name = "adam"\n')
    assert study.resolved["optim"] == {"name": "adam", "beta1": 0.9, "beta2": 0.999, "eps": 1e-7}
    assert len(study.published) == 2


def test_another_optimizer_that_has_the_key_keeps_it(child: Callable[..., Study]) -> None:
    assert child('optim.name = "rmsprop"\n').runs[0].config.optim.momentum == 0.9


def test_inherited_sweeps_over_foreign_keys_go_with_the_component(write: Write, load: Loader) -> None:
    write("base.toml", BASE.replace("[sweep]", '[sweep]\n"optim.momentum" = [0.0, 0.9]'))
    assert load('extends = "base.toml"\noptim.name = "adam"\n').swept_keys == ("optim.lr",)


def test_own_published_rows_replace_the_inherited_ones(child: Callable[..., Study]) -> None:
    study = child('[[published]]\n"optim.lr" = 0.2\nval_accuracy = 70.0\n')
    assert [row.val_accuracy for row in study.published] == [70.0]


def test_a_chain_of_three(write: Write, load: Loader) -> None:
    write("shared/base.toml", BASE)
    write("shared/middle.toml", 'extends = "base.toml"\ntrain.epochs = 3\n')
    study = load('extends = "shared/middle.toml"\noptim.lr = 1.5\n')
    assert {(spec.epochs, spec.lr) for spec in study.runs} == {(3, 1.5)}


def test_an_absolute_path(write: Write, load: Loader) -> None:
    base = write("elsewhere/base.toml", BASE)
    assert load(f"extends = '{base}'\n").title == "Base"


def test_a_shipped_preset_by_its_name(load: Loader) -> None:
    study = load('extends = "paper/mlp-mnist"\ntitle = "A narrow one"\nmodel.hidden = [16]\n')
    assert {spec.config.model.hidden for spec in study.runs} == {(16,)}
    assert len(study.runs) == 15


def test_an_error_is_said_of_the_file_it_stands_in(write: Write, complaints: Complainer) -> None:
    write("base.toml", BASE.replace("epochs = 7", "epochs = 0").replace("momentum", "momentun"))
    assert complaints('extends = "base.toml"\n\nmodel.hiden = [3]\n') == [
        "my.toml:3: model.hiden: unknown key; did you mean model.hidden?",
        "base.toml:10: optim.momentun: unknown key; did you mean optim.momentum?",
        "base.toml:12: train.epochs: must be at least 1, got 0",
    ]


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ('"bse.toml"', 'extends: no such file: "bse.toml"; did you mean base.toml?'),
        ('"nowhere/base.toml"', 'extends: no such file: "nowhere/base.toml"'),
        ('"paper/mlp-mnis"', 'extends: no such file: "paper/mlp-mnis"; did you mean paper/mlp-mnist?'),
        ('""', 'extends: no such file: ""'),
        ('"\\u0000"', 'extends: no such file: "\\u0000"'),
        (f'"{"x" * 9999}"', "extends: no such file"),
        ("3", "extends: expected a file name, got 3"),
        ('["base.toml"]', 'extends: expected a file name, got ["base.toml"]'),
        ('"my.toml"', "extends: goes round in a circle: my.toml → my.toml"),
    ],
)
def test_what_cannot_be_extended(write: Write, complaints: Complainer, extends: str, expected: str) -> None:
    write("base.toml", BASE)
    (said,) = complaints(f"\nextends = {extends}\n")
    assert said.startswith(f"my.toml:2: {expected}")


def test_a_circle_of_three(write: Write, complaints: Complainer) -> None:
    write("one.toml", 'extends = "two.toml"\n')
    write("two.toml", '# around\nextends = "./my.toml"\n')
    assert complaints('extends = "one.toml"\n') == [
        "two.toml:2: extends: goes round in a circle: my.toml → one.toml → two.toml → my.toml"
    ]


def test_a_broken_base_is_named(write: Write, complaints: Complainer) -> None:
    write("base.toml", 'title = "x"\n[data\n')
    assert complaints('extends = "base.toml"\n') == [
        "base.toml:2: not valid TOML: Expected ']' at the end of a table declaration (column 6)"
    ]


def test_the_study_has_what_the_head_says(child: Callable[..., Study]) -> None:
    study = child('question = "Why?"\nexperiment = "zero-bias"\nprotocol = "paper"\n')
    assert (study.question, study.experiment, study.protocol) == ("Why?", "zero-bias", "paper")
    assert preset.from_resolved("my", study.resolved).experiment == "zero-bias"


def test_a_file_that_extends_nothing_is_left_alone(load: Loader) -> None:
    assert "extends" not in load(GOOD).resolved
