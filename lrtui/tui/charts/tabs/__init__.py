"""The tabs of the charts pane, in their order."""

from lrtui.plots.pairs import BATCH, pairs
from lrtui.study.spec import Study
from lrtui.tui.charts.tab import Tab
from lrtui.tui.charts.tabs.compare import Compare
from lrtui.tui.charts.tabs.health import Health
from lrtui.tui.charts.tabs.pair import Pairs
from lrtui.tui.charts.tabs.plotted import Accuracy, Finder, Loss, Rate, Schedule
from lrtui.tui.charts.tabs.told import Answer, Log

TABS: tuple[type[Tab], ...] = (Loss, Accuracy, Rate, Answer, Log, Health, Finder, Schedule, Pairs, Compare)
_MANY = 8
"""So many rates are read off the chart of results rather than from so many curves."""


def opening_tab(study: Study, *, finder: bool = False) -> type[Tab]:
    """Return the tab that answers what a study was made for; `finder`: its runs are range tests and nothing more."""
    if finder:
        return Finder
    if study.experiment:
        return Answer
    if BATCH in study.swept_keys and pairs(study):
        return Pairs
    rates = {spec.lr for spec in study.runs if not spec.finds_lr}
    return Rate if "optim.lr" in study.swept_keys and len(rates) >= _MANY else Loss
