"""Which runs train together, and what is said of those that do not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study.preset import load_file
from lrtui.study.spec import Study
from lrtui.study.stacking import chunks, sentences, why_alone
from tests import toy

Tiny = Callable[..., Study]


def numbers(study: Study, lanes: int = 1) -> list[list[int]]:
    return [[spec.run for spec in chunk] for chunk in chunks(study.training_order, lanes)]


@pytest.mark.parametrize(
    "free",
    [
        "optim.lr=[1e-3, 1e-2, 1e-1]",
        "train.epochs=[1, 2]",
        "model.init=['he', 'glorot']",
        "early_stopping.patience=[1, 2]",
        "schedule.name=['constant', 'cosine']",
        "health.measure=[true, false]",
        "curvature.measure=[true, false]",
        "indicators.equal_within=[0.5, 1.0]",
    ],
)
def test_what_differs_in_no_step_trains_together(tiny: Tiny, free: str) -> None:
    assert len(chunks(tiny(free).runs)) == 1


@pytest.mark.parametrize(
    "tells",
    [
        "train.batch_size=[16, 32]",
        "model.hidden=[[8], [16]]",
        "model.activation=['relu', 'tanh']",
        "optim.name=['sgd', 'adam']",
        "optim.momentum=[0.5, 0.9]",
        "regularization.l2=[0.0, 1e-3]",
        "data.train_limit=[100, 200]",
        "model.dropout=[0.0, 0.2]",
    ],
)
def test_what_differs_in_a_step_does_not(tiny: Tiny, tells: str) -> None:
    made = chunks(tiny(tells).runs)
    assert len(made) == 2
    assert {len(chunk) for chunk in made} == {4}


def test_every_run_is_in_one_chunk(tiny: Tiny) -> None:
    study = tiny("model.activation=['relu', 'rrelu', 'tanh']", "sweep.replicates=3")
    for lanes in (1, 2, 7):
        assert sorted(run for chunk in numbers(study, lanes) for run in chunk) == [spec.run for spec in study.runs]


def test_convolutions_stand_side_by_side_and_dense_layers_as_one(tiny: Tiny) -> None:
    many = tiny("sweep.replicates=6")
    assert len(numbers(many)) == 1
    assert sentences(many.runs) == ["runs 1-12 train as one, 12 rows of one tensor"]
    cnn = tiny("sweep.replicates=6", "model.name=cnn", "model.channels=[4]")
    assert [len(chunk) for chunk in numbers(cnn)] == [5, 5, 2]
    assert sentences(cnn.runs) == ["runs 1-12 train up to 5 side by side"]


def test_every_lane_has_something_to_do(tiny: Tiny) -> None:
    assert [len(chunk) for chunk in numbers(tiny("sweep.replicates=6"), 4)] == [3, 3, 3, 3]


def test_a_family_without_a_stacked_form_trains_run_by_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = load_file(toy.register(monkeypatch, tmp_path))
    assert [len(chunk) for chunk in chunks(study.runs)] == [1, 1]
    assert sentences(study.runs) == ["runs 1-2 train one by one: toy has no stacked form"]


def test_why_a_run_trains_alone_is_said(tiny: Tiny) -> None:
    study = tiny("model.activation=['relu', 'rrelu']")
    assert sentences(study.runs) == [
        "runs 1-2, 5-6 train as one, 4 rows of one tensor",
        "runs 3-4, 7-8 train one by one: RReLU draws a slope for every value",
    ]
    mup = tiny("model.hidden=[[8], [16]]", "model.parametrization=mup", "model.base_width=8")
    assert ["rates of their own" in why_alone(spec) for spec in mup.runs] == [
        spec.config.model.hidden == (16,) for spec in mup.runs
    ]
    gradual = tiny("pruning.name=gradual", "pruning.target=0.5")
    assert all("gradual pruning" in why_alone(spec) for spec in gradual.runs)
    assert not why_alone(tiny("pruning.name=after", "pruning.target=0.5").runs[0])
