"""Sentences on runs that were taken over from other studies."""

from collections import Counter
from collections.abc import Iterable, Mapping

from lrtui.text import count


def reused_lines(origins: Mapping[int, str | None]) -> list[str]:
    """Return `runs 1-3, 5 were trained in 20261126-…` for every study that runs were taken over from.

    `origins` are the studies that trained the runs, by run; empty or None for a run that was trained here.
    """
    by_study: dict[str, list[int]] = {}
    for run, study in origins.items():
        if study:
            by_study.setdefault(study, []).append(run)
    return [
        f"{numbered(runs)} {'was' if len(runs) == 1 else 'were'} trained in {study}" for study, runs in by_study.items()
    ]


def continued_lines(origins: Mapping[int, tuple[str, int]]) -> list[str]:
    """Return `runs 1-3 go on from epoch 30 of 20261126-…` for every study and epoch that runs go on from.

    `origins` are these, by run; the study is empty if the run began here.
    """
    begun: dict[tuple[str, int], list[int]] = {}
    for run, place in origins.items():
        if place[0]:
            begun.setdefault(place, []).append(run)
    return [
        f"{numbered(runs)} {'goes' if len(runs) == 1 else 'go'} on from epoch {epoch} of {study}"
        for (study, epoch), runs in begun.items()
    ]


def numbered(runs: list[int]) -> str:
    """Return `run 4`, `runs 1-3, 5`."""
    if len(runs) == 1:
        return f"run {runs[0]}"
    begun = [run for run in runs if run - 1 not in runs]
    ended = [run for run in runs if run + 1 not in runs]
    return "runs " + ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(begun, ended, strict=True))


def reused_sentence(origins: Iterable[str | None]) -> str:
    """Return `12 of 25 runs known from 20261126-…`, several studies with how many each gave; empty if none was taken over.

    `origins` are the studies that trained the runs, by run; empty or None for a run that was trained here.
    """
    every = list(origins)
    studies = Counter(origin for origin in every if origin)
    known = studies.total()
    if not known:
        return ""
    runs = f"{known} of {count(len(every), 'run')}" if known < len(every) else count(known, "run")
    if len(studies) == 1:
        return f"{runs} known from {next(iter(studies))}"
    return f"{runs} known from {', '.join(f'{study} ({number})' for study, number in studies.most_common())}"
