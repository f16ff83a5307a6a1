"""What limits an answer over several studies: runs that are missing, presets that were changed, the data, the clock."""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from lrtui.analysis.answers.arms import Arm
from lrtui.analysis.answers.families import Family, Member
from lrtui.analysis.protocol import changes
from lrtui.analysis.verdicts import FAILED
from lrtui.analysis.wording import listing
from lrtui.study.records import RunStatus
from lrtui.text import count

ERRORS = 2.0
"""Standard errors of the test images by which accuracies of one seed have to differ."""
UNEVEN = 1.5
"""Times as long as a tenth of a run's epochs that another tenth takes: from here on the machine was not its own."""


def caveats(family: Family) -> Iterator[str]:
    """Yield a sentence for everything that a reader of the family's answer has to know first."""
    for member in family.members:
        yield from _runs(member)
    yield from _one_seed(family)
    yield from _changed(family)
    for left in family.left_out:
        yield f"{left} is left out: a later study has this arm with other settings."
    yield from _data(family)
    yield from _clock(family)


def _one_seed(family: Family) -> Iterator[str]:
    alone = [member.arm.label for member in family.done if member.arm.n == 1]
    if alone:
        yield f"One seed only: {listing(alone)}. What another seed would give is not known."


def _changed(family: Family) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for study in family.studies:
        if overrides := changes(study.result.study):
            found.setdefault(", ".join(overrides), []).append(study.id)
    for overrides_said, studies in found.items():
        yield f"Changed from the preset: {overrides_said} ({listing(studies)}). The answers are those of the changed runs."


def _runs(member: Member) -> Iterator[str]:
    label, others = member.arm.label, Counter(status for status in member.statuses if status is not RunStatus.DONE)
    if others:
        which = listing([f"{number} {status.value}" for status, number in others.items()])
        if member.arm.n:
            done = f"{member.arm.n} of {count(len(member.statuses), 'run')} done"
            yield f"{label}: {done}, {which}; only those that are done count."
        else:
            yield f"{label}: no run is done, {which}."
    for verdict in FAILED:
        number = int((member.arm.runs["verdict"] == verdict.value).sum())
        if number:
            yield f"{label}: {number} of {count(member.arm.n, 'run')} {verdict.value}."


def _data(family: Family) -> Iterator[str]:
    found: dict[str, None] = {}
    for study in family.studies:
        for one in study.data:
            if one.get("canonical") is False:
                found[str(one.get("note") or f"This is not the canonical copy of {one.get('name')}.")] = None
    yield from found
    if (
        len({member.images for member in family.done}) > 1
        or len({frozenset(m.contents) for m in family.done if m.contents}) > 1
    ):
        yield "The arms were not all trained and validated on the same images; only those that were are compared."


def _clock(family: Family) -> Iterator[str]:
    lanes = sorted({study.lanes for study in family.studies})
    if lanes and lanes[-1] > 1:
        shown = " or ".join(map(str, lanes))
        yield (
            f"Seconds were measured with {shown} runs at a time on the machine: a run alone takes less, and what runs beside "
            "it changes its time."
        )
    shared = []
    for member in family.done:
        if span := uneven(member.arm):
            shared.append(f"{span[0]:.2f} to {span[1]:.2f} s ({member.arm.label})")
    if shared:
        yield f"A busy machine: epochs of one run took {listing(shared)}, so that all seconds say less."
    if len({machine for member in family.done for machine in member.machines}) > 1:
        yield (
            "The arms were trained on different machines, or with different numbers of runs at a time: their seconds are "
            "compared only where these are equal."
        )


def uneven(arm: Arm) -> tuple[float, float] | None:
    """Return the seconds of a quick epoch (a tenth is quicker) and of a slow one (a tenth is slower) of the most uneven run.

    None where every run's epochs took about as long, as they do on a machine without other work.
    """
    seconds = arm.epochs.filter(pl.col("epoch") > 0).group_by("run").agg(_tenth(0.1), _tenth(0.9))
    found = seconds.filter(pl.col("0.9") > UNEVEN * pl.col("0.1")).sort(pl.col("0.9") / pl.col("0.1"))
    return found.select("0.1", "0.9").row(-1) if len(found) else None


def _tenth(share: float) -> pl.Expr:
    """Return the time, seconds, that this share of the epochs does not exceed."""
    return pl.col("seconds").quantile(share, "linear").alias(str(share))
