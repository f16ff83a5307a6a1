"""What `lrtui run` shows on standard error, from one snapshot of the board to the next."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from lrtui.cli.progress import Progress, _picture
from lrtui.engine.board import Board
from lrtui.study.datasets import DATA, Found
from lrtui.study.records import EpochRecord, FinderCurve, FinderPoint, RunStatus
from lrtui.study.resources import GpuUse, Resources
from lrtui.study.spec import Study
from lrtui.terminal import Terminal


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def shown(board: Board, width: int = 120) -> str:
    """Return the live picture as text."""
    console = Console(file=io.StringIO(), width=width)
    console.print(_picture(board.snapshot(), width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_sign_of_life_within_the_first_epoch(tiny: Callable[..., Study], clock: Clock) -> None:
    board = Board(tiny("train.batch_size=32").runs, clock=clock)
    board.begin("cpu", 1)
    progress = board.run_started(1, 0)
    assert "loading" in shown(board)
    board.run_loaded(1, 10, images=320, val_images=0)
    assert "measuring epoch 0" in shown(board)
    progress.evaluated = 250
    assert "measuring epoch 0  image 250/320" in shown(board)
    board.epoch_done(EpochRecord(1, 0, 2.3, 10.0, 2.3, 10.0, 0.1, 0.0, None, 1.0), 320)
    assert "epoch 0/3" in shown(board)
    assert "img/s" not in shown(board)
    clock.now += 8.0
    progress.step = 4
    picture = shown(board)
    assert "epoch 0/3  step  4/10" in picture
    assert "16 img/s" in picture
    assert "3:52 left" in picture  # (2.6 + 3 × 3) epochs of 20 s


def test_numbers_are_rows_and_arrays_of_images_are_images() -> None:
    table = DATA["points.csv"](name="points.csv", label="kind")
    arrays = DATA["points.npz"](name="points.npz")
    assert (DATA["digits"](name="digits").rows, table.rows, arrays.rows) == ("images", "rows", "rows")
    assert arrays.with_found(Found((2,), 4, 1.0)).rows == "rows"
    assert arrays.with_found(Found((1, 8, 8), 4, 1.0)).rows == "images"


def test_lines_of_ended_runs_count_them(
    tiny: Callable[..., Study], clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    board = Board(tiny("sweep.replicates=4", "optim.lr=0.1").runs, clock=clock)
    board.begin("cpu", 2)
    progress = Progress(Terminal(), quiet=False)
    for runs in ((3,), (1, 4)):
        for run in runs:
            board.run_started(run, 0)
            board.run_loaded(run, 10, images=320, val_images=0)
            board.epoch_done(EpochRecord(run, 0, 2.3, 10.0, 2.3, 10.0, 0.1, 0.0, None, 1.0), 320)
            board.run_ended(run, RunStatus.STOPPED)
        progress.update(board.snapshot())
    counted = [line.partition("  ")[0] for line in capsys.readouterr().err.splitlines()]
    assert counted == ["1 of 4 done · run 3", "2 of 4 done · run 1", "3 of 4 done · run 4"]


def test_a_range_test_counts_its_steps(tiny: Callable[..., Study], clock: Clock) -> None:
    board = Board(tiny("optim.lr=find").runs, clock=clock, find_only=True)
    board.begin("cpu", 1)
    board.run_started(1, 0)
    board.run_loaded(1, 10, images=320, val_images=0)
    board.finder_moved(1, FinderCurve(()))
    assert "step 0/100" in shown(board)
    clock.now += 1.0
    board.finder_moved(1, FinderCurve((FinderPoint(0.1, 1.0, 1.0),) * 37))
    picture = shown(board)
    assert "step 37/100" in picture
    assert "epoch" not in picture
    assert "left" in picture


def test_what_is_in_use_is_told_where_the_lanes_lose_no_room(tiny: Callable[..., Study], clock: Clock) -> None:
    board = Board(tiny("train.batch_size=32").runs, clock=clock)
    board.begin("cpu", 1)
    progress = board.run_started(1, 0)
    board.run_loaded(1, 10, images=320, val_images=0)
    board.epoch_done(EpochRecord(1, 0, 2.3, 10.0, 2.3, 10.0, 0.1, 0.0, None, 1.0), 320)
    clock.now += 8.0
    progress.step = 4
    before = {
        width: shown(board, width).splitlines()[0] for width in (80, 120, 200)
    }  # the speed is told to who looks first
    gpu = GpuUse(0, "GPU-0", 93.0, 21 * 2**30, 80 * 2**30, 310.0, 61.0)
    for gpus, width, told in (
        ((), 80, "cpu 187 %  mem 1.2 GiB  3:52 left"),
        ((gpu,), 80, "gpu 93 % 21/80 GiB 310 W 61 °C  3:52 left"),
        ((gpu,), 120, "cpu 187 %  gpu 93 % 21/80 GiB 310 W 61 °C  3:52 left"),
        ((gpu,), 200, "cpu 187 %  mem 1.2 GiB  gpu 93 % 21/80 GiB 310 W 61 °C  3:52 left"),
    ):
        board.measured(Resources(1.0, 1.0, 187.3, 90.0, int(1.2 * 2**30), 2**32, 2**34, gpus))
        lane, study = shown(board, width).splitlines()
        assert told in study
        assert lane.split()[:4] == before[width].split()[:4]
        assert "seed 1" in lane
