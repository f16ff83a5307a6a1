"""The heat map of a run's layers: a row per layer, a column per epoch, its scale, and a line of plain words."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from lrtui.plots.heatmap import LayerMap, Look, Place, lay_out
from lrtui.plots.layers import LayerRun, Range
from lrtui.plots.metrics import MEASURES, Metric
from lrtui.tui.charts.caption import captioned
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap
from lrtui.tui.themes import has_letters

_WORDS = 2
"""Lines that the words below have if layers leave them."""


class HeatMap(DiffedLines, can_focus=True):
    """Draws one run; arrows and the mouse read single values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cross(-1, 0)", "Epoch before", show=False),
        Binding("right", "cross(1, 0)", "Next epoch", show=False),
        Binding("up", "cross(0, 1)", "Layer above", show=False),
        Binding("down", "cross(0, -1)", "Layer below", show=False),
        Binding("home", "cross(-100000, 0)", "First epoch", show=False),
        Binding("end", "cross(100000, 0)", "Last epoch", show=False),
        Binding("escape", "uncross", "Crosshair away", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run: LayerRun | None = None
        self._measure = MEASURES[0]
        self._title, self._toggles = "", Text()
        self._cross: Place | None = None
        self._map: LayerMap | None = None

    @property
    def cross(self) -> Place | None:
        """Return what the crosshair is on."""
        return self._cross

    def show_run(self, run: LayerRun, measure: Metric, title: str, toggles: Text) -> None:
        """Show a run's layers; `title` says which run."""
        if self._run is None or run.spec.run != self._run.spec.run:
            self._cross = None
        self._run, self._measure, self._title, self._toggles = run, measure, title, toggles
        self.redraw()

    def redraw(self) -> None:
        """Lay the map out for the size there is."""
        width, height = self.size
        if width >= 12 and height >= 4 and self._run is not None:
            self.show(self._lines(self._run, width, height))

    def action_cross(self, epochs: int, layers: int) -> None:
        """Move the crosshair; it begins at the latest epoch and the input."""
        if self._run is None:
            return
        last, top = self._run.last, len(self._run.measured[self._run.last]) - 1
        at = self._cross
        self._cross = (
            Place(last, 0)
            if at is None
            else Place(max(0, min(last, at.epoch + epochs)), max(0, min(top, at.layer + layers)))
        )
        self.redraw()

    def action_uncross(self) -> None:
        """Put the crosshair away."""
        if self._cross is not None:
            self._cross = None
            self.redraw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse."""
        found = None if self._map is None else self._map.place_at(event.x, event.y + self.scroll_offset.y - 1)
        if found != self._cross:
            self._cross = found
            self.redraw()

    def on_leave(self) -> None:
        """The mouse is gone, and the crosshair with it."""
        if not self.has_focus:
            self.action_uncross()

    def _lines(self, run: LayerRun, width: int, height: int) -> list[Text]:
        layers, skin = len(run.measured[run.last]), self.skin
        words = 1 if layers == height - 4 else _WORDS
        look = Look(self._measure.kind, skin.ground, letters=has_letters(self), dim=skin.dim, bad=skin.bad)
        self._map = lay_out(run, self._measure, look, width=width, height=height - 1 - words, cross=self._cross)
        if not self._map.lines:
            missing = self._measure.missing or "nothing measured yet"
            none = Text(f"{self._measure.label}: {missing}", skin.dim)
            return [captioned(self._title, self._toggles, width, skin), Text(), none]
        caption = self._reading(run) or f"{self._measure.label} · {self._title}"
        return [captioned(caption, self._toggles, width, skin), *self._map.lines, *self._words(run, width, words)]

    def _epoch(self, run: LayerRun) -> int:
        """Return the measured epoch the crosshair is on, else the latest."""
        cross = self._cross
        return run.last if cross is None else min(run.measured, key=lambda epoch: abs(epoch - cross.epoch))

    def _reading(self, run: LayerRun) -> str:
        """Return what the crosshair reads."""
        if self._cross is None:
            return ""
        epoch = self._epoch(run)
        layers = run.measured[epoch]
        layer = layers[min(self._cross.layer, len(layers) - 1)]
        value = getattr(layer, self._measure.name)
        shown = "–" if value is None else Range(self._measure.kind, 0.0, 1.0).text(value)
        return f"epoch {epoch}, {layer.name}: {self._measure.label} {shown}"

    def _words(self, run: LayerRun, width: int, room: int) -> list[Text]:
        """Return what the figures of an epoch mean."""
        epoch = self._epoch(run)
        sentence = run.sentence_at(epoch)
        style = self.skin.good if sentence.startswith("healthy") else self.skin.warn
        parts = wrap(f"epoch {epoch}: {sentence}", width)
        if len(parts) > room:
            parts = [*parts[: room - 1], f"{parts[room - 1][: width - 2]} …"]
        return [Text(part, style) for part in parts]
