"""Scenarios by learning rate: one model on one data set under one optimizer, as published tables have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lrtui.analysis.wording import pair_name
from lrtui.book.grouping import Grouping, StudyRun, group, study_runs
from lrtui.book.protocol import departures
from lrtui.book.scenario import Scenario, Trained
from lrtui.study.optimizers import OptimConfig
from lrtui.study.records import RunStatus
from lrtui.text import shown_rate, shown_value


@dataclass(frozen=True)
class Sweep:
    """The scenarios of one model on one data set under one optimizer, by learning rate."""

    model: str
    dataset: str
    optimizer: str
    """See `optimizer_label`."""
    departures: tuple[str, ...]
    """In what all its runs depart from the paper's protocol; empty if they follow it."""
    rates: dict[float, Scenario]
    """The lowest first."""

    @property
    def pair(self) -> str:
        """Return `MLP/MNIST`."""
        return pair_name(self.model, self.dataset)

    @property
    def remark(self) -> str:
        """Return the departures as a remark to set behind a figure, or nothing."""
        return f" ({', '.join(self.departures)})" if self.departures else ""


def done_runs(studies: Iterable[Trained]) -> list[StudyRun]:
    """Return the runs that are done and have a learning rate."""
    return [run for run in study_runs(studies) if run.status is RunStatus.DONE and run.row["lr"] is not None]


def by_rate(runs: Sequence[StudyRun]) -> Grouping:
    """Return the runs as scenarios that differ in model, data, optimizer, rate, or in how they depart from the paper."""
    keyed = group("the paper", runs, lambda run: repr(_key(run)))
    first = {repr(_key(run)): run for run in runs}
    return replace(
        keyed, scenarios=tuple(replace(one, label=_label(first[one.label])) for one in keyed.scenarios), left_out=()
    )


def sweeps(grouping: Grouping) -> list[Sweep]:
    """Return one sweep per model, data set and optimizer setting, in order of appearance.

    Runs that follow the paper's protocol are taken alone; if there are none, those that depart from it in one and the same
    way: the way with the most epochs.
    """
    kinds: dict[tuple[str, str, str], dict[tuple[str, ...], list[Scenario]]] = {}
    for scenario in grouping.scenarios:
        config = scenario.config
        kind = (config.model.name, config.data.name, optimizer_label(config.optim))
        kinds.setdefault(kind, {}).setdefault(departures(config), []).append(scenario)
    found = []
    for (model, dataset, optimizer), ways in kinds.items():
        way = () if () in ways else max(ways, key=lambda way: ways[way][0].config.train.epochs)
        rates = {scenario.lr: scenario for scenario in ways[way] if scenario.lr is not None}
        found.append(Sweep(model, dataset, optimizer, way, dict(sorted(rates.items()))))
    return found


def optimizer_label(optim: OptimConfig) -> str:
    """Return the optimizer's name and its settings other than the defaults: `sgd` is plain, `sgd momentum=0.9` is not."""
    fields = type(optim).model_fields
    changed = [
        f" {key}={shown_value(value)}"
        for key, value in optim
        if key not in ("name", "lr") and value != fields[key].default
    ]
    return optim.name + "".join(changed)


def _key(run: StudyRun) -> tuple[object, ...]:
    config = run.spec.config
    label = optimizer_label(config.optim)
    return config.model.name, config.data.name, label, run.row["lr"], departures(config)


def _label(run: StudyRun) -> str:
    """Return `MLP/MNIST 1e-3`, with the optimizer if it is not plain SGD: `MLP/MNIST adam 1e-3`."""
    optimizer = optimizer_label(run.spec.config.optim)
    parts = [
        pair_name(run.spec.model, run.spec.dataset),
        optimizer if optimizer != "sgd" else "",
        shown_rate(run.row["lr"]),
    ]
    return " ".join(filter(None, parts))
