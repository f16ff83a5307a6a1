"""What of the workbench decides which actions make sense now."""

from dataclasses import dataclass
from pathlib import Path

from textual.widget import Widget
from textual.widgets import Input

from lrtui.study.records import RunStatus, StudyStatus
from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.configuration.field import FieldInput
from lrtui.tui.configuration.form import ConfigurationForm
from lrtui.tui.configuration.heading import Heading
from lrtui.tui.configuration.source import settings_of
from lrtui.tui.presets.entries import PresetEntry, SavedEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.results.pane import ResultsPane, ResultsTable
from lrtui.tui.stage import Stage

_BROKEN_OFF = (StudyStatus.INTERRUPTED, StudyStatus.STOPPED, StudyStatus.FAILED)


@dataclass(frozen=True)
class Situation:
    """One moment of the workbench."""

    training: bool = False
    """A study is being prepared or trained by this process."""
    stopping: bool = False
    queued: int = 0
    """Studies that are to be trained after this one."""
    typing: bool = False
    """The focus is in a text field: letters are text."""
    untouched: bool = False
    """That field is one of the form, and nothing was typed there yet."""
    enter: str = ""
    """What ⏎ does in the widget that has the focus, if it takes it for itself."""
    filtering: bool = False
    """That field is the filter."""
    on_preset: bool = False
    """A preset is selected whose form has no error."""
    on_saved: bool = False
    """A saved study is selected."""
    settings_shown: bool = False
    """Its settings are in the form."""
    resumable: bool = False
    """The selected saved study, or the one on the screen, was broken off."""
    shown: bool = False
    """A study is on the screen."""
    saved_shown: bool = False
    """It is a saved one."""
    running: bool = False
    """The study on the screen is being trained, and can be steered from here."""
    beside: bool = False
    """Saved studies are beside the one on the screen."""
    cut: bool = False
    """There is no room for the whole sentence above the results."""
    zoomed: bool = False
    """A part of a chart is shown."""
    chart: frozenset[str] = frozenset()
    """The actions that make sense on the chart in front."""
    own_theme: bool = True
    """The theme can be changed: not with 16 colours, not with NO_COLOR."""
    form: bool = False
    """The form of a preset is shown."""
    changed: bool = False
    """The form differs from its preset."""
    undoable: bool = False
    """A change of the form can be taken back."""
    more: bool = False
    """The study on the screen has ended and was trained: it can be gone on with."""
    wrong: bool = False
    """A preset is selected whose form, or file, has an error."""
    replaying: bool = False
    """The saved study on the screen is shown as it happened."""
    replayable: bool = False
    """It is shown as it ended, and can be shown as it happened."""
    remarked: bool = False
    """There are remarks on the study of the form, or on the one on the screen."""


def situation(
    stage: Stage,
    presets: PresetsPane,
    form: ConfigurationForm,
    charts: ChartsPane,
    results: ResultsPane,
    focused: Widget | None,
    *,
    own_theme: bool,
) -> Situation:
    """Return how things are now; `focused` has the focus, `own_theme` tells whether there are themes to choose from."""
    view, entry = stage.shown, presets.selected
    stopping = view is not None and view.snapshot.status is StudyStatus.STOPPING
    return Situation(
        training=stage.training,
        stopping=stopping or (bool(stage.starting) and stage.stop_asked),
        queued=len(stage.queue),
        typing=isinstance(focused, Input),
        untouched=isinstance(focused, FieldInput) and not focused.editing,
        enter=_own_enter(focused),
        filtering=focused is presets.filter,
        on_preset=_can_order(form, entry),
        on_saved=isinstance(entry, SavedEntry),
        settings_shown=_settings_shown(form, entry),
        resumable=broken_off(stage, entry) is not None,
        shown=view is not None,
        saved_shown=stage.saved is not None and not stage.starting,
        running=view is not None and view.live and (stage.remote is None or stage.remote.steerable),
        beside=bool(charts.beside),
        cut=results.cut and bool(results.region),
        zoomed=not charts.settings.zoom.whole,
        chart=charts.offers,
        form=form.display and bool(form.shown),
        own_theme=own_theme,
        changed=form.display and form.changed,
        undoable=form.display and form.undoable,
        more=view is not None
        and view.path is not None
        and not (view.live or view.finder or stage.training)
        and view.snapshot.status.ended,
        wrong=_can_say_what_is_wrong(form, entry) and not stage.training,
        replaying=stage.remote is not None and stage.replay is not None,
        replayable=stage.saved is not None and stage.remote is None and stage.saved.snapshot.status.ended,
        remarked=bool(remarks(stage, form)),
    )


def _own_enter(focused: Widget | None) -> str:
    if isinstance(focused, ResultsTable) and focused.current is not None:
        return "its runs" if focused.current.opens else "its scenario"
    return "the group's other keys" if isinstance(focused, Heading) else ""


@dataclass(frozen=True)
class BrokenOff:
    """A saved study that can be gone on with."""

    path: Path
    finder: bool
    """Whether its runs are range tests and nothing more."""


def broken_off(stage: Stage, entry: PresetEntry | SavedEntry | None) -> BrokenOff | None:
    """Return the study to go on with: the selected saved one, else the one on the screen; None if it is no such study."""
    if isinstance(entry, SavedEntry):
        one = entry.summary
        left = one.status in _BROKEN_OFF and one.runs_done < one.runs_total
        return BrokenOff(one.path, one.kind == "finder") if left else None
    view = stage.saved
    if view is None or view.path is None or view.snapshot.status not in _BROKEN_OFF:
        return None
    done = all(state.status in (RunStatus.DONE, RunStatus.SKIPPED) for state in view.snapshot.own)
    return None if done else BrokenOff(view.path, view.finder)


def remarks(stage: Stage, form: ConfigurationForm) -> tuple[str, ...]:
    """Return the remarks on the study of the form if it has any, else on the one on the screen."""
    order = form.order if form.display else None
    if order is not None and order.study.advice:
        return order.study.advice
    return stage.shown.study.advice if stage.shown is not None else ()


def _settings_shown(form: ConfigurationForm, entry: PresetEntry | SavedEntry | None) -> bool:
    return isinstance(entry, SavedEntry) and form.display and form.stands_for(settings_of(entry.summary.path))


def _can_say_what_is_wrong(form: ConfigurationForm, entry: PresetEntry | SavedEntry | None) -> bool:
    if isinstance(entry, PresetEntry) and not form.stands_for(entry.file):
        return bool(entry.problems)
    return _form_counts(form, entry) and bool(form.problem)


def _can_order(form: ConfigurationForm, entry: PresetEntry | SavedEntry | None) -> bool:
    if isinstance(entry, PresetEntry) and not form.stands_for(entry.file):  # the form is about to follow the tree
        return not entry.problems
    return _form_counts(form, entry) and form.order is not None


def _form_counts(form: ConfigurationForm, entry: PresetEntry | SavedEntry | None) -> bool:
    """Return whether the form is that of what is selected."""
    here = isinstance(entry, PresetEntry) or (entry is None and form.display and form.has_focus_within)
    return here or _settings_shown(form, entry)
