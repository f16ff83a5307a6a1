"""What is said of runs that were taken over from other studies."""

from collections import Counter
from collections.abc import Iterable

from lrtui.text import count


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
