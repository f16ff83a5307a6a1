"""`--set KEY=VALUE`."""

from typing import Any

import pytest

from tests.study.conftest import GOOD, Complainer, Loader

SWEPT = GOOD + 'momentum = 0.9\n[sweep]\n"optim.lr" = [1.0, 2.0]\nseeds = [4, 5]\n'


@pytest.mark.parametrize(
    ("override", "table", "key", "value"),
    [
        ("optim.lr=0.03", "optim", "lr", 0.03),
        (" optim.lr = 3e-2 ", "optim", "lr", 0.03),
        ("optim.'lr'=1", "optim", "lr", 1.0),
        ("train.epochs=2", "train", "epochs", 2),
        ("optim.nesterov=true", "optim", "nesterov", True),
        ("data.scale=raw", "data", "scale", "raw"),
        ('data.scale="raw"', "data", "scale", "raw"),
        ("model.hidden=[4, 2]", "model", "hidden", [4, 2]),
        ("model.hidden=[]", "model", "hidden", []),
        ('optim={name = "sgd", lr = 0.5}', "optim", "lr", 0.5),
        ("data.train_limit=100", "data", "train_limit", 100),
        ("indicators.learned=0.8", "indicators", "learned", 0.8),
    ],
)
def test_a_value_replaces_the_file_s(load: Loader, override: str, table: str, key: str, value: Any) -> None:
    assert load(SWEPT, override).resolved[table][key] == value


def test_a_title_may_hold_an_equals_sign(load: Loader) -> None:
    assert load(GOOD, "title=lr = 0.1 or not").title == "lr = 0.1 or not"


def test_the_last_override_of_a_key_wins(load: Loader) -> None:
    assert [spec.lr for spec in load(GOOD, "optim.lr=[1, 2]", "optim.lr=0.3").runs] == [0.3]
    assert [spec.lr for spec in load(GOOD, "optim.lr=0.3", "optim.lr=[1, 2]").runs] == [1.0, 2.0]


def test_one_value_ends_a_sweep(load: Loader) -> None:
    study = load(SWEPT, "optim.lr=0.5")
    assert [(spec.lr, spec.seed) for spec in study.runs] == [(0.5, 4), (0.5, 5)]
    assert study.swept_keys == ()


@pytest.mark.parametrize("override", ["optim.lr=[0.5]", 'sweep."optim.lr"=[0.5]', "sweep.optim.lr=[0.5]"])
def test_a_list_sweeps(load: Loader, override: str) -> None:
    assert [spec.swept for spec in load(SWEPT, override).runs] == [(("optim.lr", 0.5),)] * 2


def test_a_list_of_lists_sweeps_over_a_key_that_takes_a_list(load: Loader) -> None:
    study = load(GOOD, "model.hidden=[[4], [4, 2], []]")
    assert [spec.config.model.hidden for spec in study.runs] == [(4,), (4, 2), ()]
    assert study.swept_keys == ("model.hidden",)


def test_replicates_and_seeds_replace_each_other(load: Loader) -> None:
    assert load(SWEPT, "sweep.replicates=1").seeds == (1,)
    assert load(GOOD + "[sweep]\nreplicates = 3\n", "sweep.seeds=[9]").seeds == (9,)
    assert load(GOOD, "sweep.replicates=3", "sweep.seeds=[9]").seeds == (9,)


def test_another_component_drops_the_file_s_keys_for_the_old_one(load: Loader) -> None:
    assert load(SWEPT, "optim.name=adam").runs[0].optimizer == "adam"
    both = load(SWEPT, 'optim.name=["adam", "sgd"]', "optim.lr=1")
    assert {spec.optimizer: getattr(spec.config.optim, "momentum", None) for spec in both.runs} == {
        "adam": None,
        "sgd": 0.9,
    }


def test_a_key_that_the_overrides_give_to_the_wrong_component_is_an_error(complaints: Complainer) -> None:
    assert complaints(GOOD, "optim.momentum=0.5", "optim.name=adam") == [
        "--set optim.momentum=0.5: optim.momentum: adam has no such key; it belongs to sgd, rmsprop or muon"
    ]


def test_published_rows_of_runs_that_are_no_more_go_silently(load: Loader) -> None:
    text = SWEPT + '[[published]]\n"optim.lr" = 1.0\n'
    assert len(load(text).published) == 1
    assert load(text, "optim.lr=0.5").published == ()


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("optim.lr", "expected KEY=VALUE"),
        ("=1", "expected KEY=VALUE"),
        ("", "expected KEY=VALUE"),
        ("optim..lr=1", "expected KEY=VALUE"),
        ("a b=1", "expected KEY=VALUE"),
        ("# x=1", "expected KEY=VALUE"),
        ("extends=other.toml", "extends can only be given in a file"),
        ("optim.lr=", 'optim.lr: expected a number or "find", got nothing'),
        ("optim.lr=fast", 'optim.lr: expected a number or "find", got "fast"'),
        ("optim.lr=nan", "optim.lr: must be a finite number, got NaN"),
        ("optim.lr=inf", "optim.lr: must be a finite number, got Infinity"),
        ("optim.lr=0", "optim.lr: must be greater than 0, got 0"),
        ("optim.lr=1\nx = 2", 'optim.lr: expected a number or "find", got "1\\nx = 2"'),
        ("optim.learning_rate=1", "optim.learning_rate: unknown key; did you mean optim.lr?"),
        ("optim.learning_rate=[1]", 'sweep."optim.learning_rate": unknown key; did you mean optim.lr?'),
        ("lr=1", "lr: unknown key; did you mean optim.lr?"),
        ("optim.lr=[]", 'sweep."optim.lr": is an empty sweep; give at least one value'),
        ("optim.lr=[1, -1]", 'sweep."optim.lr"[1]: must be greater than 0, got -1'),
        ("train.epochs=2.0", "train.epochs: expected a whole number, got 2.0"),
        ("train.epochs=0", "train.epochs: must be at least 1, got 0"),
        ("train.epochs=200000", "train.epochs: must be at most 100,000, got 200000"),
        ("train.batch_size=0", "train.batch_size: must be at least 1, got 0"),
        ("optim.nesterov=true", "optim.nesterov: needs momentum above 0"),
        ("optim=sgd", 'optim: expected a table, got "sgd"'),
        ("sweep=3", "sweep: expected a table, got 3"),
        ("published=3", "published: expected [[published]] tables, got 3"),
        ("a.b.c=1", "a: unknown key"),
        ("title=3", "title: expected a string, got 3"),
        ("title=2020-01-01", 'title: expected a string, got "2020-01-01"'),
        ("title=\udcff", "is not UTF-8 text"),
        (f"train.epochs={2**63}", "a whole number has at most 64 bits"),
        (f"{'.'.join('abcdefghijk')}=1", "nested too deeply"),
        (f"title={'[' * 20}{']' * 20}", "nested too deeply"),
        ("sweep={optim.lr = [1], 'optim.lr' = [2]}", "given twice"),
    ],
)
def test_a_wrong_override_is_named(complaints: Complainer, override: str, expected: str) -> None:
    (said,) = complaints(GOOD, override)
    shown = override.replace("\n", "\\n").replace("\udcff", "\\udcff")
    assert said == f"--set {shown}: {expected}"


def test_every_wrong_override_is_named_after_what_is_wrong_in_the_file(complaints: Complainer) -> None:
    assert complaints(GOOD.replace("digits", "dgits"), "what", "train.epochs=0", "model.hidden=[0]") == [
        'my.toml:3: data.name: expected mnist, fashion_mnist, cifar10, digits, synthetic or constitution, got "dgits"; '
        "did you mean digits?",
        "--set what: expected KEY=VALUE",
        "--set train.epochs=0: train.epochs: must be at least 1, got 0",
        "--set model.hidden=[0]: model.hidden[0]: must be at least 1, got 0",
    ]
