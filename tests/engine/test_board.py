"""The board: what trainers write is what screens read."""

from collections.abc import Callable

import pytest

from lrtui.engine.board import Board
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import Study


def record(run: int, epoch: int, seconds: float = 2.0) -> EpochRecord:
    return EpochRecord(run, epoch, 1.0, 50.0, 1.0, 50.0, 0.1, 0.0, None, seconds)


def test_a_run_goes_from_waiting_over_running_to_done(tiny: Callable[..., Study]) -> None:
    board = Board(tiny().runs)
    assert board.snapshot().status is StudyStatus.PREPARING
    board.begin("cpu", 2)
    progress = board.run_started(1, 0, 10)
    progress.step = 7
    board.epoch_done(record(1, 0), 320)
    progress.step = 4
    snapshot = board.snapshot()
    assert snapshot.status is StudyStatus.RUNNING
    assert [state.status for state in snapshot.runs] == [RunStatus.RUNNING] + [RunStatus.WAITING] * 3
    assert snapshot.running[0].step == 4
    board.run_ended(1, RunStatus.DONE)
    board.end(StudyStatus.DONE)
    assert board.snapshot().runs_ended == 1
    assert board.snapshot().seconds_left is None


def test_unchanged_runs_are_the_same_object_in_the_next_snapshot(tiny: Callable[..., Study]) -> None:
    board = Board(tiny().runs)
    board.begin("cpu", 1)
    board.run_started(1, 0, 10)
    first = board.snapshot()
    board.epoch_done(record(1, 0), 320)
    second = board.snapshot()
    assert first.runs[0] is not second.runs[0]
    assert all(before is after for before, after in zip(first.runs[1:], second.runs[1:], strict=True))
    assert first.runs[0].records == ()


def test_time_left_is_what_the_measured_epochs_cost_over_the_lanes(tiny: Callable[..., Study]) -> None:
    board = Board(tiny().runs)  # 4 runs × 3 epochs
    board.begin("cpu", 2)
    assert board.snapshot().seconds_left is None
    board.run_started(1, 0, 10)
    board.epoch_done(record(1, 0, seconds=100.0), 320)
    assert board.snapshot().seconds_left is None  # epoch 0 is no training epoch
    board.epoch_done(record(1, 1, seconds=2.0), 320)
    assert board.snapshot().seconds_left == pytest.approx((2 + 3 * 3) * 2.0 / 2)


def test_time_left_is_never_less_than_the_longest_run(tiny: Callable[..., Study]) -> None:
    board = Board(tiny().runs[:1])
    board.begin("cpu", 4)
    board.run_started(1, 0, 10)
    board.epoch_done(record(1, 0), 320)
    board.epoch_done(record(1, 1, seconds=2.0), 320)
    assert board.snapshot().seconds_left == pytest.approx(4.0)
