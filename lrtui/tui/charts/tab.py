"""What every tab of the charts pane is: it owns its title, its drawing, its toggles, and what there is to do on it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from lrtui.plots.view import View

if TYPE_CHECKING:
    from lrtui.tui.charts.pane import ChartsPane

SPLITS = ("val", "train", "both")
SMOOTHING = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)


@dataclass
class Settings:
    """What a person has set, of every chart that it makes sense of."""

    group: int = 0
    """Which group of the study is shown."""
    split: str = "val"
    replicates: bool = True
    smoothing: float = 0.0
    x_log: bool = False
    scenario: str = ""
    """Whose layers and range test are shown; empty: of the run under way, else of the best."""
    run: int | None = None


@dataclass(frozen=True)
class Facts:
    """What there is to do on a tab."""

    plot: bool = False
    """It has axes."""
    curves: bool = False
    """It is loss or accuracy over epochs."""
    metrics: bool = False
    """It can show something else of the same study."""
    epochs: bool = False
    """Its horizontal axis is epochs."""
    layers: bool = False
    """It shows the layers of a run, and there are several such runs."""
    tests: bool = False
    """It shows range tests, and there are several."""
    suggested: bool = False
    """It shows a range test that suggests a rate."""
    groups: bool = False
    """It shows one of several groups of curves."""


@dataclass
class Tab(ABC):
    """One tab. Keys that make no sense on it do nothing; whoever calls one draws the pane anew."""

    pane: "ChartsPane"
    drawn: object = field(default=None, init=False)
    """What it was drawn from, to know whether to draw it again."""

    name: ClassVar[str]
    short: ClassVar[str]
    empty: ClassVar[str] = "Curves appear here when a study is trained or a saved one is opened."

    def title(self, *, short: bool) -> str:
        """Return its name for the row of tabs."""
        return self.short if short else self.name

    @property
    @abstractmethod
    def front(self) -> Widget:
        """Return the widget that shows it and can take the focus."""

    @abstractmethod
    def draw(self, view: View) -> None:
        """Show a study as it stands."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Show a sentence: there is no study."""

    def key(self, view: View | None) -> object:
        """Return what the drawing depends on, besides the theme."""
        return None if view is None else (id(view.study), view.live)

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        return Facts()

    def begin(self) -> None:
        """Another study is shown."""

    def toggle_y(self) -> None:
        """Turn the vertical axis over: logarithmic or linear."""

    def next_metric(self) -> None:
        """Show something else of the same study."""

    def next_shown(self) -> None:
        """Show the next run, or the next range test."""

    def step(self, by: int) -> None:
        """Go through the suggestions of a range test."""

    @property
    def settings(self) -> Settings:
        """Return what a person has set."""
        return self.pane.settings
