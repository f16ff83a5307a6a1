"""What stands in the preset tree: shipped presets, a person's own, saved studies."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lrtui.errors import InputError
from lrtui.study.locate import PresetFile
from lrtui.tui.following import Stamp, study_stamp

if TYPE_CHECKING:
    from lrtui.store.catalogue import StudySummary


@dataclass(frozen=True)
class PresetEntry:
    """A preset file and what reading it gave."""

    file: PresetFile
    title: str = ""
    runs: int | None = None
    question: str = ""
    note: str = ""
    problems: tuple[str, ...] = ()
    """Why it cannot be run; empty when it can, or was not read yet."""

    @property
    def key(self) -> str:
        """Return what tells it from every other row."""
        return f"preset:{self.file.origin}:{self.file.name}"

    @property
    def about(self) -> tuple[str, ...]:
        """Return what it asks (else its title) and what its author says of it, a paragraph each."""
        return self.question or self.title, self.note


@dataclass(frozen=True)
class SavedEntry:
    """A saved study."""

    summary: "StudySummary"

    @property
    def key(self) -> str:
        """Return what tells it from every other row."""
        return f"saved:{self.summary.id}"


@dataclass(frozen=True)
class Catalogue:
    """Everything the tree offers."""

    presets: tuple[PresetEntry, ...] = ()
    saved: tuple[SavedEntry, ...] = ()
    by_key: dict[str, PresetEntry | SavedEntry] = field(default_factory=dict)

    @classmethod
    def of(cls, presets: Sequence[PresetEntry], saved: Sequence[SavedEntry]) -> "Catalogue":
        """Return a catalogue that finds its entries by key."""
        entries: list[PresetEntry | SavedEntry] = [*presets, *saved]
        return cls(tuple(presets), tuple(saved), {entry.key: entry for entry in entries})

    def preset(self, study: str) -> PresetEntry | None:
        """Return the preset that a study of this name was made of."""
        return next((entry for entry in self.presets if entry.file.name.removesuffix(".toml") == study), None)


def list_presets() -> list[PresetEntry]:
    """Return shipped and own presets by name, unread: quick enough to do before the first paint."""
    from lrtui.study import locate

    return [PresetEntry(file) for file in (*locate.shipped(), *locate.own())]


def read_preset(entry: PresetEntry) -> PresetEntry:
    """Return the entry with its title and number of runs, or with what is wrong with it."""
    from lrtui.study import preset
    from lrtui.study.problems import PresetError

    try:
        study = preset.load_file(entry.file.path, entry.file.name)
    except PresetError as error:
        return PresetEntry(entry.file, problems=tuple(str(problem) for problem in error.problems))
    except InputError as error:
        return PresetEntry(entry.file, problems=(str(error),))
    return PresetEntry(entry.file, study.title, len(study.runs), study.question, study.note)


class SavedList:
    """The saved studies of a runs folder; each is read again only if it has changed. Blocks on the disk: for a thread."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._known: dict[Path, tuple[Stamp, StudySummary]] = {}

    def read(self) -> list[SavedEntry]:
        """Return the saved studies, newest first; those that cannot be read are passed over."""
        from lrtui.store.catalogue import study_folders, summarize

        known: dict[Path, tuple[Stamp, StudySummary]] = {}
        for path in study_folders(self._runs_dir):
            stamp, before = study_stamp(path), self._known.get(path)
            if before is not None and before[0] == stamp:
                known[path] = before
                continue
            with contextlib.suppress(InputError):
                known[path] = stamp, summarize(path)
        self._known = known
        found = [summary for _, summary in known.values()]
        return [SavedEntry(one) for one in sorted(found, key=lambda one: (one.started, one.id), reverse=True)]
