"""The commands on a study that another process trains: how it stands, ending it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lrtui.cli import complete
from lrtui.cli.options import data_dir_option, json_option, motion_option, runs_dir_option, study_argument
from lrtui.cli.output import as_json_text, has_screen
from lrtui.errors import InputError, WorkError
from lrtui.text import count, format_duration, literal

if TYPE_CHECKING:
    from lrtui.store.reader import SavedStudy
    from lrtui.study.states import BoardSnapshot, RunState

_STOP_PATIENCE = 600.0
"""Seconds that the last batch and saving may take."""


@click.command()
@click.argument("study", required=False, shell_complete=complete.studies)
@click.option(
    "--since",
    type=click.IntRange(-1),
    metavar="EPOCH",
    help="With --json: also the rows of every run above this epoch; -1 for all.",
)
@runs_dir_option
@json_option
def status(study: str | None, since: int | None, runs_dir: Path, as_json: bool) -> None:
    """Say how a study stands: what is done, what is being trained, how long it will take, who leads.

    STUDY is an id, a unique prefix of one, a preset's name, `last`, or a path; without it the newest one under way, else
    the newest. Made to be polled: docs/status.md has the keys of --json.
    """
    from lrtui.remote import progress_of
    from lrtui.store.reader import open_study

    if since is not None and not as_json:
        raise InputError("--since is for --json")
    saved = open_study(newest_live(study, runs_dir))
    snapshot = saved.snapshot()
    if not saved.status.ended:
        snapshot = progress_of(saved.path, snapshot)
    print(as_json_text(status_document(saved, snapshot, since)) if as_json else status_text(saved, snapshot))


@click.command()
@click.argument("study", required=False, shell_complete=complete.studies)
@runs_dir_option
@data_dir_option
@motion_option
def attach(study: str | None, runs_dir: Path, data_dir: Path, motion: bool) -> int:
    """Open the workbench on a study that another process trains: watch it, stop runs, skip rates, stop it.

    STUDY is an id, a unique prefix of one, a preset's name, `last`, or a path; without it the newest one under way. To leave
    the workbench ends nothing.
    """
    from lrtui.store import live

    if not has_screen():
        raise InputError("the workbench needs a terminal; `lrtui status --json` tells how a study stands without one")
    path = newest_live(study, runs_dir)
    if study is None and live.living(path) is None:
        raise InputError(f"no study under {literal(str(runs_dir))} is under way; `lrtui studies` lists those that were")
    from lrtui.tui.run import run

    return run(runs_dir, data_dir, attached=path, motion=motion)


@click.command()
@study_argument
@click.option("--run", type=click.IntRange(1), metavar="N", help="Stop only this run; the study goes on.")
@runs_dir_option
def stop(study: str, run: int | None, runs_dir: Path) -> None:
    """Stop a study that another process trains, and wait until it is on disk; finished epochs are kept."""
    from lrtui.remote import reach
    from lrtui.store.catalogue import Wanted, resolve
    from lrtui.store.reader import open_study

    path = resolve(study, runs_dir, Wanted.LIVE)
    control = reach(path)
    try:
        if run is not None:
            control.ask("stop_run", run=run)
            print(f"run {run} of {literal(path.name)} stops at its next batch")
            return
        control.ask("stop_study")
    except ConnectionRefusedError as error:
        raise InputError(f"{literal(path.name)}: {error}") from None
    except OSError as error:
        raise WorkError(f"{literal(path.name)}: its process does not answer: {error.strerror or error}") from None
    finally:
        control.close()
    _wait(path)
    saved = open_study(path)
    done = sum(state.status.value == "done" for state in saved.states)
    print(f"{literal(path.name)} {saved.status.value}: {done} of {count(len(saved.states), 'run')} done")


def _wait(path: Path) -> None:
    from lrtui.store import live

    until = time.monotonic() + _STOP_PATIENCE
    while live.living(path) is not None:
        if time.monotonic() > until:
            raise WorkError(f"{literal(path.name)}: was asked to stop, and has not within {_STOP_PATIENCE:.0f} s")
        time.sleep(0.05)


def newest_live(study: str | None, runs_dir: Path) -> Path:
    """Return the folder of the study that is meant; of no study in particular the newest under way, else the newest."""
    from lrtui.store import live
    from lrtui.store.catalogue import Wanted, resolve

    if study is not None:
        return resolve(study, runs_dir, Wanted.LIVE)
    try:
        under_way = [path for path in runs_dir.iterdir() if live.living(path) is not None]
    except OSError:
        under_way = []
    return max(under_way, key=lambda path: path.name) if under_way else resolve("last", runs_dir)


def status_document(saved: "SavedStudy", snapshot: "BoardSnapshot", since: int | None) -> dict[str, Any]:
    """Return what `lrtui status --json` prints; see docs/status.md."""
    from lrtui.analysis.leaders import leaders_of
    from lrtui.report.render import json_object
    from lrtui.store import live

    owner = live.living(saved.path)
    document: dict[str, Any] = {
        "id": saved.id,
        "name": saved.study.name,
        "title": saved.study.title,
        "kind": saved.kind,
        "path": str(saved.path),
        "status": snapshot.status.value,
        "message": snapshot.message,
        "live": None
        if owner is None
        else {
            "host": owner.host,
            "pid": owner.pid,
            "since": owner.since,
            "steerable": owner.here and bool(owner.socket),
        },
        "started": saved.started.isoformat(),
        "ended": saved.ended.isoformat() if saved.ended else None,
        "device": snapshot.device,
        "engine": snapshot.engine,
        "lanes": snapshot.lanes,
        "runs_total": len(snapshot.own),
        "runs_done": sum(state.status.value == "done" for state in snapshot.runs),
        "runs_ended": snapshot.runs_ended,
        "elapsed": snapshot.elapsed,
        "seconds_left": snapshot.seconds_left,
        "images_per_second": snapshot.images_per_second,
        "resources": None if snapshot.resources is None else snapshot.resources.as_dict(),
        "running": [_running(state) for state in snapshot.running],
        "leaders": [
            {
                "model": pair.model,
                "dataset": pair.dataset,
                "won": pair.won,
                "unfinished": pair.unfinished,
                "scenarios": list(pair.labels),
            }
            for pair in (leaders_of(saved.runs, saved.study.looks) if saved.kind == "training" else ())
        ],
    }
    if since is not None:
        document["epochs"] = saved.epochs.filter(saved.epochs["epoch"] > since).to_dicts()
    return json_object(document)


def _running(state: "RunState") -> dict[str, Any]:
    last = state.records[-1] if state.records else None
    return {
        "run": state.spec.run,
        "scenario": state.spec.scenario,
        "task": state.spec.config.task.name,
        "seed": state.spec.seed,
        "lane": state.lane,
        "node": state.node or None,
        "epoch": state.epochs_done,
        "epochs": state.spec.epochs,
        "step": state.step,
        "steps_per_epoch": state.steps_per_epoch or None,
        "searching": state.searching,
        "train_loss": last and last.train_loss,
        "val_loss": last and last.val_loss,
        "val_accuracy": last and last.val_accuracy,
        "seconds": state.seconds,
    }


def status_text(saved: "SavedStudy", snapshot: "BoardSnapshot") -> str:
    """Return the same in lines."""
    from lrtui.analysis.leaders import leaders_of
    from lrtui.store import live
    from lrtui.study.words import words

    done = sum(state.status.value == "done" for state in snapshot.runs)
    facts = [snapshot.status.value, f"{done} of {count(len(snapshot.own), 'run')} done"]
    if snapshot.seconds_left is not None:
        facts.append(f"{format_duration(snapshot.seconds_left)} left")
    lines = [f"{saved.id}: {', '.join(facts)}"]
    if (owner := live.living(saved.path)) is not None:
        where = "" if owner.here else f" on {owner.host}"
        lines.append(f"trained by process {owner.pid}{where} since {owner.since}")
    for state in snapshot.running:
        step = f", step {state.step}/{state.steps_per_epoch}" if state.step and state.steps_per_epoch else ""
        figures = ""
        if state.records:
            last, told = state.records[-1], words([state.spec.config])
            score = f"{told.score} " if told.sentence else ""
            figures = f", validation loss {last.val_loss:.4g}, {score}{last.val_accuracy:.2f} %"
        lines.append(
            f"run {state.spec.run} ({state.spec.scenario}, seed {state.spec.seed}): "
            f"epoch {state.epochs_done}/{state.spec.epochs}{step}{figures}"
        )
    if saved.kind == "training" and (
        leading := "; ".join(pair.text for pair in leaders_of(saved.runs, saved.study.looks))
    ):
        lines.append(f"best: {leading}")
    if snapshot.message:
        lines.append(snapshot.message)
    return "\n".join(literal(line) for line in lines)
