"""The tab of two swept keys: a map, rate by batch size or another pair."""

from dataclasses import dataclass, field

from lrtui.plots.pair_lines import LAWS, Law
from lrtui.plots.pairs import SHOWN, pair_map, pairs
from lrtui.plots.view import View
from lrtui.tui.charts.caption import clickable
from lrtui.tui.charts.pair_view import PairView
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.tab import Tab, Toggle


@dataclass
class Pairs(Tab):
    """A map of two swept keys."""

    name, short = "Map", "Map"
    empty = "A map of two swept keys (rate × batch size, …) appears here when a study sweeps two."
    pair: int = field(default=0, init=False)
    what: int = field(default=0, init=False)
    law: int = field(default=0, init=False)
    """Which lines are drawn; 0: none."""

    def front(self, view: View) -> PairView | Plot:
        """Return the map, or the plot, which says why there is none."""
        return self._map if not view.finder and pairs(view.study) else self.plot

    def draw(self, view: View) -> None:
        """Show the map, or why there is none."""
        there = pairs(view.study)
        if view.finder or not there:
            self.plot.say(self._why_none(view))
            return
        drawn = pair_map(view, there[self.pair % len(there)], SHOWN[self.what])
        self._map.show_map(drawn, self._law(view), clickable(self.toggles(view), self.pane.skin))

    def toggles(self, view: View) -> list[Toggle]:
        """Return which pair is shown, what of it, and which lines."""
        there = pairs(view.study)
        if view.finder or not there:
            return []
        parts = []
        if len(there) > 1:
            parts.append((f"pair {self.pair % len(there) + 1}/{len(there)}", "next_shown()"))
        parts.append((view.study.words.said(SHOWN[self.what].name.replace("_", " ")), "metric()"))
        if there[self.pair % len(there)].has_lines:
            law = self._law(view)
            parts.append((f"lines {'off' if law is None else law.label}", "map_lines()"))
        return parts

    def begin(self) -> None:
        """Another study has other pairs."""
        self.pair = 0

    def next_metric(self) -> None:
        """Final or best accuracy, final or lowest loss."""
        self.what = (self.what + 1) % len(SHOWN)

    def next_shown(self, view: View) -> None:
        """Show the next pair."""
        self.pair = (self.pair + 1) % max(1, len(pairs(view.study)))

    def next_lines(self) -> None:
        """Lines of constant η/B, of constant η/√B, none."""
        self.law = (self.law + 1) % (len(LAWS) + 1)

    def _law(self, view: View) -> Law | None:
        there = pairs(view.study)
        return LAWS[self.law - 1] if self.law and there[self.pair % len(there)].has_lines else None

    @property
    def _map(self) -> PairView:
        return self.pane.query_one(PairView)

    @staticmethod
    def _why_none(view: View) -> str:
        if view.finder:
            return "A range test sweeps no keys."
        keys = view.study.varied_keys
        only = f"only {keys[0]}" if keys else "no key"
        return f"A map takes two swept keys; this study sweeps {only}. Several values in a field of the form sweep it."
