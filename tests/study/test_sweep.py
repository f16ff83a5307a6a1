"""From a sweep to runs: order, labels, replicates and seeds, and keys that belong to one of several components."""

import pytest

from lrtui.study.expand import MAX_RUNS
from tests.study.conftest import GOOD, Complainer, Loader


def test_a_preset_without_a_sweep_is_one_run(load: Loader) -> None:
    study = load(GOOD)
    (spec,) = study.runs
    assert (spec.run, spec.replicate, spec.seed, spec.swept) == (1, 1, 1, ())
    assert study.scenarios == ("mlp-digits-sgd-1e-1",)
    assert study.swept_keys == ()
    assert study.name == "my"


def test_several_keys_multiply_the_last_one_fastest_and_seeds_faster_still(load: Loader) -> None:
    study = load(GOOD + '[sweep]\n"train.epochs" = [1, 2]\n"optim.lr" = [0.1, 0.2]\nreplicates = 2\n')
    rows = [(spec.run, spec.epochs, spec.lr, spec.replicate, spec.seed) for spec in study.runs]
    assert rows == [
        (1, 1, 0.1, 1, 1),
        (2, 1, 0.1, 2, 2),
        (3, 1, 0.2, 1, 1),
        (4, 1, 0.2, 2, 2),
        (5, 2, 0.1, 1, 1),
        (6, 2, 0.1, 2, 2),
        (7, 2, 0.2, 1, 1),
        (8, 2, 0.2, 2, 2),
    ]
    assert study.swept_keys == ("train.epochs", "optim.lr")
    assert study.runs[-1].swept == (("train.epochs", 2), ("optim.lr", 0.2))
    assert study.runs[-1].other_swept == (("train.epochs", 2),)
    assert study.scenarios[1] == "mlp-digits-sgd-2e-1 train.epochs=1"


@pytest.mark.parametrize(
    "sweep",
    ['[sweep]\n"optim.lr" = [1, 2]\n', "[sweep]\noptim.lr = [1, 2]\n", "[sweep.optim]\nlr = [1, 2]\n"],
    ids=["quoted", "dotted", "table"],
)
def test_a_swept_key_may_be_written_as_toml_allows(load: Loader, sweep: str) -> None:
    study = load(GOOD + sweep)
    assert study.swept_keys == ("optim.lr",)
    assert [spec.lr for spec in study.runs] == [1.0, 2.0]


def test_swept_values_have_the_type_of_their_key(load: Loader) -> None:
    study = load(GOOD + '[sweep]\n"optim.lr" = [1, 0.5]\n"model.hidden" = [[64, 32], []]\n')
    assert [type(spec.swept[0][1]) for spec in study.runs] == [float] * 4
    assert [spec.swept[1][1] for spec in study.runs] == [(64, 32), (), (64, 32), ()]
    assert study.runs[0].scenario == "mlp-digits-sgd-1 model.hidden=64-32"


def test_a_sweep_takes_the_place_of_the_plain_value(load: Loader) -> None:
    assert [spec.lr for spec in load(GOOD + '[sweep]\n"optim.lr" = [1.0]\n').runs] == [1.0]


def test_batch_size_is_in_the_label_when_it_is_swept(load: Loader) -> None:
    study = load(GOOD + '[sweep]\n"train.batch_size" = [16, 32]\n')
    assert study.scenarios == ("mlp-digits-sgd-1e-1-batch16", "mlp-digits-sgd-1e-1-batch32")


def test_seeds_are_taken_as_given(load: Loader) -> None:
    study = load(GOOD + "[sweep]\nseeds = [7, 0]\n")
    assert [(spec.replicate, spec.seed) for spec in study.runs] == [(1, 7), (2, 0)]
    assert study.seeds == (7, 0)


def test_keys_of_one_component_stay_with_it_when_components_are_swept(load: Loader) -> None:
    study = load(
        """
title = "t"
[data]
name = "digits"
[model]
hidden = [8]
channels = [4]
activation = "tanh"
[optim]
lr = 0.1
momentum = 0.9
[sweep]
"model.name" = ["mlp", "cnn"]
"optim.name" = ["sgd", "adam", "rmsprop"]
"""
    )
    configs = {(spec.model, spec.optimizer): spec.config for spec in study.runs}
    assert len(configs) == 6
    assert {config.model.activation for config in configs.values()} == {"tanh"}
    assert configs["mlp", "sgd"].model.hidden == (8,)
    assert configs["cnn", "sgd"].model.channels == (4,)
    assert configs["mlp", "sgd"].optim.momentum == configs["mlp", "rmsprop"].optim.momentum == 0.9
    assert not hasattr(configs["mlp", "adam"].optim, "momentum")


def test_a_key_that_none_of_the_swept_components_has_is_an_error(complaints: Complainer) -> None:
    assert complaints(GOOD + 'rho = 0.9\n[sweep]\n"optim.name" = ["sgd", "adam"]\n') == [
        "my.toml:9: optim.rho: sgd has no such key; it belongs to rmsprop"
    ]


def test_a_swept_key_must_belong_to_every_swept_component(complaints: Complainer) -> None:
    assert complaints(GOOD + '[sweep]\n"optim.name" = ["sgd", "adam"]\n"optim.momentum" = [0.0, 0.9]\n') == [
        'my.toml:11: sweep."optim.momentum": adam has no such key; it belongs to sgd, rmsprop or muon'
    ]


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        ("replicates = 0", "sweep.replicates: must be at least 1, got 0"),
        ("replicates = 2.0", "sweep.replicates: expected a whole number, got 2.0"),
        ("seeds = []", "sweep.seeds: needs at least 1 item, got []"),
        ("seeds = [1, -1]", "sweep.seeds[1]: must be at least 0, got -1"),
        ("seeds = [1, 1]", "sweep: seeds must differ from each other"),
        ("seeds = [1]\nreplicates = 2", "sweep: replicates and seeds disagree; give one of them"),
        ("replicate = 2", "sweep.replicate: unknown key; did you mean replicates?"),
        ("lr = [1.0]", "sweep.lr: unknown key; did you mean optim.lr?"),
        ('"optim.lr" = []', 'sweep."optim.lr": is an empty sweep; give at least one value'),
        ('"optim.lr" = 0.1', 'sweep."optim.lr": expected a list of values, got 0.1'),
        ('"optim.rate" = [0.1]', 'sweep."optim.rate": unknown key; did you mean optim.lr?'),
        ('"optim" = {}', "sweep.optim: unknown key"),
        ('"a.b.c" = [1]', 'sweep."a.b.c": unknown key'),
        ('"optim.lr" = [0.1, 1e-1]', 'sweep."optim.lr"[1]: the same value as [0]'),
        ('"optim.lr" = [0.1]\noptim.lr = [0.2]', 'sweep."optim.lr": given twice'),
        ('"optim.lr" = [0.1, -2, "x"]', 'sweep."optim.lr"[1]: must be greater than 0, got -2'),
        ('"model.hidden" = [[8], [8, 0]]', 'sweep."model.hidden"[1][1]: must be at least 1, got 0'),
        ('"data.name" = ["digits", "mnst"]', 'sweep."data.name"[1]: expected mnist, fashion_mnist, cifar10'),
    ],
)
def test_what_is_wrong_with_a_sweep_is_said(complaints: Complainer, sweep: str, expected: str) -> None:
    said = complaints(f"{GOOD}[sweep]\n{sweep}\n")[0]
    place, _, message = said.partition(": ")
    assert place in ("my.toml:9", "my.toml:10")
    assert message.startswith(expected)


def test_a_sweep_of_too_many_runs_is_refused_before_it_is_expanded(complaints: Complainer) -> None:
    axes = "".join(f'"{key}" = {list(range(1, 101))}\n' for key in ("train.epochs", "train.batch_size", "optim.lr"))
    assert complaints(f"{GOOD}[sweep]\nreplicates = 1000\n{axes}") == [
        "my.toml:9: sweep: expands to 1,000,000,000 runs; at most 10,000"
    ]


def test_the_largest_sweep_is_expanded(load: Loader) -> None:
    study = load(f'{GOOD}[sweep]\n"train.epochs" = {list(range(1, MAX_RUNS // 2 + 1))}\nreplicates = 2\n')
    assert len(study.runs) == MAX_RUNS


def test_the_finder_may_be_one_of_the_rates(load: Loader, complaints: Complainer) -> None:
    study = load(GOOD + '[sweep]\n"optim.lr" = [1e-3, "find"]\n')
    assert [spec.finds_lr for spec in study.runs] == [False, True]
    assert study.scenarios == ("mlp-digits-sgd-1e-3", "mlp-digits-sgd-find")
    assert study.resolved["sweep"]["optim.lr"] == [1e-3, "find"]
    assert load(GOOD, "optim.lr=find").scenarios == ("mlp-digits-sgd-find",)
    assert complaints(GOOD + '[sweep]\n"optim.lr" = ["find", "find"]\n') == [
        'my.toml:10: sweep."optim.lr"[1]: the same value as [0]'
    ]


def test_other_components_are_swept_like_models(load: Loader) -> None:
    study = load(
        GOOD + '[schedule]\nper = "epoch"\ns = 5\n[sweep]\n"schedule.name" = ["constant", "power", "exponential"]\n'
    )
    assert [spec.config.schedule.name for spec in study.runs] == ["constant", "power", "exponential"]
    assert [getattr(spec.config.schedule, "s", None) for spec in study.runs] == [None, 5, 5]
    assert [spec.scenario.partition(" ")[2] for spec in study.runs] == [
        "schedule.name=constant", "schedule.name=power", "schedule.name=exponential",
    ]  # fmt: skip


def test_lists_are_swept_as_lists_of_lists(load: Loader) -> None:
    text = GOOD + '[schedule]\nname = "piecewise"\nboundaries = [10]\nfactors = [1, 0.1]\n'
    study = load(text, "schedule.factors=[[1, 0.5], [1, 0.1]]")
    assert [spec.config.schedule.factors for spec in study.runs] == [(1.0, 0.5), (1.0, 0.1)]
    assert load(text, "schedule.boundaries=[20]").runs[0].config.schedule.boundaries == (20,)


def test_one_replicate_of_every_scenario_is_trained_first(load: Loader) -> None:
    swept = GOOD + '[sweep]\n"optim.lr" = [0.1, 0.2]\nseeds = [7, 5, 6]\n'
    study = load(swept)
    assert [spec.run for spec in study.runs] == [1, 2, 3, 4, 5, 6]
    assert [(spec.run, spec.lr, spec.seed) for spec in study.training_order] == [
        (1, 0.1, 7), (4, 0.2, 7), (2, 0.1, 5), (5, 0.2, 5), (3, 0.1, 6), (6, 0.2, 6)
    ]  # fmt: skip
    by_rate = load(swept, "sweep.order=rate")
    assert by_rate.training_order == by_rate.runs == study.runs
