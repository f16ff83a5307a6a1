"""`lrtui find-lr`: a range test for every scenario of a preset, its curve, and how to use what it suggests."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lrtui.cli import named
from lrtui.cli.output import as_json_text, terminal_width
from lrtui.cli.run import Show, how_to_go_on, notes, run_study
from lrtui.cli.trusting import settle
from lrtui.errors import InputError
from lrtui.store.reader import open_study
from lrtui.study.states import RunState
from lrtui.text import literal, short_rate


def find_lr(
    preset: str, overrides: Sequence[str], *, as_json: bool, runs_dir: Path, trusting: bool, **options: Any
) -> int:
    """Search the learning rate of every scenario of `preset`, print the suggestions and return the exit status.

    Each scenario has one range test, with its first seed, unless the overrides say how many replicates or which seeds.
    `options` are those of `run_study`. Raises InputError if the overrides give optim.lr itself.
    """
    given = {override.partition("=")[0].strip() for override in overrides}
    if "optim.lr" in given:
        raise InputError("--set optim.lr: is what find-lr searches; finder.min_lr and finder.max_lr say where")
    study = named.load(preset, [*overrides, "optim.lr=find"], runs_dir)
    if not {"sweep.replicates", "sweep.seeds"} & given:
        study = named.load(preset, [*overrides, f"sweep.seeds=[{study.seeds[0]}]", "optim.lr=find"], runs_dir)
    settle(study, trusting=trusting)
    show = printer(preset, overrides, as_json=as_json)
    return run_study(study, find_only=True, show=show, runs_dir=runs_dir, **options)


def printer(preset: str, overrides: Sequence[str], *, as_json: bool) -> Show:
    """Return what prints a study of range tests that was made of `preset` with `overrides`."""

    def show(path: Path, *, whole: bool) -> None:
        if as_json:
            print(as_json_text(_document(path)))
        else:
            _print(path, preset, overrides, whole=whole)

    return show


def _document(path: Path) -> dict[str, Any]:
    """Return {"study", "path", "status", "tests"}; a test has its run's place in the study and its suggestions."""
    saved = open_study(path)
    return {
        "study": saved.id,
        "path": str(saved.path),
        "status": saved.status.value,
        "tests": [
            {
                "run": state.spec.run,
                "scenario": state.spec.scenario,
                "variant": state.spec.variant,
                "seed": state.spec.seed,
                "status": state.status.value,
                "iterations": 0 if state.finder is None else len(state.finder.points),
                "valley": None if state.finder is None else state.finder.valley,
                "steepest": None if state.finder is None else state.finder.steepest,
                "minimum_tenth": None if state.finder is None else state.finder.minimum_tenth,
                "chosen": None if state.finder is None else state.finder.chosen,
                "doubt": "" if state.finder is None else state.finder.doubt,
            }
            for state in saved.states
        ],
    }


def _print(path: Path, preset: str, overrides: Sequence[str], *, whole: bool) -> None:
    from lrtui.cli.plot import range_tests
    from lrtui.plots.view import View
    from lrtui.report.render import render
    from lrtui.report.table import results_table

    saved = open_study(path)
    for picture in range_tests(View.of_saved(saved)):
        print(picture)
    if saved.finder.is_empty():
        print("No range test came to its end.")
    else:
        print(str(render(results_table(saved.result, per="scenario"), "text", width=terminal_width())).rstrip())
    for line in _advice(saved.states, preset, overrides):
        print(f"\n{line}")
    for note in notes(saved.fingerprints):
        print(f"\n{literal(note)}")
    print(f"\nSaved {'' if whole else 'incompletely '}as {literal(str(path))}")
    if text := how_to_go_on(saved):
        print(text)


def _advice(states: Sequence[RunState], preset: str, overrides: Sequence[str]) -> list[str]:
    """Return the command that trains with what was chosen beyond doubt; nothing if all is in doubt."""
    curves = [state.finder for state in states if state.finder is not None]
    chosen = {curve.chosen for curve in curves if curve.chosen is not None and not curve.doubt}
    if not chosen:
        return []
    rate = short_rate(chosen.pop()) if len(chosen) == 1 else "find"
    words = ["lrtui", "run", preset, *(part for one in (*overrides, f"optim.lr={rate}") for part in ("--set", one))]
    why = "" if rate != "find" else "  (searches again, and gives each scenario its own)"
    return [literal(f"Train with it: {literal(shlex.join(words))}{why}")]
