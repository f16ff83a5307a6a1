"""More epochs: a run goes on from the last weights of a shorter one to what it would be if trained whole, or says why not."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lrtui.session import Session
from lrtui.store import folder
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.extending import can_extend
from lrtui.study.records import StudyStatus
from lrtui.study.schedules import SCHEDULES, FunctionConfig
from lrtui.study.spec import RunSpec, Study

Tiny = Callable[..., Study]
Start = Callable[..., Session]
KEEP = ("train.keep=last", "sweep.replicates=1")


@pytest.fixture
def train(tiny: Tiny, train_study: Start) -> Callable[..., SavedStudy]:
    """Return a function that trains the tiny study with overrides."""

    def trained(*overrides: str, fresh: bool = False) -> SavedStudy:
        session = train_study(tiny(*overrides), fresh=fresh)
        assert session.wait(60)
        return open_study(session.path)

    return trained


Train = Callable[..., SavedStudy]


def texts(saved: SavedStudy) -> str:
    return "\n".join(event.text for event in saved.events)


def measured(saved: SavedStudy) -> list[pl.DataFrame]:
    """Return all numbers, without times and origins."""
    runs = saved.runs.drop("reused_from", "continued_from", pl.selectors.matches("seconds"))
    return [runs, saved.epochs.drop("seconds"), saved.layers, saved.curvature]


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("optim.name=nadam", "schedule.name=exponential", "schedule.s=40", "schedule.warmup=3"),
        (
            "optim.momentum=0.9",
            "model.dropout=0.2",
            "mc_dropout.samples=2",
            "health.measure=true",
            "curvature.measure=true",
            "model.batch_norm=before",
        ),
        ("schedule.name=performance", "schedule.patience=1", "optim.name=rmsprop"),
        (
            "schedule.name=piecewise",
            "schedule.boundaries=[1, 2]",
            "schedule.factors=[1, 0.5, 0.1]",
            "schedule.per=epoch",
        ),
        ("early_stopping.patience=2", "optim.lr=[0.5, 2.0]"),
        ("optim.lr=find", "data.name=digits"),
        ("optim.lr=[0.1, 1e9]", "model.hidden=[16, 16]"),
        ("pruning.name=after", "pruning.target=0.5", "regularization.max_norm=1.0", "model.activation=rrelu"),
    ],
)
def test_more_epochs_are_as_if_trained_whole(train: Train, more: tuple[str, ...]) -> None:
    short = train(*KEEP, *more, "train.epochs=3")
    longer = train(*KEEP, *more, "train.epochs=6")
    assert longer.status is StudyStatus.DONE
    assert set(longer.runs["continued_from"]) == {short.id}
    assert longer.runs["reused_from"].null_count() == len(longer.runs)
    assert f"of {short.id}" in texts(longer)
    whole = train(*KEEP, *more, "train.epochs=6", fresh=True)
    for mine, theirs in zip(measured(longer), measured(whole), strict=True):
        assert_frame_equal(mine, theirs, check_exact=True)
    again = train("sweep.replicates=1", *more, "train.epochs=6")
    assert again.runs["reused_from"].null_count() == 0


def test_it_goes_on_from_the_longest_and_the_origin_is_who_trained_the_first_epochs(train: Train) -> None:
    first = train(*KEEP, "train.epochs=2")
    second = train(*KEEP, "train.epochs=4")
    assert set(second.runs["continued_from"]) == {first.id}
    third = train(*KEEP, "train.epochs=5")
    assert "runs 1-2 go on from epoch 4" in texts(third)
    assert set(third.runs["continued_from"]) == {first.id}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("train.keep=last", "schedule.name=cosine"), "its schedule, cosine, depends on when training ends"),
        (("train.keep=last", "schedule.name=onecycle"), "its schedule, onecycle, depends on when training ends"),
        (("train.keep=last", "pruning.name=gradual", "pruning.target=0.5"), "gradual pruning depends on"),
        (("train.keep=best",), "its last weights were not kept (train.keep is best)"),
        ((), "its last weights were not kept (train.keep is none)"),
    ],
)
def test_it_says_why_it_trains_anew(train: Train, more: tuple[str, ...], why: str) -> None:
    short = train("sweep.replicates=1", *more, "train.epochs=2")
    longer = train("sweep.replicates=1", *more, "train.epochs=4")
    assert longer.runs["continued_from"].null_count() == 2
    assert f"runs 1-2: trained from the start, not on from the epochs of {short.id}: {why}" in texts(longer)


@pytest.mark.parametrize("how", ["gone", "damaged", "foreign"])
def test_kept_weights_that_are_of_no_use(train: Train, how: str) -> None:
    short = train(*KEEP, "train.epochs=2")
    one, two = (folder.kept_file(short.path, run) for run in (1, 2))
    if how == "gone":
        one.unlink()
    elif how == "damaged":
        one.write_bytes(one.read_bytes()[:-10])
    else:
        one.write_bytes(two.read_bytes())
    longer = train(*KEEP, "train.epochs=4")
    assert longer.runs["continued_from"].to_list() == [None, short.id]
    assert "run 1: trained from the start" in texts(longer)
    assert longer.status is StudyStatus.DONE


def test_what_is_taken_over_brings_what_is_to_be_kept(train: Train) -> None:
    plain = train("sweep.replicates=1")
    keeping = train(*KEEP)
    assert keeping.runs["reused_from"].null_count() == 2, f"{plain.id} kept nothing"
    again = train(*KEEP)
    assert set(again.runs["reused_from"]) == {keeping.id}
    for run in (1, 2):
        assert folder.kept_file(again.path, run).read_bytes() == folder.kept_file(keeping.path, run).read_bytes()
    assert not folder.kept_file(train("sweep.replicates=1").path, 1).exists()


def test_what_goes_on_can_be_resumed(train: Train, tiny: Tiny, train_study: Start, tmp_path: Path) -> None:
    train(*KEEP, "train.epochs=2")
    session = train_study(tiny(*KEEP, "train.epochs=400", "train.checkpoint_seconds=0"), lanes=1, fresh=False)
    while session.board.snapshot().runs[0].epochs_done < 4:
        assert not session.wait(0.01)
    session.stop_study()
    assert session.wait(60)
    document = json.loads((session.path / "study.json").read_text())
    assert document["origins"]
    resumed = Session.resume(session.path, data_dir=tmp_path / "data")
    assert resumed.wait(60)
    whole = train(*KEEP, "train.epochs=400", "train.checkpoint_seconds=0", fresh=True)
    assert_frame_equal(open_study(session.path).epochs.drop("seconds"), whole.epochs.drop("seconds"), check_exact=True)


def test_another_run_is_another_run(tiny: Tiny) -> None:
    def spec(*overrides: str) -> RunSpec:
        return tiny("train.keep=last", *overrides).runs[0]

    assert can_extend(spec(), spec("train.epochs=9")) is None
    assert can_extend(spec(), spec("train.epochs=9", "train.keep=none", "indicators.window=5")) is None
    assert can_extend(spec(), spec("train.epochs=3")) == "it has 3 epochs already"
    assert can_extend(spec(), spec("train.epochs=9", "optim.momentum=0.5")) == "it is another run"
    assert can_extend(spec(), replace(spec("train.epochs=9"), seed=77)) == "it is another run"


SETTINGS = {
    "power": {"s": 5},
    "exponential": {"s": 7},
    "piecewise": {"boundaries": (3, 9), "factors": (1.0, 0.5, 0.1)},
    "warm_restarts": {"period": 4},
    "wsd": {"cooldown": 190},
    "cyclical": {"half_period": 3, "momentum_high": 0.9, "momentum_low": 0.5},
}


@pytest.mark.parametrize("name", [name for name, kind in SCHEDULES.items() if issubclass(kind, FunctionConfig)])
@given(data=st.data())
def test_a_schedule_says_whether_it_depends_on_the_end(name: str, data: st.DataObject) -> None:
    config = SCHEDULES[name](**SETTINGS.get(name, {}))
    assert isinstance(config, FunctionConfig)
    spans = (data.draw(st.integers(30, 200)), data.draw(st.integers(300, 400)))
    moments = range(30)
    rates = [[(config.factor(t, span), config.momentum(t, span)) for t in moments] for span in spans]
    assert (rates[0] != rates[1]) == config.depends_on_end


def test_cool_downs_go_on_from_the_trunk_they_share(train: Train) -> None:
    """Of one run at a constant rate there are branches of several lengths, each as if trained whole."""
    trunk = train(*KEEP, "optim.momentum=0.9", "schedule.per=epoch", "train.epochs=3")
    wsd = (
        "sweep.replicates=1",
        "optim.lr=0.1",
        "optim.momentum=0.9",
        "schedule.name=wsd",
        "schedule.per=epoch",
        "schedule.cooldown=2",
    )
    branches = train(*wsd, "train.epochs=[4, 5, 6]")
    assert branches.runs["continued_from"].to_list() == [None, trunk.id, trunk.id]  # of 4 epochs, 2 are the trunk's
    whole = train(*wsd, "train.epochs=[4, 5, 6]", fresh=True)
    for one, other in zip(measured(branches), measured(whole), strict=True):
        assert_frame_equal(one, other)
