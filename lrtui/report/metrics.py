"""What can be plotted: its name, its label, its unit, and the axis that suits it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.report.layer_measures import LOG, MEASURES
from lrtui.study.problems import nearest
from lrtui.text import literal


@dataclass(frozen=True)
class Metric:
    """One thing to plot: a column of epochs.parquet, against the epoch; one of layers.parquet, as a map of one run's
    layers by epoch; `result`, against the learning rate; `finder`, the range tests.
    """

    name: str
    label: str
    unit: str
    """Empty where it has none."""
    log: bool = False
    """Whether a logarithmic axis is the natural one."""
    table: Literal["epochs", "layers", "runs", "finder"] = "epochs"
    """Where its figures are."""

    @property
    def axis(self) -> str:
        """Return the label with its unit: `validation accuracy (%)`."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


RESULT = Metric("result", "final validation accuracy", "%", table="runs")
"""Plotted against the learning rate, one point per run."""
FINDER = Metric("finder", "loss", "nats", table="finder")
"""The range tests, one picture each."""
LAYERS = {measure.name: measure for measure in MEASURES}
"""The figures of layers, by the name their metric has too."""

METRICS = {
    metric.name: metric
    for metric in (
        Metric("val_loss", "validation loss", "nats", log=True),
        Metric("val_accuracy", "validation accuracy", "%"),
        Metric("train_loss", "training loss", "nats", log=True),
        Metric("train_accuracy", "training accuracy", "%"),
        Metric("lr", "learning rate", "", log=True),
        Metric("momentum", "momentum", ""),
        Metric("grad_norm", "gradient norm", "", log=True),
        Metric("seconds", "time per epoch", "s"),
        RESULT,
        FINDER,
        *(Metric(measure.name, measure.title, "", measure.kind == LOG, "layers") for measure in MEASURES),
    )
}
"""By name, in the order in which a person would look at them."""

_ALIASES = {
    "loss": "val_loss",
    "accuracy": "val_accuracy",
    "acc": "val_accuracy",
    "rate": "lr",
    "time": "seconds",
    "find-lr": "finder",
    "health": "gradient_rms",
}


def find_metric(name: str | None, result: StudyResult, run: int | None = None) -> Metric:
    """Return the metric of that name; without one the validation loss, or the range tests where nothing was trained.

    Raises InputError where there is none of that name (with the nearest, and those the study has), where the study has no
    figure of it (with the reason), and where a `run` is given for what is drawn of all of them.
    """
    if name is None:
        name = "finder" if result.epochs.is_empty() and not result.finder.is_empty() else "val_loss"
    metric = METRICS.get(name)
    if metric is None:
        close = _ALIASES.get(name.lower()) or nearest(name, METRICS)
        hint = f"; did you mean {close}?" if close else ""
        there = ", ".join(has(result)) or "nothing measured yet"
        raise InputError(f"unknown metric {literal(name)}{hint} (this study has {there})")
    if not _measured(metric, result):
        raise InputError(_absent(metric, result))
    if run is not None and metric.table not in ("layers", "finder"):
        drawn = ", ".join(_of_one_run(result))
        raise InputError(f"--run: {metric.name} is drawn of all runs" + (f"; of one there is {drawn}" if drawn else ""))
    return metric


def has(result: StudyResult) -> list[str]:
    """Return the names of the metrics of which the study has a figure."""
    return [metric.name for metric in METRICS.values() if _measured(metric, result)]


def _of_one_run(result: StudyResult) -> Iterable[str]:
    return (name for name in has(result) if METRICS[name].table in ("layers", "finder"))


def _measured(metric: Metric, result: StudyResult) -> bool:
    if metric.table == "finder":
        return not result.finder.is_empty()
    column = "final_val_accuracy" if metric is RESULT else metric.name
    figures = getattr(result, metric.table)[column]
    return bool(figures.null_count() < len(figures))


def _absent(metric: Metric, result: StudyResult) -> str:
    """Return why the study has no figure of a metric."""
    specs = result.study.runs
    if metric.table == "finder":
        if any(spec.finds_lr for spec in specs):
            return "there is no range test to plot yet: none is over"
        return 'this study searched no learning rate; optim.lr = "find" does before training, `lrtui find-lr PRESET` without'
    if metric.table == "layers":
        if not any(spec.config.health.measure for spec in specs):
            return f"no {metric.label} to plot: this study does not measure its layers; health.measure = true in the preset does"
        return f"no {metric.label} to plot: {_why_not_in_layers(metric, result)}"
    if result.epochs.is_empty():
        other = "; it searched learning rates: --metric finder" if not result.finder.is_empty() else ""
        return f"no {metric.label} to plot: no epoch is finished{other}"
    return f"no {metric.label} to plot: none is measured yet"


def _why_not_in_layers(metric: Metric, result: StudyResult) -> str:
    return (
        "no layer is measured yet" if result.layers.is_empty() else LAYERS[metric.name].absent or "none is measured yet"
    )
