"""Several studies in one picture: a view of all their runs, in which the first study's lines are whole, the others' broken."""

import math
from collections.abc import Sequence
from dataclasses import replace

from lrtui.errors import InputError
from lrtui.plots.palette import Colour
from lrtui.plots.view import Scenario, StudyShape, View
from lrtui.study.spec import RunSpec
from lrtui.study.states import RunState, asked_for
from lrtui.text import shown_rate

MOST = 6
"""So many studies in one picture, at most: dashes and names do not tell more apart."""


def names(count: int) -> list[str]:
    """Return what so many studies are called side by side: A, B, C, …; where letters do not reach, their number."""
    return [chr(ord("A") + index) if index < 26 else str(index + 1) for index in range(count)]


def overlay(views: Sequence[View], names: Sequence[str]) -> View:
    """Return a view of the runs of several studies, `names` being what its legend calls them.

    A rate has one colour in all of them. Scenarios are in the groups of what they share besides the rate; where the studies
    have no group in common, there is one of all. Raises InputError for more studies than there are ways to draw.
    """
    if len(views) == 1:
        return views[0]
    if len(views) > MOST:
        raise InputError(f"at most {MOST} studies fit into one picture, got {len(views)}")
    specs: list[RunSpec] = []
    states: list[RunState] = []
    scenarios: list[Scenario] = []
    groups = _groups(views)
    rates = sorted({one.lr for view in views for one in view.shape.scenarios if math.isfinite(one.lr)})
    by_rate = all(view.shape.sweeps_rate for view in views) or (
        len(rates) > 1 and all(_one_group(view) for view in views)
    )
    labels = list(dict.fromkeys(one.label for view in views for one in view.shape.scenarios))
    turns: dict[tuple[str, int], int] = {}
    for view, name in zip(views, names, strict=True):
        asked = {state.spec.run for state in asked_for(view.study, view.snapshot.runs)}
        for one in view.scenarios:
            runs = []
            for index in one.runs:
                spec, state = view.study.runs[index], view.snapshot.runs[index]
                if spec.run not in asked:
                    continue
                runs.append(len(specs))
                specs.append(replace(spec, run=len(specs) + 1))
                states.append(replace(state, spec=replace(state.spec, run=len(specs))))
            rated = by_rate and math.isfinite(one.lr)
            index, of = (rates.index(one.lr), len(rates)) if rated else (labels.index(one.label), len(labels))
            short = shown_rate(one.lr) if rated else one.short
            if len(groups) == 1 and not _one_group(view):
                short = one.label
            turn = turns.setdefault((name, one.group if len(groups) == 1 else 0), len(turns))
            scenarios.append(
                Scenario(
                    scenario=f"{name}\0{one.scenario}",
                    label=f"{name} {one.label}",
                    short=f"{name} {short}",
                    group=groups.index(_group(view, one, groups)),
                    colour=Colour(index, of, rated, turn),
                    lr=one.lr,
                    runs=tuple(runs),
                )
            )
    first = views[0]
    study = replace(first.study, name=" and ".join(names), runs=tuple(specs), published=(), search="none", shard=None)
    snapshot = replace(first.snapshot, runs=tuple(states), most=None)
    return replace(
        first, study=study, shape=StudyShape(tuple(scenarios), tuple(groups), by_rate), snapshot=snapshot, path=None
    )


def _one_group(view: View) -> bool:
    return len(view.shape.groups) == 1


def _groups(views: Sequence[View]) -> list[str]:
    """Return the groups of the common picture; of studies that share none there is one of all, so that all are in it."""
    shared = set.intersection(*(set(view.shape.groups) for view in views))
    if shared and not all(_one_group(view) for view in views):
        return list(dict.fromkeys(group for view in views for group in view.shape.groups))
    return [""]


def _group(view: View, one: Scenario, groups: Sequence[str]) -> str:
    return groups[0] if len(groups) == 1 else view.shape.groups[one.group]
