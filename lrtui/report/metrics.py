"""What can be plotted: its name, its label, its unit, and the axis that suits it."""

from dataclasses import dataclass

from lrtui.errors import InputError
from lrtui.study.problems import nearest
from lrtui.text import literal


@dataclass(frozen=True)
class Metric:
    """One thing to plot. All but `result` are columns of epochs.parquet, plotted against the epoch."""

    name: str
    label: str
    unit: str
    """Empty where it has none."""
    log: bool = False
    """Whether a logarithmic axis is the natural one."""

    @property
    def axis(self) -> str:
        """Return the label with its unit: `validation accuracy (%)`."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


RESULT = Metric("result", "final validation accuracy", "%")
"""Plotted against the learning rate, one point per run."""

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
    )
}
"""By name, in the order in which a person would look at them."""

_ALIASES = {"loss": "val_loss", "accuracy": "val_accuracy", "acc": "val_accuracy", "rate": "lr", "time": "seconds"}


def find_metric(name: str) -> Metric:
    """Return the metric of that name. Raises InputError, with the nearest name, where there is none."""
    if name in METRICS:
        return METRICS[name]
    close = _ALIASES.get(name.lower()) or nearest(name, METRICS)
    hint = f"; did you mean {close}?" if close else ""
    raise InputError(f"unknown metric {literal(name)}{hint} (there are {', '.join(METRICS)})")
