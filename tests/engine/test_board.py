"""The board: what trainers write is what screens read."""

from collections.abc import Callable

import pytest

from lrtui.engine.board import Board
from lrtui.study.records import EpochRecord, FinderCurve, FinderPoint, RunStatus, StudyStatus
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


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_images_per_second_and_time_left_are_told_from_the_first_batches(tiny: Callable[..., Study]) -> None:
    clock = Clock()
    board = Board(tiny("train.batch_size=32", "train.epochs=3").runs, clock=clock)  # 4 runs of 10 steps
    board.begin("cpu", 1)
    progress = board.run_started(1, 0)
    clock.now += 5.0  # the data is loaded
    board.run_loaded(1, 10, images=320, val_images=80)
    clock.now += 4.0
    board.epoch_done(record(1, 0, seconds=4.0), 320)
    assert board.snapshot().images_per_second == 0.0
    assert board.snapshot().seconds_left is None
    for step in range(1, 5):
        clock.now += 2.0
        progress.step = step
        board.snapshot()
    snapshot = board.snapshot()
    assert snapshot.running[0].step == 4
    assert snapshot.images_per_second == pytest.approx(32 / 2.0)
    epoch = 10 * 2.0 + 4.0 * 80 / 400  # its steps, and the validation as epoch 0 had it
    assert snapshot.seconds_left == pytest.approx((3 - 0.4 + 3 * 3) * epoch)
    progress.step = 10
    clock.now += 12.0 + 0.8
    board.epoch_done(record(1, 1, seconds=20.8), 320)
    after = board.snapshot()
    assert after.images_per_second == pytest.approx(320 / 20.8)
    assert after.seconds_left == pytest.approx((2 + 3 * 3) * 20.8)


def test_images_of_several_lanes_are_added_and_a_stopped_run_takes_none_away(tiny: Callable[..., Study]) -> None:
    clock = Clock()
    board = Board(tiny("train.batch_size=32").runs, clock=clock)
    board.begin("cpu", 2)
    counters = [board.run_started(run, run - 1) for run in (1, 2)]
    for run in (1, 2):
        board.run_loaded(run, 10, images=310, val_images=80)
        board.epoch_done(record(run, 0), 310)
    board.snapshot()
    clock.now += 1.0
    counters[0].step, counters[1].step = 10, 5  # the last batch is a small one
    assert board.snapshot().images_per_second == pytest.approx(310 + 160)
    board.run_ended(2, RunStatus.STOPPED)
    assert board.snapshot().images_per_second == pytest.approx(310 + 160)
    clock.now += 60.0
    for _ in range(3):
        clock.now += 30.0
        rate = board.snapshot().images_per_second
    assert rate == 0.0, "the window slides on"


def test_a_range_test_counts_its_steps(tiny: Callable[..., Study]) -> None:
    clock = Clock()
    study = tiny("train.batch_size=32", "finder.iterations=100", "optim.lr=find")
    board = Board(study.runs, clock=clock, find_only=True)  # 2 runs
    board.begin("cpu", 1)
    board.run_started(1, 0)
    board.run_loaded(1, 10, images=320, val_images=80)
    board.finder_moved(1, FinderCurve(()))
    state = board.snapshot().running[0]
    assert (state.searching, state.search_step, state.search_steps) == (True, 0, 100)
    assert board.snapshot().seconds_left is None
    clock.now += 10.0
    board.finder_moved(1, FinderCurve((FinderPoint(0.1, 1.0, 1.0),) * 20))
    snapshot = board.snapshot()
    assert snapshot.running[0].search_step == 20
    assert snapshot.images_per_second == pytest.approx(20 * 32 / 10)
    assert snapshot.seconds_left == pytest.approx((80 + 100) * 0.5)
    clock.now += 10.0
    for _ in range(2):  # told twice that it is over
        board.finder_moved(1, FinderCurve((FinderPoint(0.1, 1.0, 1.0),) * 40, over=True))
    board.run_ended(1, RunStatus.DONE)
    after = board.snapshot()
    assert not after.runs[0].searching
    assert after.images_per_second == pytest.approx(40 * 32 / 20)
    assert after.seconds_left == pytest.approx(100 * 0.5)
    assert sum("range test of" in event.text for event in after.events) == 1


def test_the_duration_ends_with_the_last_run_not_with_the_saving(tiny: Callable[..., Study]) -> None:
    clock = Clock()
    board = Board(tiny().runs, clock=clock)
    board.begin("cpu", 1)
    clock.now += 14.4
    board.saving()
    clock.now += 5.0
    assert (board.snapshot().status, board.snapshot().elapsed) == (StudyStatus.SAVING, pytest.approx(14.4))
    assert board.snapshot().seconds_left is None
    board.end(StudyStatus.DONE)
    assert board.snapshot().elapsed == pytest.approx(14.4)


def test_a_range_test_without_a_step_costs_nothing_known_beside_runs_that_train(tiny: Callable[..., Study]) -> None:
    board = Board(tiny("finder.iterations=100").runs)
    board.begin("cpu", 2)
    board.run_started(1, 0, 10)
    board.epoch_done(record(1, 0), 320)
    board.epoch_done(record(1, 1, seconds=2.0), 320)
    board.run_started(2, 1, 10)
    board.finder_moved(2, FinderCurve(()))
    assert board.snapshot().seconds_left == pytest.approx((2 + 3 * 3) * 2.0 / 2)
