"""The tabs that show a picture with axes: loss, accuracy, rate → result, finder, schedule."""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar

from lrtui.plots.chart import Chart
from lrtui.plots.curvature import critical
from lrtui.plots.curves import curves, rate_log
from lrtui.plots.emphasis import standing_out
from lrtui.plots.finder import RangeTest, finder, range_tests
from lrtui.plots.metrics import (
    CRITICAL,
    MOMENTUM,
    NOISE_SCALE,
    RATE,
    TRAIN_ACCURACY,
    TRAIN_LOSS,
    VAL_ACCURACY,
    VAL_LOSS,
    Metric,
)
from lrtui.plots.rates import rates
from lrtui.plots.view import View
from lrtui.plots.zoom import zoomed
from lrtui.tui.bound import key_of
from lrtui.tui.charts.caption import clickable
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.tab import Tab, Toggle


@dataclass
class Plotted(Tab):
    """A picture with axes."""

    log: bool = field(default=False, init=False)
    """Whether the vertical axis is logarithmic."""
    by_epoch: ClassVar[bool] = False
    grouped: ClassVar[bool] = True
    overlays: ClassVar[bool] = False
    """Studies beside this one are drawn over it, scenarios can be hidden and stand out."""

    @abstractmethod
    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture; its legend reads the values at `epoch`."""

    def is_log(self, view: View) -> bool:
        """Return whether the vertical axis is logarithmic for this study."""
        return self.log

    @property
    def shown(self) -> str:
        """Return which of several metrics is shown; empty if there is one."""
        return ""

    def toggles(self, view: View) -> list[Toggle]:
        """Return which group and metric is shown, and how."""
        groups = len(view.shape.groups)
        parts = [
            (f"{self.settings.group + 1}/{groups}" if self.grouped and groups > 1 else "", "group()"),
            (self.shown, "metric()"),
            (f"y {_scale(self.is_log(view))}", "y_scale()"),
            (f"x {_scale(self.settings.x_log)}" if self.by_epoch else "", "x_scale()"),
        ]
        return [(label, action) for label, action in parts if label]

    def front(self, view: View) -> Plot:
        """Return the plot."""
        return self.plot

    def draw(self, view: View) -> None:
        """Show the picture."""
        together = self.pane.overlaid(view) if self.overlays else view
        last = max(spec.epochs for spec in together.study.runs) if self.by_epoch else 0
        self.plot.show_chart(
            lambda epoch: self._finished(together, self.chart(together, epoch)),
            clickable(self.toggles(view), self.pane.skin),
            last,
        )

    def picture(self, view: View) -> tuple[View, Chart]:
        """Return the chart as it is shown now, and the studies that it is of."""
        together = self.pane.overlaid(view) if self.overlays else view
        return together, self._finished(together, self.chart(together, self.plot.cross))

    def _finished(self, view: View, chart: Chart) -> Chart:
        """Return the chart as it is looked at: a part of it, one scenario standing out, the studies named."""
        now = self.settings
        if self.overlays and self.pane.beside:
            chart = replace(chart, notes=(*chart.notes, self.pane.named_beside))
        if now.strong and self.overlays:
            chosen = (one for one in view.shape.scenarios if one.scenario.rpartition("\0")[2] == now.scenario)
            chart = standing_out(chart, next((one.colour for one in chosen), None))
        if not now.zoom.whole:
            chart = replace(zoomed(chart, now.zoom), title=f"{chart.title} · {now.zoom.text}")
        return chart

    def toggle_y(self, view: View) -> None:
        """Turn the vertical axis over."""
        self.log = not self.log


class Curves(Plotted):
    """Loss or accuracy over epochs."""

    by_epoch = True
    overlays = True
    train: ClassVar[Metric]
    val: ClassVar[Metric]

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the group in front; of both splits validation counts."""
        now = self.settings
        return curves(
            view,
            {"val": [self.val], "train": [self.train], "both": [self.train, self.val]}[now.split],
            group=now.group,
            replicates=now.replicates,
            smoothing=now.smoothing,
            log=self.log,
            x_log=now.x_log,
            epoch=epoch,
        )

    def toggles(self, view: View) -> list[Toggle]:
        """Return the toggles of curves."""
        now = self.settings
        return [
            *super().toggles(view),
            (f"smooth {now.smoothing:.1f}", "smooth(1)"),
            (f"runs {'on' if now.replicates else 'off'}", "replicates()"),
            ("", "split()"),
        ]


@dataclass
class Loss(Curves):
    """Losses by epoch."""

    name, short = "Loss", "Loss"
    train, val = TRAIN_LOSS, VAL_LOSS
    log: bool = field(default=True, init=False)


class Accuracy(Curves):
    """Accuracies by epoch, or what the task has in place of them."""

    name, short = "Accuracy", "Acc"
    train, val = TRAIN_ACCURACY, VAL_ACCURACY

    def title(self, *, short: bool) -> str:
        """Return what the score of the study on the screen is called."""
        view = self.pane.view
        title = super().title(short=short)
        if view is None or view.study.words.score == "accuracy":
            return title
        return view.study.words.score.capitalize()


@dataclass
class Rate(Plotted):
    """Learning rate against result."""

    name, short = "Rate → result", "Rate"
    overlays = True
    metric: Metric = field(default=VAL_ACCURACY, init=False)

    @property
    def shown(self) -> str:
        """Return `accuracy`, or what else the score is called, or `loss`."""
        name, view = self.metric.name.removeprefix("val_"), self.pane.view
        return name if view is None else view.study.words.said(name)

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the group in front."""
        alone = not self.pane.beside
        told = self.pane.comparisons() if view.shape.sweeps_rate and alone else ()
        return rates(view, group=self.settings.group, metric=self.metric, log=self.log, told=told)

    def next_metric(self) -> None:
        """Accuracy or loss; a loss has a logarithmic axis of its own accord."""
        self.metric = VAL_LOSS if self.metric is VAL_ACCURACY else VAL_ACCURACY
        self.log = self.metric.log


@dataclass
class Schedule(Plotted):
    """Learning rate or momentum over epochs, as it was used; and, where the curvature is measured, the largest rate that the
    loss can take, and the gradient's noise."""

    name, short = "Schedule", "Sched"
    by_epoch = True
    metric: Metric = field(default=RATE, init=False)
    wanted: bool | None = field(default=None, init=False)
    """Whether the axis of rates is to be logarithmic; None: as suits the rates."""

    @property
    def shown(self) -> str:
        """Return `rate`, `momentum`, `critical` or `noise`."""
        return {RATE: "rate", MOMENTUM: "momentum", CRITICAL: "critical rate", NOISE_SCALE: "noise"}[self.metric]

    def is_log(self, view: View) -> bool:
        """Return whether the axis is logarithmic: that of momentum never is, that of what is measured always."""
        if self.metric is not RATE:
            return self.metric is not MOMENTUM
        return rate_log(view, self.settings.group) if self.wanted is None else self.wanted

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the group in front."""
        now, log = self.settings, self.is_log(view)
        if self.metric is CRITICAL:
            return critical(view, group=now.group, x_log=now.x_log, epoch=epoch)
        return curves(
            view, [self.metric], group=now.group, replicates=now.replicates, log=log, x_log=now.x_log, epoch=epoch
        )

    def begin(self) -> None:
        """The axis suits the rates again; a study may have no curvature to show."""
        self.wanted = None
        if self.metric in (CRITICAL, NOISE_SCALE):
            self.metric = RATE

    def toggle_y(self, view: View) -> None:
        """Turn the axis of rates over."""
        if self.metric is RATE:
            self.wanted = not self.is_log(view)

    def next_metric(self) -> None:
        """Rate or momentum; of a study that measures the curvature, critical rate and noise too."""
        shows = self._shows
        self.metric = shows[(shows.index(self.metric) + 1) % len(shows)] if self.metric in shows else RATE

    @property
    def _shows(self) -> list[Metric]:
        """Return what there is to show of the study."""
        view = self.pane.view
        measures = view is not None and any(spec.config.curvature.measure for spec in view.study.runs)
        return [RATE, MOMENTUM, *([CRITICAL, NOISE_SCALE] if measures else [])]


@dataclass
class Finder(Plotted):
    """Range tests: one in front, the others behind it."""

    name, short = "Finder", "Finder"
    empty = "{find} runs a range test for the preset that is selected; its curve appears here."
    grouped = False
    suggestion: str | None = field(default=None, init=False)
    """Which is highlighted; None: the one that was chosen."""

    @property
    def test(self) -> RangeTest | None:
        """Return the range test in front: of the scenario that was chosen, else the first, if it has one; else the latest."""
        view = self.pane.view
        tests = range_tests(view) if view is not None else []
        if view is None or not tests:
            return None
        wanted = self.settings.scenario or view.shape.scenarios[0].scenario
        test = next((one for one in tests if one.scenario.scenario == wanted), tests[-1])
        return replace(test, suggestion=self.suggestion) if self.suggestion in test.curve.suggestions else test

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the range test in front."""
        test = self.test
        if test is None:
            finds = any(spec.finds_lr for spec in view.study.runs)
            how = 'no range test here: {find} runs one for the form; optim.lr = "find" runs one before training'
            none = "the range test begins…" if view.live else "no range test was finished"
            how = how.replace("{find}", key_of("find", self.pane.app))
            return Chart("smoothed loss by learning rate", message=none if finds else how)
        others = [one for one in range_tests(view) if one.state is not test.state]
        return finder(view, test, others, log=self.log)

    def toggles(self, view: View) -> list[Toggle]:
        """Return what there is to do with the test in front."""
        parts, test = super().toggles(view), self.test
        if len(range_tests(view)) > 1:
            parts.append(("", "next_shown()"))
        if test is not None and test.lr is not None:
            parts += [("", "suggestion()"), ("", "use_rate()")]
        return parts

    def begin(self) -> None:
        """Nothing is highlighted yet."""
        self.suggestion = None

    def next_shown(self, view: View) -> None:
        """Bring the next range test to the front."""
        if (test := self.test) is not None:
            names = [one.scenario.scenario for one in range_tests(view)]
            self.settings.scenario = names[(names.index(test.scenario.scenario) + 1) % len(names)]
            self.suggestion = None

    def step(self, by: int) -> None:
        """Highlight another suggestion."""
        test = self.test
        if test is not None and test.suggestion is not None:
            names = list(test.curve.suggestions)
            self.suggestion = names[(names.index(test.suggestion) + by) % len(names)]


def _scale(log: bool) -> str:
    return "log" if log else "lin"
