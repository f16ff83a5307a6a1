"""What is on the stage: the study this process trains, and the saved one that may be shown instead."""

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lrtui.plots.view import StudyShape, View
from lrtui.study.spec import Study
from lrtui.study.states import LogEvent
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.charts.log import Notes
from lrtui.tui.results.verdict import leading, verdict
from lrtui.under_way import Own, UnderWay

if TYPE_CHECKING:
    from lrtui.remote import RemoteStudy
    from lrtui.replay import Replay
    from lrtui.store.reader import SavedStudy
    from lrtui.tui.configuration.form import Order


class StartSession(Protocol):
    """Starts a session, as `Session.start` does. Blocks; called off the event loop."""

    def __call__(
        self,
        study: Study,
        *,
        device: str,
        engine: str,
        lanes: int | None,
        runs_dir: Path,
        data_dir: Path,
        find_only: bool,
        fresh: bool,
    ) -> Own:
        """Return the session, which trains already."""


class ResumeSession(Protocol):
    """Goes on with a saved study, as `Session.resume` does. Blocks; called off the event loop."""

    def __call__(self, path: Path, *, data_dir: Path) -> Own:
        """Return the session, which trains already."""


def resume_session(path: Path, *, data_dir: Path) -> Own:
    """Go on with a study; importing the session imports torch."""
    from lrtui.session import Session

    return Session.resume(path, give_way=True, data_dir=data_dir)


def start_session(
    study: Study,
    *,
    device: str,
    engine: str,
    lanes: int | None,
    runs_dir: Path,
    data_dir: Path,
    find_only: bool,
    fresh: bool,
) -> Own:
    """Start a real session; importing it imports torch."""
    from lrtui.session import Session

    return Session.start(
        study,
        device=device,
        engine=engine,
        lanes=lanes,
        give_way=True,
        find_only=find_only,
        fresh=fresh,
        runs_dir=runs_dir,
        data_dir=data_dir,
    )


@dataclass
class Stage:
    """The live study, the saved one on the screen, their figures, and the log."""

    session: Own | None = None
    starting: str = ""
    """Name of the study that is being prepared."""
    live: View | None = None
    saved: View | None = None
    """What is on the screen instead of it: a saved study, or one that another process trains."""
    remote: "RemoteStudy | Replay | None" = None
    """The study that another process trains, or a saved one that is shown as it happened, while it is on the screen."""
    live_figures: AnalysedView = field(default_factory=AnalysedView)
    saved_figures: AnalysedView = field(default_factory=AnalysedView)
    log: Notes = field(default_factory=Notes)
    failure: str = ""
    """Why the last start failed; empty once it was read or something else is on the screen."""
    stop_asked: bool = False
    """The study is to be stopped as soon as it has begun."""
    queue: "list[Order]" = field(default_factory=list)
    """What is trained next, in this order."""
    leaving: int | None = None
    """The exit status with which the workbench is being left; None while it stays."""
    left_behind: bool = False
    """Another process goes on, or is about to, with what was trained here."""
    _shape: StudyShape | None = None
    _finder: bool = False
    _opened: dt.datetime = dt.datetime.min
    """When the saved study on the screen was opened."""
    _read: dt.datetime = dt.datetime.min
    """When it was read last."""
    _opened_before: dt.datetime | None = None
    """When the saved study was opened that was on the screen when the study that is being prepared was asked for."""
    _remote_shape: StudyShape | None = None
    _problem: str = ""
    """What was said last of the study of another process."""

    @property
    def shown(self) -> View | None:
        """Return what is on the screen."""
        return self.saved or self.live

    @property
    def figures(self) -> AnalysedView:
        """Return the figures of what is on the screen."""
        return self.saved_figures if self.saved else self.live_figures

    @property
    def events(self) -> list[LogEvent]:
        """Return the log of what is on the screen, with the screen's notes; of a saved study, those since it was opened."""
        if self.saved is not None:
            return self.log.beside(self.saved.snapshot.events, self._opened)
        return self.log.beside(self.live.snapshot.events if self.live else ())

    @property
    def training(self) -> bool:
        """Return whether a study is being prepared or trained."""
        return bool(self.starting) or (self.live is not None and self.live.live)

    @property
    def preparing(self) -> str:
        """Return which study is being prepared; empty where a saved one that was opened meanwhile is on the screen."""
        if self.saved is not None and self._opened != self._opened_before:
            return ""
        return f"{self.starting}, to be stopped," if self.starting and self.stop_asked else self.starting

    def begin(self, name: str) -> None:
        """A study is being prepared; what is on the stage stays until it has begun."""
        self.starting, self.failure, self.stop_asked = name, "", False
        self._opened_before = self._opened if self.saved is not None else None
        self.log.add(f"{name}: preparing")

    def began(self, session: Own, *, finder: bool = False) -> bool:
        """It is being trained, or tested for rates only; returns whether it has ended already."""
        self._finder = finder
        self.starting, self.session, self.live = "", session, None
        if self._opened == self._opened_before:
            self.close_saved()
        self.live_figures = AnalysedView(version=self.live_figures.version)
        self._shape = StudyShape.of(session.study)
        return self.look()

    def fail(self, reason: str) -> None:
        """It could not be started."""
        self.starting, self.failure = "", reason
        self.log.add(reason, "bad")

    def look(self) -> bool:
        """Take a picture of what is trained; returns whether the study of this process has just ended."""
        self._look_at_remote()
        if self.session is None or self._shape is None or (self.live is not None and not self.live.live):
            return False
        self.live = View(
            self.session.study, self._shape, self.session.snapshot(), finder=self._finder, path=self.session.path
        )
        self.live_figures.update(self.live)
        return not self.live.live

    def attach(self, remote: "RemoteStudy | Replay") -> None:
        """Show a study that another process trains, as it goes on, or a saved one as it happened."""
        self.close_saved()
        self.failure, self._problem = "", ""
        self._opened = dt.datetime.now()
        self.saved_figures = AnalysedView(version=self.saved_figures.version)
        self.remote, self._remote_shape = remote, StudyShape.of(remote.study)
        self._look_at_remote()

    def _look_at_remote(self) -> None:
        remote, shape = self.remote, self._remote_shape
        if remote is None or shape is None:
            return
        if remote.wait(0):  # from now on it is a saved study like others; what was set of its charts stays
            self.remote = None
            self._show_saved(replace(remote.saved, study=remote.study))
            return
        if remote.problem and remote.problem != self._problem:
            self.log.add(remote.problem, "bad")
        self._problem = remote.problem
        snapshot = remote.snapshot()
        if self.saved is None or self.saved.snapshot is not snapshot:
            self.saved = View(remote.study, shape, snapshot, finder=remote.finder, path=remote.path)
            self.saved_figures.update(self.saved)

    @property
    def steered(self) -> UnderWay | None:
        """Return the study that keys stop: the one on the screen if it is under way, else the one of this process."""
        return self.remote if self.remote is not None and self.remote.steerable else self.session

    def open(self, saved: "SavedStudy") -> None:
        """Show a saved study."""
        self.close_saved()
        self.failure = ""
        self._opened = dt.datetime.now()
        self.saved_figures = AnalysedView(version=self.saved_figures.version)
        self._show_saved(saved)
        for warning in saved.warnings:
            self.log.add(warning, "bad")

    def renew(self, saved: "SavedStudy") -> None:
        """Show the saved study that is on the screen as it is by now."""
        if self.saved is not None and self.saved.study == saved.study:
            saved = replace(saved, study=self.saved.study)  # the same study: what was set of its charts stays
        self._show_saved(saved)

    @property
    def replay(self) -> "Replay | None":
        """Return the saved study that is shown as it happened."""
        from lrtui.replay import Replay

        return self.remote if isinstance(self.remote, Replay) else None

    @property
    def as_of(self) -> dt.datetime | None:
        """Return when the saved study on the screen was read, if another process trains it; else None."""
        if self.saved is None or self.remote is not None or self.saved.snapshot.status.ended:
            return None
        return self._read

    @property
    def attached(self) -> str:
        """Return how the study on the screen is looked at, if another process trains it; else an empty text."""
        return "" if self.remote is None else self.remote.face

    def _show_saved(self, saved: "SavedStudy") -> None:
        self._read = dt.datetime.now()
        self.saved = View.of_saved(saved)
        self.saved_figures.update(self.saved)

    def close_saved(self) -> None:
        """Show the live study again."""
        if self.remote is not None:
            self.remote.close()
        self.saved = self.remote = None

    def verdict(self) -> tuple[str, str]:
        """Return the sentence to show above the table, and its style."""
        if self.shown is None or self.failure:
            return self.failure, "bad"
        return verdict(self.shown, self.figures)

    def leading(self) -> str:
        """Return who won or leads, in a few words, once the study on the screen has ended."""
        return "" if self.shown is None else leading(self.shown, self.figures)
