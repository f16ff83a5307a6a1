"""What of the workbench decides which actions make sense now."""

from dataclasses import dataclass

from textual.widget import Widget
from textual.widgets import Input

from lrtui.study.records import StudyStatus
from lrtui.tui.charts.finder import curves_of
from lrtui.tui.charts.health import measured_runs
from lrtui.tui.charts.pane import CURVES, FINDER, HEALTH, PLOTS, RATE, SCHEDULE, ChartsPane
from lrtui.tui.configuration.form import ConfigurationForm
from lrtui.tui.presets.entries import PresetEntry, SavedEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.stage import Stage


@dataclass(frozen=True)
class Situation:
    """One moment of the workbench."""

    training: bool = False
    """A study is being prepared or trained by this process."""
    stopping: bool = False
    typing: bool = False
    """The focus is in a text field: letters are text."""
    filtering: bool = False
    """That field is the filter."""
    on_preset: bool = False
    """A preset is selected whose form has no error."""
    on_saved: bool = False
    """A saved study is selected."""
    shown: bool = False
    """A study is on the screen."""
    saved_shown: bool = False
    """It is a saved one."""
    running: bool = False
    """The study on the screen is being trained here."""
    plot: bool = False
    """A chart with axes is in front."""
    curves: bool = False
    """It is loss or accuracy over epochs."""
    metrics: bool = False
    """The chart in front can show something else of the same study."""
    epochs: bool = False
    """Its horizontal axis is epochs."""
    layers: bool = False
    """The layers of a run are in front, and there are several such runs."""
    tests: bool = False
    """Range tests are in front, and there are several."""
    suggested: bool = False
    """A range test that suggests a rate is in front."""
    groups: bool = False
    """The study has several groups of curves."""
    own_theme: bool = True
    """The theme can be changed: not with 16 colours, not with NO_COLOR."""
    form: bool = False
    """The form of a preset is shown."""
    changed: bool = False
    """The form differs from its preset."""


def situation(
    stage: Stage,
    presets: PresetsPane,
    form: ConfigurationForm,
    charts: ChartsPane,
    focused: Widget | None,
    *,
    own_theme: bool,
) -> Situation:
    """Return how things are now; `focused` has the focus, `own_theme` tells whether there are themes to choose from."""
    view, entry = stage.shown, presets.selected
    stopping = view is not None and view.snapshot.status is StudyStatus.STOPPING
    tab = charts.tab if view is not None else -1
    marked = charts.marked if tab == FINDER else None
    return Situation(
        training=stage.training,
        stopping=stopping or (bool(stage.starting) and stage.stop_asked),
        typing=isinstance(focused, Input),
        filtering=focused is presets.filter,
        on_preset=_can_order(form, entry),
        on_saved=isinstance(entry, SavedEntry),
        shown=view is not None,
        saved_shown=stage.saved is not None and not stage.starting,
        running=view is not None and view.live,
        plot=tab in PLOTS,
        curves=tab in CURVES,
        metrics=tab in (RATE, SCHEDULE, HEALTH),
        epochs=tab in (*CURVES, SCHEDULE),
        layers=view is not None and tab == HEALTH and len(measured_runs(view)) > 1,
        tests=view is not None and tab == FINDER and len(curves_of(view)) > 1,
        suggested=marked is not None and marked.lr is not None,
        form=form.display and bool(form.shown),
        groups=view is not None and tab != FINDER and len(view.shape.groups) > 1,
        own_theme=own_theme,
        changed=form.display and form.changed,
    )


def _can_order(form: ConfigurationForm, entry: PresetEntry | SavedEntry | None) -> bool:
    if isinstance(entry, PresetEntry) and not form.stands_for(entry.file):  # the form is about to follow the tree
        return not entry.problems
    here = isinstance(entry, PresetEntry) or (entry is None and form.display and form.has_focus_within)
    return here and form.order is not None
