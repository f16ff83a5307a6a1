"""Timing side by side: everything compared is timed in turn in one process, and medians are told."""

import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from lrtui import paths
from lrtui.engine.device import processor_name, usable_cores
from lrtui.session import Session
from lrtui.study import preset
from lrtui.study.spec import Study


def alternate(
    candidates: dict[str, Callable[[], float]], repeats: int, *, warm_up: bool = True
) -> dict[str, list[float]]:
    """Run every candidate once uncounted (long ones may do without), then `repeats` times in turn.

    Returns the seconds each reported.
    """
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(-1 if warm_up else 0, repeats):
        for name, candidate in candidates.items():
            seconds = candidate()
            if turn >= 0:
                times[name].append(seconds)
            print(f"  {name}: {seconds:.3f} s{' (warm-up)' if turn < 0 else ''}", file=sys.stderr, flush=True)
    return times


def ratio(times: dict[str, list[float]], above: str, below: str) -> dict[str, float]:
    """Return the median, lowest and highest of the ratios taken turn by turn."""
    ratios = sorted(a / b for a, b in zip(times[above], times[below], strict=True))
    return {"median": statistics.median(ratios), "min": ratios[0], "max": ratios[-1]}


def say(title: str, times: dict[str, list[float]], ratios: dict[str, dict[str, float]]) -> None:
    """Print one benchmark as JSON, with the machine it ran on."""
    document = {
        "benchmark": title,
        "machine": f"{processor_name()}, {usable_cores()} cores, {platform.system()}",
        "torch": torch.__version__,
        "seconds_median": {name: round(statistics.median(values), 3) for name, values in times.items()},
        "repeats": len(next(iter(times.values()))),
        "ratios": {name: {key: round(value, 3) for key, value in found.items()} for name, found in ratios.items()},
    }
    print(json.dumps(document, indent=2, ensure_ascii=False), flush=True)


def timed(call: Callable[[], object]) -> float:
    """Return the seconds a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def train_with_lrtui(study: Study, lanes: int) -> float:
    """Train a study through Session, saved and all; return the seconds from the first batch to the last row on disk."""
    with tempfile.TemporaryDirectory() as runs_dir:
        session = Session.start(
            study, device="cpu", lanes=lanes, threads=1, runs_dir=Path(runs_dir), data_dir=paths.data_dir()
        )
        session.wait()
        if session.error is not None:
            raise session.error
        return session.board.snapshot().elapsed


def load(name: str, *overrides: str) -> Study:
    """Return a preset's study with overrides."""
    return preset.load(name, overrides)
