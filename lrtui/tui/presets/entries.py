"""What stands in the preset tree: shipped presets, a person's own, saved studies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lrtui.study.locate import PresetFile

if TYPE_CHECKING:
    from lrtui.store.catalogue import StudySummary


@dataclass(frozen=True)
class PresetEntry:
    """A preset file and what reading it gave."""

    file: PresetFile
    title: str = ""
    runs: int | None = None
    problems: tuple[str, ...] = ()
    """Why it cannot be run; empty when it can, or was not read yet."""

    @property
    def key(self) -> str:
        """Return what tells it from every other row."""
        return f"preset:{self.file.origin}:{self.file.name}"


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
    from lrtui.errors import InputError
    from lrtui.study import preset
    from lrtui.study.problems import PresetError

    try:
        study = preset.load_file(entry.file.path, entry.file.name)
    except PresetError as error:
        return PresetEntry(entry.file, problems=tuple(str(problem) for problem in error.problems))
    except InputError as error:
        return PresetEntry(entry.file, problems=(str(error),))
    return PresetEntry(entry.file, study.title, len(study.runs))


def list_saved(runs_dir: Path) -> list[SavedEntry]:
    """Return the saved studies, newest first."""
    from lrtui.store.catalogue import list_studies

    return [SavedEntry(summary) for summary in list_studies(runs_dir)]
