"""What can be plotted: its name, its label, its unit, and the axis that suits it."""

from dataclasses import dataclass, replace
from typing import Literal

from lrtui.errors import InputError
from lrtui.plots.view import View
from lrtui.study.problems import nearest
from lrtui.study.spec import Study
from lrtui.text import literal

Kind = Literal["log", "share", "signed"]
"""Of a figure of layers: positive, over decades; 0 to 1; around 0."""
LOG: Kind = "log"
SHARE: Kind = "share"
SIGNED: Kind = "signed"


@dataclass(frozen=True)
class Metric:
    """One thing to plot: a column of epochs.parquet, against the epoch; one of layers.parquet, as a map of one run's
    layers by epoch; one of curvature.parquet, against the epoch; `result`, against the learning rate; `finder`, the range
    tests.
    """

    name: str
    label: str
    unit: str
    """Empty if it has none."""
    log: bool = False
    """Whether a logarithmic axis is the natural one."""
    table: Literal["epochs", "layers", "curvature", "runs", "finder"] = "epochs"
    """The table its figures are in."""
    kind: Kind = LOG
    """Of a figure of layers."""
    missing: str = ""
    """Why a layer may have no such figure."""

    @property
    def geometric(self) -> bool:
        """Return whether a mean of replicates is the geometric one: they differ by decades."""
        return self.table == "curvature"

    @property
    def axis(self) -> str:
        """Return the label with its unit: `validation accuracy (%)`."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


VAL_LOSS = Metric("val_loss", "validation loss", "nats", log=True)
VAL_ACCURACY = Metric("val_accuracy", "validation accuracy", "%")
TRAIN_LOSS = Metric("train_loss", "training loss", "nats", log=True)
TRAIN_ACCURACY = Metric("train_accuracy", "training accuracy", "%")
RATE = Metric("lr", "learning rate", "", log=True)
MOMENTUM = Metric("momentum", "momentum", "")
RESULT = Metric("result", "final validation accuracy", "%", table="runs")
"""Plotted against the learning rate, one point per run."""
FINDER = Metric("finder", "loss", "nats", table="finder")
"""The range tests, one picture each."""
CRITICAL = Metric("critical_lr", "critical rate", "", log=True, table="curvature")
LIMIT = Metric("limit", "2/λ", "", log=True, table="curvature")
"""Of plain gradient descent; drawn with the critical rate only."""
SHARPNESS = Metric("sharpness", "sharpness λ", "", log=True, table="curvature")
NOISE_SCALE = Metric("noise_scale", "gradient noise scale", "images", log=True, table="curvature")
MEASURES = (
    Metric("gradient_rms", "gradient RMS", "", table="layers"),
    Metric("activation_sd", "activation sd", "", table="layers"),
    Metric("activation_mean", "activation mean", "", table="layers", kind=SIGNED),
    Metric("dead", "dead units", "", table="layers", kind=SHARE, missing="only units of the ReLU family can be dead"),
    Metric("saturated", "saturated outputs", "", table="layers", kind=SHARE, missing="only logistic and tanh saturate"),
    Metric("update_ratio", "update / weight", "", table="layers", missing="measured from epoch 1 on"),
    Metric("distinct_units", "distinct units", "", table="layers"),
)
"""The figures of layers."""

METRICS = {
    metric.name: metric
    for metric in (
        VAL_LOSS,
        VAL_ACCURACY,
        TRAIN_LOSS,
        TRAIN_ACCURACY,
        RATE,
        MOMENTUM,
        Metric("grad_norm", "gradient norm", "", log=True),
        Metric("seconds", "time per epoch", "s"),
        RESULT,
        FINDER,
        CRITICAL,
        SHARPNESS,
        NOISE_SCALE,
        *MEASURES,
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
    "curvature": "critical_lr",
    "critical": "critical_lr",
    "noise": "noise_scale",
}

FINDER_NAMES = (FINDER.name, "find-lr")
"""What a person calls the range tests."""


def named(metric: Metric, study: Study) -> Metric:
    """Return a metric as it is called of a study's runs: what is an accuracy of classes is R² of numbers."""
    words = study.words
    minimized = f", {words.minimized}" if metric.table == "finder" and words.minimized else ""
    return replace(metric, label=words.said(metric.label), unit=f"{words.said(metric.unit)}{minimized}")


def find_metric(name: str | None, view: View, run: int | None = None) -> Metric:
    """Return the metric of that name; without one the validation loss, or the range tests if nothing was trained.

    Raises InputError if there is none of that name (with the nearest, and those the study has), if the study has no
    figure of it (with the reason), and if a `run` is given for what is drawn of all of them.
    """
    if name is None:
        name = "val_loss" if _trained(view) or not _measured(FINDER, view) else "finder"
    metric = METRICS.get(name)
    if metric is None:
        close = _ALIASES.get(name.lower()) or nearest(name, METRICS)
        hint = f"; did you mean {close}?" if close else ""
        there = ", ".join(has(view)) or "nothing measured yet"
        raise InputError(f"unknown metric {literal(name)}{hint} (this study has {there})")
    if not _measured(metric, view):
        raise InputError(_missing(metric, view))
    if run is not None and metric.table not in ("layers", "finder"):
        drawn = ", ".join(name for name in has(view) if METRICS[name].table in ("layers", "finder"))
        raise InputError(f"--run: {metric.name} is drawn of all runs" + (f"; of one there is {drawn}" if drawn else ""))
    return metric


def has(view: View) -> list[str]:
    """Return the names of the metrics of which the study has a figure."""
    return [metric.name for metric in METRICS.values() if _measured(metric, view)]


def _trained(view: View) -> bool:
    return any(state.records for state in view.snapshot.runs)


def _measured(metric: Metric, view: View) -> bool:
    runs = view.snapshot.runs
    if metric.table == "finder":
        return any(state.finder is not None and state.finder.points for state in runs)
    if metric.table == "runs":
        return any(state.epochs_done > 0 for state in runs)
    records = (record for state in runs for record in state.records)
    if metric.table == "curvature":
        return any(getattr(one, metric.name) is not None for record in records if (one := record.curvature))
    rows = (row for record in records for row in (record.layers if metric.table == "layers" else (record,)))
    return any(getattr(row, metric.name) is not None for row in rows)


def _missing(metric: Metric, view: View) -> str:
    """Return why the study has no figure of a metric."""
    specs, label = view.study.runs, named(metric, view.study).label
    if metric.table == "finder":
        if any(spec.finds_lr for spec in specs):
            return "there is no range test to plot yet: none is over"
        return 'this study searched no learning rate; optim.lr = "find" does before training, `lrtui find-lr PRESET` without'
    if metric.table == "layers":
        if not any(spec.config.health.measure for spec in specs):
            return (
                f"no {label} to plot: this study does not measure its layers; health.measure = true in the preset does"
            )
        layers = any(record.layers for state in view.snapshot.runs for record in state.records)
        why = metric.missing or "none is measured yet" if layers else "no layer is measured yet"
        return f"no {label} to plot: {why}"
    if metric.table == "curvature":
        config = [spec.config.curvature for spec in specs]
        if not any(one.measure for one in config):
            return f"no {label} to plot: curvature.measure = true in the preset measures it"
        if metric is SHARPNESS and not any(one.sharpness for one in config if one.measure):
            return f"no {label} to plot: curvature.sharpness = true in the preset measures it"
        return f"no {label} to plot: none is measured yet, or none could be told"
    if not _trained(view) or metric.table == "runs":
        other = "; it searched learning rates: --metric finder" if _measured(FINDER, view) else ""
        return f"no {label} to plot: no epoch is finished{other}"
    return f"no {label} to plot: none is measured yet"
