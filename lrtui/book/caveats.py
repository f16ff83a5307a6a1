"""What limits an answer: runs that are missing or failed, presets that were changed, the data, the clock."""

from collections import Counter
from collections.abc import Iterator

from lrtui.analysis.wording import listing
from lrtui.book.grouping import Grouping
from lrtui.book.protocol import changes
from lrtui.book.scenario import FAILED, Scenario
from lrtui.study.records import RunStatus
from lrtui.study.reused import reused_sentence
from lrtui.text import count

CHOSEN_ON_TEST = (
    "The test images validate here, so what is chosen by validation accuracy (a best rate, a best epoch) is chosen on them: its "
    "accuracy is not that of images never seen."
)


def caveats(grouping: Grouping, *, timed: bool = True) -> Iterator[str]:
    """Yield a sentence for everything that a reader of an answer has to know first; of the clock only if it is `timed`."""
    for scenario in grouping.scenarios:
        yield from _runs(scenario)
    if alone := [scenario.label for scenario in grouping.done if scenario.n == 1]:
        yield f"One seed only: {listing(alone)}. What another seed would give is not known."
    yield from _changed(grouping)
    for left in grouping.left_out:
        yield f"{left} is left out: a later study has this scenario with other settings."
    yield from _data(grouping)
    if timed:
        yield from _clock(grouping)


def _runs(scenario: Scenario) -> Iterator[str]:
    label, others = scenario.label, Counter(status for status in scenario.statuses if status is not RunStatus.DONE)
    if others:
        which = listing([f"{number} {status.value}" for status, number in others.items()])
        if scenario.n:
            done = f"{scenario.n} of {count(len(scenario.statuses), 'run')} done"
            yield f"{label}: {done}, {which}; only those that are done count."
        else:
            yield f"{label}: no run is done, {which}."
    for verdict in FAILED:
        if number := int((scenario.runs["verdict"] == verdict).sum()):
            yield f"{label}: {number} of {count(scenario.n, 'run')} {verdict}."


def _changed(grouping: Grouping) -> Iterator[str]:
    changed: dict[str, list[str]] = {}
    for study in grouping.studies:
        if overrides := changes(study.result.study):
            changed.setdefault(", ".join(overrides), []).append(study.id)
    for overrides_text, studies in changed.items():
        yield f"Changed from the preset: {overrides_text} ({listing(studies)}). The answers are those of the changed runs."


def _data(grouping: Grouping) -> Iterator[str]:
    notes = [
        str(one.get("note") or f"This is not the canonical copy of {one.get('name')}.")
        for study in grouping.studies
        for one in study.data
        if one.get("canonical") is False
    ]
    yield from dict.fromkeys(notes)
    contents = {frozenset(scenario.contents) for scenario in grouping.done if scenario.contents}
    if len({scenario.images for scenario in grouping.done}) > 1 or len(contents) > 1:
        yield "Not all scenarios were trained and validated on the same images; only those that were are compared."
    if any(scenario.config.data.validation == "test" for scenario in grouping.done):
        yield CHOSEN_ON_TEST


def _origins(grouping: Grouping) -> Iterator[str | None]:
    for scenario in grouping.done:
        yield from scenario.runs["reused_from"]


def _clock(grouping: Grouping) -> Iterator[str]:
    lanes = sorted({study.lanes for study in grouping.studies})
    if lanes and lanes[-1] > 1:
        yield (
            f"Seconds were measured with {' or '.join(map(str, lanes))} runs at a time on the machine: a run alone takes less, "
            "and what runs beside it changes its time."
        )
    shared = [f"{one.uneven[0]:.2f} to {one.uneven[1]:.2f} s ({one.label})" for one in grouping.done if one.uneven]
    if reused := reused_sentence(_origins(grouping)):
        yield f"{reused}: their seconds were measured there, with what else that machine had to do."
    if shared:
        yield f"A busy machine: epochs of one run took {listing(shared)}, so that all seconds say less."
    if len({machine for scenario in grouping.done for machine in scenario.machines}) > 1:
        yield (
            "The scenarios were trained on different machines, or with different numbers of runs at a time: their seconds are "
            "compared only if these are equal."
        )
