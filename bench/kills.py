"""Kills at random moments: `python bench/kills.py [KILLS] [SEED]`, 1,000 and 1 unless given.

A small study is trained in a process of its own, which is killed (SIGKILL) at a random moment; another goes on with it and
is killed in its turn, until one comes to the study's end. After every kill the study is opened: each epoch that its Board
had shown before must be there as it was shown. At the end every row must be that of a study never interrupted, `==` in
every column but the seconds. Processes are forked off one that has loaded the libraries, so that most of their time is training.
"""

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import astuple, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import polars as pl

from lrtui import paths
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study import preset
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import Study

CONTEXT = multiprocessing.get_context("forkserver")
LOOK_SECONDS = 0.002
KILLS_A_STUDY = 12
HUNG_SECONDS = 120
PRESET = """
title = "Killed at random moments"
[data]
name = "digits"
train_limit = 192
val_limit = 64
[model]
name = "mlp"
hidden = [24, 16]
[optim]
name = "sgd"
lr = 0.05
[train]
epochs = 8
checkpoint_seconds = CHECKPOINT_SECONDS
[sweep]
replicates = 2
[variants.momentum-onecycle-pruned]
optim.momentum = 0.9
schedule.name = "onecycle"
pruning = { name = "gradual", target = 0.5 }
[variants.nadam-dropout]
optim = { name = "nadam", lr = 3e-3 }
model.dropout = 0.3
[variants.rmsprop-rrelu-early]
optim = { name = "rmsprop", lr = 1e-2 }
model.activation = "rrelu"
early_stopping = { patience = 2, restore_best = true }
[variants.found-performance]
optim.lr = "find"
finder.iterations = 60
schedule = { name = "performance", patience = 1 }
health.measure = true
"""


def trainer(study: Study | None, runs_dir: Path, lanes: int, announced: Path) -> BaseProcess:
    """Return a process, begun, that trains a study, or goes on with the one there is."""
    process = CONTEXT.Process(target=train, args=(study, runs_dir, lanes, announced))
    process.start()
    return process


def train(study: Study | None, runs_dir: Path, lanes: int, announced: Path) -> None:
    """Train a study, or go on with the one there is; add every epoch that the Board shows to the file `announced`."""
    data_dir, file = paths.data_dir(), os.open(announced, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if study is None:
        session = Session.resume(saved(runs_dir), device="cpu", lanes=lanes, data_dir=data_dir)
    else:
        session = Session.start(study, device="cpu", lanes=lanes, fresh=True, runs_dir=runs_dir, data_dir=data_dir)
    shown: Counter[int] = Counter()
    over = False
    while not over:
        over = session.wait(LOOK_SECONDS)
        for state in session.board.snapshot().runs:
            for record in state.records[shown[state.spec.run] :]:
                os.write(file, f"{line(record)}\n".encode())
            shown[state.spec.run] = len(state.records)
    sys.exit(session.error is not None)


def line(record: EpochRecord) -> str:
    """Return an epoch as text, without its layers and its seconds."""
    return repr(astuple(replace(record, layers=(), seconds=0.0)))


def saved(runs_dir: Path) -> Path:
    """Return the one study of a runs folder."""
    (path,) = (path.parent for path in runs_dir.glob("*/study.json"))
    return path


def rows(path: Path) -> tuple[pl.DataFrame, ...]:
    """Return what a study came to, without what depends on the clock and the folder."""
    study = open_study(path)
    timed = [name for name in study.runs.columns if "seconds" in name]
    return study.epochs.drop("seconds"), study.layers, study.finder, study.runs.drop([*timed, "lane"], strict=False)


def lines(file: Path) -> set[str]:
    """Return the lines of a file whose writer may have been killed; a last one that is torn was not yet said."""
    return {said.decode() for said in file.read_bytes().split(b"\n")[:-1]} if file.exists() else set()


def one_study(
    study: Study, whole: tuple[pl.DataFrame, ...], seconds: float, draw: random.Random, left: int
) -> Counter[str]:
    """Train one study through as many kills as its luck brings, at most `left`; return what was counted."""
    found: Counter[str] = Counter(studies=1)
    with tempfile.TemporaryDirectory() as folder:
        runs_dir, file = Path(folder) / "runs", Path(folder) / "announced"
        begun = False
        while True:
            child = trainer(None if begun else study, runs_dir, draw.choice([1, 2]), file)
            if found["kills"] < min(left, KILLS_A_STUDY):
                child.join(draw.uniform(0, 1.1 * seconds))
                child.kill()
            child.join(HUNG_SECONDS)
            if child.exitcode is None:
                found["hung"] += 1
                break
            announced = lines(file)
            begun = any(runs_dir.glob("*/study.json"))
            if child.exitcode >= 0:
                found["failed"] += child.exitcode != 0
                break
            found["kills"] += 1
            found["before anything was saved"] += not begun
            if begun:
                ended = open_study(saved(runs_dir))
                kept = {line(record) for state in ended.states for record in state.records}
                found["announced epochs lost"] += len(announced - kept)
                if ended.status is StudyStatus.DONE:  # killed with nothing left to do
                    break
        found["announced epochs"] += len(announced)
        path = saved(runs_dir)
        done = all(state.status is RunStatus.DONE for state in open_study(path).states)
        same = all(a.equals(b, null_equal=True) for a, b in zip(rows(path), whole, strict=True))
        found["studies not resumed to the same rows"] += not (done and same)
        found["checkpoints left"] += (
            len(list((path / "checkpoints").glob("*"))) if (path / "checkpoints").exists() else 0
        )
    return found


def main() -> None:
    """Kill, resume, compare; print the counts."""
    kills, seed = (int(sys.argv[1]) if len(sys.argv) > 1 else 1000), (int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    draw, total = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        studies = []
        for number, every in enumerate(("0", "0.2", "10")):
            file = Path(folder) / f"kills-{number}.toml"
            file.write_text(PRESET.replace("CHECKPOINT_SECONDS", every))
            studies.append(preset.load(str(file)))
        CONTEXT.set_forkserver_preload(["lrtui.session", "lrtui.store.reader", "torch", "polars"])
        CONTEXT.Process(target=time.monotonic).start()  # the server loads its libraries
        time.sleep(10)
        began = time.perf_counter()
        trainer(studies[0], Path(folder), 2, Path(os.devnull)).join()
        seconds = time.perf_counter() - began
        whole = rows(saved(Path(folder)))
        while total["kills"] < kills:
            total += one_study(draw.choice(studies), whole, seconds, draw, kills - total["kills"])
            print(f"{total['kills']} kills: {dict(total)}", file=sys.stderr, flush=True)
    wrong = ("announced epochs lost", "studies not resumed to the same rows", "failed", "hung", "checkpoints left")
    print(f"{dict(total)}; " + ", ".join(f"{name}: {total[name]}" for name in wrong))
    sys.exit(any(total[name] for name in wrong))


if __name__ == "__main__":
    main()
