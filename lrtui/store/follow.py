"""Following a study that another process writes: what is new in its folder is read, and nothing twice."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from lrtui.analysis.columns import CURVATURE, LAYERS, empty
from lrtui.analysis.frames import with_newer_rows
from lrtui.store import folder, parts
from lrtui.store.document import read_document
from lrtui.store.log import LogTail
from lrtui.store.reader import SavedStudy, as_it_stands, open_study
from lrtui.study.records import StudyStatus
from lrtui.study.states import BoardSnapshot, RunState

_TABLES = (folder.RUNS_FILE, folder.FINDER_FILE, folder.EPOCHS_FILE, folder.LAYERS_FILE, folder.CURVATURE_FILE)
"""What is written first is read last: no run is done here whose last epoch is not there."""


class Follower:
    """A study as its folder tells it, from one look to the next. Blocks on the disk: for a thread."""

    def __init__(self, path: Path) -> None:
        """Read the study. Raises InputError if it is none, or is damaged."""
        self.path = path
        self._through = {table: parts.through_of(path, table) for table in _TABLES}
        self._stamp: tuple[int, ...] = ()
        self.saved: SavedStudy = open_study(path)
        """The study as it was read when following began, or whole at its end."""
        self.over = self.saved.status.ended
        """Whether nothing more will come: the study has ended, or nobody writes it any more."""
        self._document = read_document(path)
        self._old = self._document["format"] != folder.FORMAT
        self._states: tuple[RunState, ...] = self.saved.states
        self._missed = 0
        """How many looks in a row nobody wrote it."""
        self._early = {folder.LAYERS_FILE: empty(LAYERS), folder.CURVATURE_FILE: empty(CURVATURE)}
        """Layers and curvatures whose epoch was not there yet."""
        self._log = LogTail(path)
        self._log.look()
        self._snapshot = replace(self.saved.snapshot(), events=self._log.events)

    @property
    def snapshot(self) -> BoardSnapshot:
        """Return the study as of the last look."""
        return self._snapshot

    def look(self) -> None:
        """Take in what is new. Raises InputError if something cannot be read."""
        living = folder.is_being_written(self.path)  # before study.json is read: one that ends meanwhile has ended
        stamp = self._stamp_now()
        if stamp != self._stamp or not living:
            self._stamp = stamp
            self._document = read_document(self.path)
            self._missed = 0 if living else self._missed + 1
            if StudyStatus(self._document["status"]).ended or self._missed > 1:  # once: it is being handed over
                self._end()
                return
            if self._old:  # a part file is one run's: they are read anew
                self._states = open_study(self.path).states
            else:
                self._take_in()
        if self._log.look() or self._states is not self._snapshot.runs:
            self._snapshot = replace(
                self._snapshot,
                status=StudyStatus(self._document["status"]),
                message=str(self._document["message"]),
                runs=self._states,
                events=self._log.events,
            )

    def _end(self) -> None:
        """Read the whole study once more, as it was left."""
        self.saved = open_study(self.path)
        self.over = self.saved.status.ended
        self._states = self.saved.states
        self._log.look()
        self._snapshot = replace(self.saved.snapshot(), events=self._log.events)

    def _take_in(self) -> None:
        frames: dict[str, pl.DataFrame] = {}
        for table in _TABLES:
            frames[table], self._through[table] = parts.read_new(self.path, table, self._through[table])
        for table, early in self._early.items():
            frames[table] = pl.concat([early, frames[table]], how="diagonal_relaxed")
        runs, finder, epochs, layers, curvature = (frames[table] for table in _TABLES)
        states = with_newer_rows(self.saved.study, self._states, runs, epochs, layers, finder, curvature)
        if not (layers.is_empty() and curvature.is_empty()):
            done = {state.spec.run: state.epochs_done if state.records else -1 for state in states}
            known = pl.DataFrame(
                {"run": list(done), "known": list(done.values())}, {"run": pl.Int32, "known": pl.Int32}
            )
            for table in self._early:
                later = frames[table].join(known, "run", how="left").filter(pl.col("epoch") > pl.col("known"))
                self._early[table] = later.drop("known")
        pairs = list(zip(states, self._states, strict=True))
        if any(new is not old for new, old in pairs):
            self._states = tuple(
                new if new is old else as_it_stands(new, {}, self._document, living=True) for new, old in pairs
            )

    def _stamp_now(self) -> tuple[int, ...]:
        """Return what differs if something was written."""
        found = []
        for name in (folder.STUDY_FILE, folder.PARTS_FOLDER, *_TABLES):
            try:
                told = (self.path / name).stat()
                found += [told.st_mtime_ns, told.st_ino]
            except OSError:
                found += [0, 0]
        return tuple(found)
