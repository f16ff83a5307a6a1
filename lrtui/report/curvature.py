"""The curvature of the loss, as a section of the report: a line of plain words for every scenario."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lrtui.analysis.curvature import measured, sentence, strain
from lrtui.report.blocks import Block, Heading, Item, Items, Paragraph
from lrtui.report.render import json_object
from lrtui.study.states import RunState
from lrtui.study.words import words


def with_curvature(states: Iterable[RunState]) -> list[RunState]:
    """Return, of every scenario whose curvature was measured, the first replicate that it was measured of."""
    firsts: dict[str, RunState] = {}
    for state in states:
        if measured(state.records):
            firsts.setdefault(state.spec.scenario, state)
    return list(firsts.values())


def curvature_blocks(states: Sequence[RunState], level: int) -> Iterator[Block]:
    """Yield the section; nothing if no curvature was measured."""
    firsts = with_curvature(states)
    if not firsts:
        return
    images = " or ".join(f"{number:,}" for number in sorted({one.spec.config.curvature.images for one in firsts}))
    rows = words(one.spec.config for one in firsts).rows
    yield Heading("What the loss can take", level)
    yield Paragraph(
        "The largest rate for which a step along the optimizer's update still lowers the loss of a fixed batch of up to "
        f"{images} training {rows}, beside the rate in use, of each scenario's first replicate. It is of one step: with "
        "momentum, which adds steps up, and with small batches training may do with less or more."
    )
    yield Items([Item(f"{one.spec.scenario}: {sentence(one.records, one.spec.config)}") for one in firsts])


def curvature_document(states: Sequence[RunState]) -> list[dict[str, Any]]:
    """Return one entry for each scenario, of its first replicate."""
    entries = []
    for state in with_curvature(states):
        found, last = strain(state.records), measured(state.records)[-1]
        entries.append(
            json_object(
                {
                    "scenario": state.spec.scenario,
                    "run": state.spec.run,
                    "seed": state.spec.seed,
                    "sentence": sentence(state.records, state.spec.config),
                    "highest": None if found is None else found.highest,
                    "highest_epoch": None if found is None else found.epoch,
                    "above": None if found is None else found.above,
                    "measured": 0 if found is None else found.measured,
                    "critical_lr": last.critical_lr,
                    "sharpness": last.sharpness,
                    "noise_scale": last.noise_scale,
                }
            )
        )
    return entries
