"""`lrtui run` as a process: signals, kills, a disk that fills, and what it imports."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrtui.store import folder, parts
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import StudyStatus

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")]

LONG = ["run", "quickstart", "--device", "cpu", "--set", "train.epochs=5000", "--set", "sweep.replicates=1"]


def start(runs_dir: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lrtui", *arguments, "--runs-dir", str(runs_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def epochs_on_disk(runs_dir: Path) -> int:
    """Return how many epochs are on disk."""
    return sum(len(parts.read(study, folder.EPOCHS_FILE).rows) for study in runs_dir.glob("2*"))


def wait_for_epochs(process: subprocess.Popen[str], runs_dir: Path, count: int) -> None:
    """Wait until the process has put `count` epochs on disk."""
    deadline = time.monotonic() + 180
    while epochs_on_disk(runs_dir) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "too few epochs on disk after three minutes"
        time.sleep(0.02)


def only_study(runs_dir: Path) -> SavedStudy:
    (path,) = runs_dir.iterdir()
    return open_study(path)


def assert_whole(saved: SavedStudy) -> None:
    """Every run's epochs are there from 0 on without a gap."""
    for _, rows in saved.epochs.group_by("run"):
        assert sorted(rows["epoch"].to_list()) == list(range(len(rows)))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_the_rows_and_prints_the_table(number: int, status: int, tmp_path: Path) -> None:
    process = start(tmp_path / "runs", *LONG)
    wait_for_epochs(process, tmp_path / "runs", 6)
    process.send_signal(number)
    out, err = process.communicate(timeout=180)
    assert process.returncode == status, err
    assert "stopped" in out
    assert "Traceback" not in err
    saved = only_study(tmp_path / "runs")
    assert saved.status is StudyStatus.STOPPED
    assert len(saved.epochs) >= 6
    assert_whole(saved)


def test_an_interrupted_run_still_prints_its_json_document(tmp_path: Path) -> None:
    process = start(tmp_path / "runs", *LONG, "--json")
    wait_for_epochs(process, tmp_path / "runs", 4)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=180)
    assert process.returncode == 130
    assert json.loads(out)["status"] == "stopped"


def test_a_killed_study_opens_with_every_finished_epoch(tmp_path: Path) -> None:
    process = start(tmp_path / "runs", *LONG)
    wait_for_epochs(process, tmp_path / "runs", 8)
    process.kill()
    process.communicate(timeout=180)
    saved = only_study(tmp_path / "runs")
    assert saved.status is StudyStatus.INTERRUPTED
    assert len(saved.epochs) >= 8
    assert "interrupted" in saved.runs["status"].to_list()
    assert_whole(saved)


def test_a_disk_that_refuses_more_ends_the_study_with_what_it_has(tmp_path: Path) -> None:
    process = start(
        tmp_path / "runs",
        *("run", "quickstart", "--device", "cpu", "--lanes", "1", "--set", "train.epochs=60"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),  # a few runs' epochs
    )
    out, err = process.communicate(timeout=180)
    assert process.returncode == 1, err
    assert "cannot write the study: File too large" in err
    assert "Traceback" not in err
    assert "Saved incompletely as" in out
    saved = only_study(tmp_path / "runs")
    assert saved.status is StudyStatus.FAILED
    assert saved.message == "cannot write the study: File too large"
    assert saved.runs["status"].to_list()[0] == "done"
    assert len(saved.epochs) >= 5
    assert_whole(saved)


def lrtui(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lrtui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, check=False)


def test_an_output_without_unicode_shows_what_it_can() -> None:
    result = lrtui("show", "quickstart", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert lrtui("presets", PYTHONIOENCODING="ascii").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_that_takes_nothing_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "lrtui", "presets"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == "lrtui: cannot write to standard output: No space left on device\n"


def imported_by(statement: str) -> set[str]:
    """Return the top-level modules in `sys.modules` of a fresh interpreter after `statement`."""
    script = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_command_line_imports_nothing_heavy() -> None:
    assert not imported_by("import lrtui.cli") & {"torch", "torchvision", "textual", "polars", "numpy", "pydantic"}


@pytest.mark.parametrize("room", ["study.preset", "book.paper", "store.reader", "store.writer", "report.document"])
def test_reading_a_study_needs_no_torch(room: str) -> None:
    assert not imported_by(f"import lrtui.{room}") & {"torch", "torchvision", "textual"}


def test_nothing_but_the_workbench_imports_textual() -> None:
    assert "textual" not in imported_by("import lrtui.session, lrtui.cli.run, lrtui.cli.listings")
