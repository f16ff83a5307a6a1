"""The health of the layers, as a section of the report: a line of plain words for every scenario."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lrtui.analysis.health import ills
from lrtui.plots.layers import LayerRun
from lrtui.report.blocks import Block, Heading, Item, Items, Paragraph
from lrtui.report.render import json_object
from lrtui.study.states import RunState
from lrtui.study.words import words


def measured_scenarios(states: Iterable[RunState]) -> list[LayerRun]:
    """Return, of every scenario whose layers were measured, the first replicate that was."""
    firsts: dict[str, LayerRun] = {}
    for state in states:
        if any(record.layers for record in state.records):
            firsts.setdefault(state.spec.scenario, LayerRun(state))
    return list(firsts.values())


def health_blocks(runs: Sequence[LayerRun], level: int) -> Iterator[Block]:
    """Yield the section; nothing if no layer was measured."""
    if not runs:
        return
    images = " or ".join(str(count) for count in sorted({run.spec.config.health.images for run in runs}))
    rows = words(run.spec.config for run in runs).rows
    yield Heading("Health of the layers", level)
    yield Paragraph(
        f"Of each scenario's first replicate, after the last epoch measured, on {images} training {rows}. Layers count from 1 "
        "at the input; the thresholds are those of [health] in the preset."
    )
    yield Items([Item(f"{run.spec.scenario}, epoch {run.last}: {run.sentence}") for run in runs])


def health_document(runs: Sequence[LayerRun]) -> list[dict[str, Any]]:
    """Return one entry for each scenario, what ails its layers worst kind first."""
    return [
        {
            "scenario": run.spec.scenario,
            "run": run.spec.run,
            "seed": run.spec.seed,
            "epoch": run.last,
            "sentence": run.sentence,
            "ills": [
                json_object(
                    {"kind": ill.kind, "layers": ill.layers, "worst": ill.worst, "than": ill.than}
                    | ({} if ill.steps_of is None else {"steps_of": ill.steps_of})
                )
                for ill in ills(run.measured[run.last], run.spec.config.health)
            ],
        }
        for run in runs
    ]
