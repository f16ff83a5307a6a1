"""Half precision and int8 after training: fewer bytes, and nearly the same loss."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import torch

from lrtui.data import own
from lrtui.data.load import load
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study.activations import ACTIVATIONS
from lrtui.study.records import Outcome
from lrtui.study.spec import Study
from lrtui.train.loop import train
from lrtui.train.tensors import TrainingData

BOTH = "inference.dtypes=['float16', 'bfloat16']"
ALL = "inference.dtypes=['int8', 'float16', 'bfloat16']"


def outcome_of(study: Study) -> Outcome:
    spec = study.runs[1]
    data = TrainingData.place(load(spec.config.data, None), spec.config.model.layout, torch.device("cpu"))
    *_, outcome = train(spec, data, SimpleNamespace(step=0), Event())
    assert isinstance(outcome, Outcome)
    return outcome


def test_half_the_bytes_and_nearly_the_same_loss(tiny: Callable[..., Study]) -> None:
    outcome = outcome_of(tiny(BOTH))
    whole, *halves = outcome.inference
    assert [figures.dtype for figures in outcome.inference] == ["float32", "float16", "bfloat16"]
    assert (whole.accuracy, whole.loss) == (outcome.test_accuracy, pytest.approx(outcome.test_loss))
    for half in halves:
        assert half.bytes == whole.bytes // 2
        assert half.seconds > 0
        assert half.loss == pytest.approx(whole.loss, rel=0.02)
        assert half.loss != whole.loss
    assert outcome_of(tiny()).inference == ()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("network", [(), ("model.name=cnn", "model.channels=[4]", "model.dense=[8]")])
def test_every_network_can_be_measured(activation: str, network: tuple[str, ...], tiny: Callable[..., Study]) -> None:
    said = (
        "train.epochs=1",
        "model.batch_norm=before",
        "model.dropout=0.1",
        f"model.activation={activation}",
        *network,
    )
    outcome = outcome_of(tiny(ALL, *said))
    assert [figures.dtype for figures in outcome.inference] == ["float32", "float16", "bfloat16", "int8"]
    assert [other.loss for other in outcome.inference[1:]] == [pytest.approx(outcome.test_loss, rel=0.05)] * 3


def test_int8_takes_about_a_quarter_of_the_bytes(tiny: Callable[..., Study]) -> None:
    outcome = outcome_of(tiny("inference.dtypes=['int8']"))
    whole, small = outcome.inference
    assert small.dtype == "int8"
    assert whole.bytes / 4 < small.bytes < whole.bytes / 3
    assert small.loss == pytest.approx(whole.loss, rel=0.02)
    assert small.loss != whole.loss


def test_it_is_kept(tiny: Callable[..., Study], train_study: Callable[..., Session], tmp_path: Path) -> None:
    session = train_study(tiny(ALL, "train.epochs=1"))
    assert session.wait(60)
    saved = open_study(session.path)
    states = session.board.snapshot().runs
    assert [state.outcome for state in saved.states] == [state.outcome for state in states]
    assert saved.runs["float16_bytes"].to_list() == [
        state.outcome.inference[1].bytes for state in states if state.outcome
    ]


@pytest.mark.parametrize("family", ["lstm", "transformer"])
def test_the_tokens_of_a_text_stay_what_they_are_in_half_precision(family: str, tiny: Callable[..., Study]) -> None:
    keys = ("data.name=constitution", "data.train_limit=32", "data.val_limit=16", "data.context=8", "train.epochs=1")
    small = ("model.width=8", "model.depth=1", 'inference.dtypes=["bfloat16"]')
    spec = tiny(f"model.name={family}", "task.name=next_token", *keys, *small).runs[1]
    text = own.load(spec.config.data, spec.config.task, "")
    data = TrainingData.place(text, spec.config.model.layout, torch.device("cpu"))
    *_, outcome = train(spec, data, SimpleNamespace(step=0), Event())
    assert isinstance(outcome, Outcome)
    assert [one.dtype for one in outcome.inference] == ["float32", "bfloat16"]
    assert outcome.inference[1].loss == pytest.approx(outcome.inference[0].loss, rel=0.05)
