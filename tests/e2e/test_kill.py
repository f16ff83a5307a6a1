"""SIGKILL at random steps: what is resumed comes to the rows of a study that nothing happened to."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from lrtui.errors import InputError
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import StudyStatus

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")]

PRESET = """
title = "Kill me"
[data]
name = "digits"
train_limit = 640
[model]
name = "mlp"
hidden = [32, 16]
dropout = 0.2
[optim]
name = "adam"
[schedule]
name = "performance"
patience = 2
[early_stopping]
patience = 30
[train]
epochs = 40
batch_size = 16
checkpoint_seconds = 0
[health]
measure = true
images = 64
[sweep]
"optim.lr" = [1e-3, 1e-2]
"""


def lrtui(*arguments: object) -> subprocess.Popen[bytes]:
    """Start the program; what it prints does not matter."""
    command = [sys.executable, "-m", "lrtui", *map(str, arguments), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err.decode()


def rows(runs_dir: Path) -> int:
    """Return how many epochs of the only study are on disk; 0 as long as there is no study."""
    try:
        return sum(len(open_study(folder).epochs) for folder in runs_dir.iterdir())
    except (InputError, OSError):
        return 0


def kill_after(process: subprocess.Popen[bytes], runs_dir: Path, epochs: int, pause: float) -> None:
    """Kill a process `pause` seconds after so many more epochs are on disk than there were."""
    deadline, wanted = time.monotonic() + 180, rows(runs_dir) + epochs
    while rows(runs_dir) < wanted and process.poll() is None:
        assert time.monotonic() < deadline, "too few epochs on disk after three minutes"
        time.sleep(0.02)
    time.sleep(pause)  # into an epoch, or a write
    process.kill()
    process.communicate()


def tables(saved: SavedStudy) -> list[pl.DataFrame]:
    """Return all that was measured, but for wall times."""
    frames = [saved.runs, saved.epochs, saved.layers]
    return [frame.select(name for name in frame.columns if "seconds" not in name) for frame in frames]


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("preset") / "kill.toml"
    path.write_text(PRESET)
    return path


@pytest.fixture(scope="module")
def whole(preset: Path) -> SavedStudy:
    """Return the study that nothing happened to."""
    finish(lrtui("run", preset, "--fresh", "--device", "cpu", "--runs-dir", preset.parent / "runs"))
    return open_study(next((preset.parent / "runs").iterdir()))


@pytest.mark.parametrize("lanes", [1, 2])
def test_a_killed_study_is_resumed_to_the_same_rows(
    lanes: int, preset: Path, whole: SavedStudy, tmp_path: Path
) -> None:
    draw, stormy = random.Random(lanes), tmp_path / "stormy"
    begin = ("run", preset, "--fresh", "--device", "cpu", "--lanes", lanes, "--runs-dir")
    kill_after(lrtui(*begin, stormy), stormy, draw.randrange(1, 25), draw.uniform(0, 0.05))
    (study,) = stormy.iterdir()
    seen = open_study(study)
    assert seen.status is StudyStatus.INTERRUPTED
    kill_after(lrtui("resume", study), stormy, draw.randrange(1, 25), draw.uniform(0, 0.05))
    finish(lrtui("resume", "last", "--runs-dir", stormy))

    saved = open_study(study)
    assert saved.status is StudyStatus.DONE
    for one, other in zip(tables(saved), tables(whole), strict=True):
        assert one.equals(other)
    # what was on disk before the kill is still there as it was, seconds too
    assert (
        saved.epochs.join(seen.epochs, on=seen.epochs.columns, how="semi", nulls_equal=True).height
        == seen.epochs.height
    )
    assert [sitting.status.value for sitting in saved.sittings] == ["interrupted", "interrupted", "done"]
    assert not (study / "checkpoints").exists()
