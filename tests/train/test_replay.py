"""Recorded steps: with a stand-in for a GPU, what is replayed is what would have been called."""

from collections.abc import Callable
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
import torch

from lrtui.study.spec import Study
from lrtui.train import rows
from lrtui.train.replay import Pace, Replay
from lrtui.train.stack import Stack
from tests.train import stand_in
from tests.train.test_stack import BASE, CNN, RATES, Steps, alone, assert_close, placed, stacked, training

Tiny = Callable[..., Study]
CUDA = torch.device("cuda")


def on_a_gpu(monkeypatch: pytest.MonkeyPatch, *, records: bool = True) -> None:
    """Have stacks record their steps."""
    stand_in.install(monkeypatch, records=records)
    monkeypatch.setattr(rows, "Replay", lambda _, generators: Replay(CUDA, generators))


@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
@pytest.mark.parametrize("size", [16, 25, 100], ids=["the last batch smaller", "all alike", "one batch an epoch"])
def test_replayed_steps_come_to_what_the_plain_loop_comes_to(
    tiny: Tiny, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, network: tuple[str, ...], size: int
) -> None:
    base = BASE[:-1] if network else BASE
    said = [*base, *network, RATES, f"train.batch_size={size}", "train.epochs=3", "optim.name=nadam"]
    study = tiny(*said, "schedule.name=onecycle", "model.dropout=0.2", "model.batch_norm=before", "optim.clip_norm=1.0",
                 "regularization.l1=1e-4", "regularization.max_norm=1.0", "health.measure=true")  # fmt: skip
    data = placed(study.runs[0], torch.float64, tmp_path)
    expected = alone(study.runs, data)
    on_a_gpu(monkeypatch)
    trainings = [training(spec, data) for spec in study.runs]
    steps = -(-75 // size)
    assert_close(stacked(trainings, data), expected, 2e-6)
    assert stand_in.Graph.replays == 3 * steps


def test_more_batches_than_are_sampled_for_norms(tiny: Tiny, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    study = tiny(*BASE, RATES, "train.batch_size=2", "optim.momentum=0.5")
    data = placed(study.runs[0], torch.float64, tmp_path)
    expected = alone(study.runs, data)
    on_a_gpu(monkeypatch)
    assert_close(stacked([training(spec, data) for spec in study.runs], data), expected, 1e-9)


def test_runs_that_end_earlier_leave_recorded_stacks(
    tiny: Tiny, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny(*BASE, "optim.lr=1e-2", "train.epochs=[1, 2, 3, 5]", "model.dropout=0.2", "optim.name=adam")
    data = placed(study.runs[0], torch.float64, tmp_path)
    expected = alone(study.runs, data)
    on_a_gpu(monkeypatch)
    assert_close(stacked([training(spec, data) for spec in study.runs], data, width=3), expected, 1e-9)


def test_a_step_that_cannot_be_recorded_is_called(tiny: Tiny, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    study = tiny(*BASE, RATES, "model.dropout=0.2")
    data = placed(study.runs[0], torch.float64, tmp_path)
    expected = alone(study.runs, data)
    on_a_gpu(monkeypatch, records=False)
    trainings = [training(spec, data) for spec in study.runs]
    stack = Stack(trainings, data, 100)
    found: dict[int, list[Any]] = {spec.run: [] for spec in study.runs}
    stops = {run: Event() for run in found}
    for one, news in stack.run({run: Steps() for run in found}, stops):
        found[one.spec.run].append(news)
    assert_close(found, expected, 1e-9)
    assert stack.note.startswith(
        "a step could not be recorded as a CUDA graph, and is launched each time: operation not"
    )
    assert "\n" not in stack.note


def test_memory_that_runs_out_while_recording_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(monkeypatch)

    def step() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        Replay(CUDA).step("kind", step, [torch.zeros(1)])


def test_the_host_looks_up_every_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(monkeypatch)
    now = 0.0
    monkeypatch.setattr("lrtui.train.replay.time.monotonic", lambda: now)
    pace, streams = Pace(CUDA), [stand_in.Stream()]
    looked = []
    for step in range(100):
        now += 0.001  # what a step takes
        if pace.waits(streams):  # type: ignore[arg-type]
            looked.append(step)
    assert 4 <= len(looked) <= 7
    assert max(later - one for one, later in pairwise(looked)) <= 21
    assert all(Pace(torch.device("cpu")).waits([None]) for _ in range(5))
