"""The tabs that show a picture with axes: loss, accuracy, rate → result, finder, schedule."""

from abc import abstractmethod
from dataclasses import astuple, dataclass, field, replace
from typing import ClassVar

from lrtui.plots.chart import Chart
from lrtui.plots.curves import curves, rate_log
from lrtui.plots.finder import RangeTest, finder, range_tests
from lrtui.plots.metrics import MOMENTUM, RATE, TRAIN_ACCURACY, TRAIN_LOSS, VAL_ACCURACY, VAL_LOSS, Metric
from lrtui.plots.rates import rates
from lrtui.plots.view import View
from lrtui.tui.charts.caption import clickable
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.tab import Facts, Tab


@dataclass
class Plotted(Tab):
    """A picture with axes."""

    log: bool = field(default=False, init=False)
    """Whether the vertical axis is logarithmic."""
    by_epoch: ClassVar[bool] = False
    grouped: ClassVar[bool] = True

    @abstractmethod
    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture; its legend reads the values at `epoch`."""

    def toggles(self, view: View) -> list[tuple[str, str]]:
        """Return what can be switched here and how it stands (label, action)."""
        return [(f"y {'log' if self.log else 'lin'}", "y_scale()")]

    @property
    def front(self) -> Plot:
        """Return the plot."""
        return self.pane.query_one(Plot)

    def draw(self, view: View) -> None:
        """Show the picture."""
        parts = self.toggles(view)
        groups = len(view.shape.groups)
        if self.grouped and groups > 1:
            parts.insert(0, (f"{self.settings.group + 1}/{groups}", "group()"))
        last = max(spec.epochs for spec in view.study.runs) if self.by_epoch else 0
        self.front.show_chart(lambda epoch: self.chart(view, epoch), clickable(parts, self.pane.skin), last)

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.front.say(text)

    def key(self, view: View | None) -> object:
        """Return what the picture depends on."""
        running = () if view is None else tuple(state.spec.run for state in view.snapshot.running)
        return super().key(view), self.pane.version, astuple(self.settings), self.log, running

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        return Facts(plot=True, epochs=self.by_epoch, groups=self.grouped and len(view.shape.groups) > 1)

    def toggle_y(self) -> None:
        """Turn the vertical axis over."""
        self.log = not self.log


class Curves(Plotted):
    """Loss or accuracy over epochs."""

    by_epoch = True
    metrics: ClassVar[dict[str, tuple[Metric, ...]]]
    """By split; the last of several is in front."""

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the group in front."""
        now = self.settings
        return curves(
            view,
            self.metrics[now.split],
            group=now.group,
            replicates=now.replicates,
            smoothing=now.smoothing,
            log=self.log,
            x_log=now.x_log,
            epoch=epoch,
        )

    def toggles(self, view: View) -> list[tuple[str, str]]:
        """Return the toggles of curves."""
        now = self.settings
        return [
            *super().toggles(view),
            (f"x {'log' if now.x_log else 'lin'}", "x_scale()"),
            (f"smooth {now.smoothing:.1f}", "smooth(1)"),
            (f"runs {'on' if now.replicates else 'off'}", "replicates()"),
        ]

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        return replace(super().facts(view), curves=True)


@dataclass
class Loss(Curves):
    """Losses by epoch."""

    name, short = "Loss", "Loss"
    metrics: ClassVar[dict[str, tuple[Metric, ...]]] = {
        "val": (VAL_LOSS,),
        "train": (TRAIN_LOSS,),
        "both": (TRAIN_LOSS, VAL_LOSS),
    }
    log: bool = field(default=True, init=False)


class Accuracy(Curves):
    """Accuracies by epoch."""

    name, short = "Accuracy", "Acc"
    metrics: ClassVar[dict[str, tuple[Metric, ...]]] = {
        "val": (VAL_ACCURACY,),
        "train": (TRAIN_ACCURACY,),
        "both": (TRAIN_ACCURACY, VAL_ACCURACY),
    }


@dataclass
class Rate(Plotted):
    """Learning rate against result."""

    name, short = "Rate → result", "Rate"
    metric: Metric = field(default=VAL_ACCURACY, init=False)

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the group in front."""
        told = self.pane.judged() if view.shape.sweeps_rate else ()
        return rates(view, group=self.settings.group, metric=self.metric, log=self.log, told=told)

    def toggles(self, view: View) -> list[tuple[str, str]]:
        """Return which result is shown, and how."""
        return [(self.metric.name.removeprefix("val_"), "metric()"), *super().toggles(view)]

    def key(self, view: View | None) -> object:
        """Return what the picture depends on."""
        return super().key(view), self.metric

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        return replace(super().facts(view), metrics=True)

    def next_metric(self) -> None:
        """Accuracy or loss; a loss has a logarithmic axis of its own accord."""
        self.metric = VAL_LOSS if self.metric is VAL_ACCURACY else VAL_ACCURACY
        self.log = self.metric.log


@dataclass
class Schedule(Plotted):
    """Learning rate or momentum over epochs, as it was used."""

    name, short = "Schedule", "Sched"
    by_epoch = True
    metric: Metric = field(default=RATE, init=False)
    wanted: bool | None = field(default=None, init=False)
    """Whether the axis of rates is to be logarithmic; None: as suits the rates."""

    def chart(self, view: View, epoch: int | None) -> Chart:
        """Return the picture of the group in front."""
        now = self.settings
        log = self._log(view)
        return curves(
            view, [self.metric], group=now.group, replicates=now.replicates, log=log, x_log=now.x_log, epoch=epoch
        )

    def toggles(self, view: View) -> list[tuple[str, str]]:
        """Return what is shown, and how."""
        shown = "rate" if self.metric is RATE else "momentum"
        x, y = ("log" if self.settings.x_log else "lin"), ("log" if self._log(view) else "lin")
        return [(shown, "metric()"), (f"y {y}", "y_scale()"), (f"x {x}", "x_scale()")]

    def key(self, view: View | None) -> object:
        """Return what the picture depends on."""
        return super().key(view), self.metric, self.wanted

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        return replace(super().facts(view), metrics=True)

    def begin(self) -> None:
        """The axis suits the rates again."""
        self.wanted = None

    def toggle_y(self) -> None:
        """Turn the axis of rates over."""
        if self.metric is RATE and (view := self.pane.view) is not None:
            self.wanted = not self._log(view)

    def next_metric(self) -> None:
        """Rate or momentum."""
        self.metric = MOMENTUM if self.metric is RATE else RATE

    def _log(self, view: View) -> bool:
        if self.metric is not RATE:
            return False
        return rate_log(view, self.settings.group) if self.wanted is None else self.wanted


@dataclass
class Finder(Plotted):
    """Range tests: one in front, the others behind it."""

    name, short = "Finder", "Finder"
    empty = "f runs a range test for the preset that is selected; its curve appears here."
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
            how = 'no range test here: f runs one for the form; optim.lr = "find" runs one before training'
            none = "the range test begins…" if view.live else "no range test was finished"
            return Chart("smoothed loss by learning rate", message=none if finds else how)
        others = [one for one in range_tests(view) if one.state is not test.state]
        return finder(view, test, others, log=self.log)

    def key(self, view: View | None) -> object:
        """Return what the picture depends on."""
        tests = [] if view is None else range_tests(view)
        return super().key(view), self.suggestion, [(len(test.curve.points), test.curve.over) for test in tests]

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        test = self.test
        suggested = test is not None and test.lr is not None
        return replace(super().facts(view), tests=len(range_tests(view)) > 1, suggested=suggested)

    def begin(self) -> None:
        """Nothing is highlighted yet."""
        self.suggestion = None

    def next_shown(self) -> None:
        """Bring the next range test to the front."""
        test, view = self.test, self.pane.view
        if test is not None and view is not None:
            names = [one.scenario.scenario for one in range_tests(view)]
            self.settings.scenario = names[(names.index(test.scenario.scenario) + 1) % len(names)]
            self.suggestion = None

    def step(self, by: int) -> None:
        """Highlight another suggestion."""
        test = self.test
        if test is not None and test.suggestion is not None:
            names = list(test.curve.suggestions)
            self.suggestion = names[(names.index(test.suggestion) + by) % len(names)]
