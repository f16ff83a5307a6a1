"""What every tab of the charts pane is: it owns its title, its drawing, and what there is to do on it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from lrtui.plots.view import View
from lrtui.plots.zoom import Zoom
from lrtui.tui.charts.plot import Plot

if TYPE_CHECKING:
    from lrtui.tui.charts.pane import ChartsPane

SPLITS = ("val", "train", "both")
SMOOTHING = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)

Toggle = tuple[str, str]
"""How something stands, as the caption shows it (empty: it does not), and the app's action that changes it."""


@dataclass
class Settings:
    """What a person has set, of every chart that it makes sense of."""

    group: int = 0
    """Which group of the study is shown."""
    split: str = "val"
    replicates: bool = True
    smoothing: float = 0.0
    x_log: bool = False
    hidden: frozenset[str] = frozenset()
    """Scenarios whose curves are not drawn."""
    strong: bool = False
    """The curves of the scenario under the cursor stand out."""
    zoom: Zoom = field(default_factory=Zoom)
    scenario: str = ""
    """Whose layers and range test are shown; empty: of the run under way, else of the best."""
    run: int | None = None


@dataclass
class Tab(ABC):
    """One tab. Keys that make no sense on it do nothing; whoever calls one draws the pane anew."""

    pane: "ChartsPane"

    name: ClassVar[str]
    short: ClassVar[str]
    empty: ClassVar[str] = "Curves appear here when a study is trained or a saved one is opened."

    def title(self, *, short: bool) -> str:
        """Return its name for the row of tabs."""
        return self.short if short else self.name

    @abstractmethod
    def front(self, view: View) -> Widget:
        """Return the widget that shows a study and can take the focus."""

    @abstractmethod
    def draw(self, view: View) -> None:
        """Show a study as it stands."""

    def toggles(self, view: View) -> list[Toggle]:
        """Return what there is to do."""
        return []

    def begin(self) -> None:
        """Another study is shown."""

    def toggle_y(self, view: View) -> None:
        """Turn the vertical axis over: logarithmic or linear."""

    def next_metric(self) -> None:
        """Show something else of the same study."""

    def next_shown(self, view: View) -> None:
        """Show the next run, or the next range test."""

    def step(self, by: int) -> None:
        """Go through the suggestions of a range test."""

    @property
    def settings(self) -> Settings:
        """Return what a person has set."""
        return self.pane.settings

    @property
    def plot(self) -> Plot:
        """Return the widget for charts and sentences."""
        return self.pane.query_one(Plot)
