"""What a person has set about the charts."""

from dataclasses import dataclass, replace

SPLITS = ("val", "train", "both")
SMOOTHING = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)


@dataclass(frozen=True)
class ChartOptions:
    """How loss, accuracy and rate charts are drawn."""

    split: str = "val"
    replicates: bool = True
    loss_log: bool = True
    accuracy_log: bool = False
    x_log: bool = False
    smoothing: float = 0.0
    group: int = 0
    rate_metric: str = "accuracy"
    schedule_metric: str = "lr"
    """What the schedule chart shows: `lr` or `momentum`."""
    lr_log: bool | None = None
    """Of the schedule chart; None: as suits the rates."""
    layer_metric: int = 0
    """Of the heat map: which of the measures."""
    finder_log: bool = False
    scenario: int = 0
    """Of the finder chart: the scenario, within the study, whose suggestions are marked."""
    suggestion: int | None = None
    """Which suggestion is highlighted; None: the one that was chosen."""
    letters: bool = False
    """Curves carry letters: there is no colour to tell them apart."""

    def y_log(self, metric: str) -> bool:
        """Return whether that metric's axis is logarithmic."""
        return {"loss": self.loss_log, "finder": self.finder_log, "lr": bool(self.lr_log)}.get(
            metric, self.accuracy_log
        )

    def toggle_y(self, metric: str) -> "ChartOptions":
        """Return the options with that metric's axis turned over."""
        if metric == "loss":
            return replace(self, loss_log=not self.loss_log)
        if metric == "finder":
            return replace(self, finder_log=not self.finder_log)
        return replace(self, accuracy_log=not self.accuracy_log)

    def next_split(self) -> "ChartOptions":
        """Return the options with validation, training, or both."""
        return replace(self, split=SPLITS[(SPLITS.index(self.split) + 1) % len(SPLITS)])

    def smoother(self, by: int) -> "ChartOptions":
        """Return the options with more (1) or less (-1) smoothing; at the end it begins again."""
        index = (SMOOTHING.index(self.smoothing) + by) % len(SMOOTHING)
        return replace(self, smoothing=SMOOTHING[index])
