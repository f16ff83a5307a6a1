"""What saving costs: runs of a large study beside those of a small one, and epochs of a tiny run with and without the disk.

usage: python bench/store.py [--quick]. Studies are saved under the current folder; put it on the disk that is meant.
"""

import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from common import ratio, say

from lrtui.session import Session
from lrtui.store.tables import Tables
from lrtui.store.writer import StudyWriter
from lrtui.study import preset
from lrtui.study.spec import Study

TINY = """
title = "Tiny"
data.name = "synthetic"
data.train_limit = 64
data.val_limit = 32
model.name = "mlp"
model.hidden = [4]
optim.name = "sgd"
train.batch_size = 32
train.epochs = {epochs}
[sweep]
"optim.lr" = [{rates}]
replicates = {replicates}
"""


def study_of(folder: Path, *, runs: int, epochs: int) -> Study:
    """Return a study of so many tiny runs."""
    rates = ", ".join(f"{(number + 1) * 1e-5:.5f}" for number in range(max(1, runs // 5)))
    (folder / "tiny.toml").write_text(TINY.format(epochs=epochs, rates=rates, replicates=min(5, runs)))
    return preset.load_file(folder / "tiny.toml")


def seconds_of(study: Study, lanes: int) -> tuple[float, list[float]]:
    """Return how long a study took, its saving too, and how long each picture of it took meanwhile."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        began = time.perf_counter()
        session = Session.start(
            study, device="cpu", lanes=lanes, fresh=True, runs_dir=Path(folder), data_dir=Path(folder)
        )
        pictures = []
        while not session.wait(0.2):
            looked = time.perf_counter()
            session.board.snapshot()
            pictures.append(time.perf_counter() - looked)
        if session.error is not None:
            raise session.error
        return time.perf_counter() - began, pictures


@contextlib.contextmanager
def no_disk() -> Iterator[None]:
    """Keep nothing: what is handed over is shown at once."""
    with (
        mock.patch.object(StudyWriter, "_keep", lambda *_: None),
        mock.patch.object(StudyWriter, "_settle", lambda *_: None),
        mock.patch.object(Tables, "compact", lambda *_: None),
    ):
        yield


def growth(folder: Path, small: int, large: int) -> None:
    """Compare a run of a large study with one of a small one."""
    each: dict[int, list[float]] = {small: [], large: []}
    pictures: dict[int, list[float]] = {}
    for runs in (small, small, large, small):
        seconds, pictures[runs] = seconds_of(study_of(folder, runs=runs, epochs=1), lanes=2)
        each[runs].append(seconds / runs * 1000)
        print(f"  {runs} runs: {seconds:.1f} s", file=sys.stderr, flush=True)
    milliseconds = {runs: statistics.median(found) for runs, found in each.items()}
    document = {
        "benchmark": "a run of one tiny epoch, two lanes",
        "milliseconds a run": {str(runs): round(found, 2) for runs, found in milliseconds.items()},
        "ratio": round(milliseconds[large] / milliseconds[small], 3),
        "milliseconds a picture": {
            str(runs): round(statistics.median(found) * 1000, 2) for runs, found in pictures.items()
        },
    }
    print(json.dumps(document, indent=2), flush=True)


def epochs(folder: Path, number: int, repeats: int) -> None:
    """Compare a tiny run of many epochs with and without the disk."""
    study = study_of(folder, runs=1, epochs=number)
    times: dict[str, list[float]] = {"with the disk": [], "without": []}
    for turn in range(repeats):
        for name in times if turn % 2 else reversed(times):
            with no_disk() if name == "without" else contextlib.nullcontext():
                times[name].append(seconds_of(study, lanes=1)[0])
            print(f"  {number} epochs {name}: {times[name][-1]:.2f} s", file=sys.stderr, flush=True)
    say(f"{number} epochs of one tiny run", times, {"the disk": ratio(times, "with the disk", "without")})


def main() -> None:
    """Run both."""
    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        epochs(Path(folder), 2000 if quick else 20000, 3)
        growth(Path(folder), 100, 1000 if quick else 5000)


if __name__ == "__main__":
    main()
