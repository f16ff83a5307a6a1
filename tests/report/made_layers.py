"""Studies made by hand whose layers and range tests were measured."""

import math
from dataclasses import replace

from lrtui.study.records import FinderCurve, FinderPoint, LayerRecord, RunStatus, StudyStatus
from lrtui.study.states import RunState
from tests.report.made import NAN, Saved, state, study

UNITS = (8, 8, 4)
NAMES = ("dense 1", "dense 2", "output")


def layered() -> Saved:
    """Return a study of two variants, two replicates each, three layers measured after each of four epochs.

    Run 1 vanishes; run 2 has no layers on disk; run 3 is the best one finished, gradients ten times larger with every layer;
    run 4 is under way, better still, and is no longer a number after epoch 1. Run 3's first layer has a range of dead units,
    nothing saturates.
    """
    made = study(
        "layered",
        {
            "title": "Layers",
            "data": {"name": "digits"},
            "model": {"name": "mlp", "hidden": [8, 8]},
            "optim": {"name": "sgd", "lr": 0.1},
            "train": {"epochs": 4},
            "health": {"measure": True, "images": 64},
            "variants": {"flat": {}, "steep": {"optim": {"lr": 0.5}}},
            "sweep": {"replicates": 2},
        },
    )
    one, two, three, four = made.runs
    losses = [2.3, 1.0, 0.5, 0.4]
    return Saved(
        made,
        (
            _measured(state(one, [*losses, 0.4], [10, 60, 70, 80, 81]), [1e-6, 1e-5, 1e-1]),
            state(two, [*losses, 0.3], [10, 60, 70, 80, 99]),
            _measured(state(three, [*losses, 0.3], [10, 60, 70, 80, 85]), [1e-3, 1e-2, 1e-1]),
            _measured(state(four, losses, [10, 60, 70, 90], RunStatus.RUNNING), [1e-2, 1e-2, 1e-2], lost_after=1),
        ),
        status=StudyStatus.RUNNING,
        ended=None,
    )


def searched() -> Saved:
    """Return a study of two scenarios whose rates were searched, nothing trained: the second range test suggests nothing."""
    made = study(
        "searched",
        {
            "title": "Searched $x$",
            "data": {"name": "digits"},
            "model": {"name": "mlp"},
            "optim": {"name": "sgd", "lr": "find"},
            "train": {"epochs": 4},
            "sweep": {"optim.momentum": [0.0, 0.9]},
        },
    )
    rates = [10.0 ** (-5 + 0.5 * step) for step in range(12)]
    falling = [FinderPoint(rate, 2.3 - 0.1 * step, 2.3 - 0.09 * step) for step, rate in enumerate(rates[:-1])]
    good = FinderCurve((*falling, FinderPoint(rates[-1], math.inf, NAN)), True, 1e-3, 1e-2, 1e-1, 1e-3)
    flat = FinderCurve(tuple(FinderPoint(rate, 2.3, 2.3) for rate in rates), True)
    first, second = made.runs
    return Saved(made, (RunState(first, RunStatus.DONE, finder=good), RunState(second, RunStatus.DONE, finder=flat)))


def trained_after_a_search() -> Saved:
    """Return the same study with its first run trained at the rate that was chosen."""
    whole = searched()
    first, second = whole.states
    found = replace(first.spec, found_lr=1e-3)
    return replace(whole, states=(replace(state(found, [2.3, 1.0]), finder=first.finder), second))


def _measured(run: RunState, gradients: list[float], lost_after: int = 99) -> RunState:
    records = tuple(
        replace(
            record,
            layers=tuple(
                _layer(record.run, record.epoch, number, gradient if record.epoch <= lost_after else NAN)
                for number, gradient in enumerate(gradients, start=1)
            ),
        )
        for record in run.records
    )
    return replace(run, records=records)


def _layer(run: int, epoch: int, number: int, gradient: float) -> LayerRecord:
    output = number == len(NAMES)
    dead = None if output else 0.0 if number == 2 else epoch / 10
    return LayerRecord(
        run=run,
        epoch=epoch,
        layer=number,
        name=NAMES[number - 1],
        units=UNITS[number - 1],
        activation_mean=0.1 * (number - 2),
        activation_sd=1.0,
        dead=dead,
        saturated=None,
        distinct_units=UNITS[number - 1],
        gradient_rms=gradient,
        update_ratio=1e-3 * epoch if epoch else None,
    )
