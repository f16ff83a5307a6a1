"""What a person keeps with a study: a title of their own, tags, a note. study.json stays as it was trained."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.text import literal

FILE = "remarks.json"
_TAG = re.compile(r"[\w.+-]{1,40}")
LONGEST_TITLE, LONGEST_NOTE, MOST_TAGS = 200, 20_000, 50
_LARGEST = 1_000_000
"""Bytes; what a person may keep takes less, whatever its characters."""


@dataclass(frozen=True)
class Remarks:
    """What a person keeps with a study; empty where they keep nothing."""

    title: str = ""
    """Shown instead of the preset's."""
    tags: tuple[str, ...] = ()
    note: str = ""

    @classmethod
    def of(cls, title: str = "", tags: Iterable[str] = (), note: str = "") -> "Remarks":
        """Return them checked: tags once each, without what surrounds them. Raises InputError for what cannot be one."""
        title, note = title.strip(), note.strip()
        if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in title):
            raise InputError("a title is one line of text")
        if len(title) > LONGEST_TITLE:
            raise InputError(f"a title has at most {LONGEST_TITLE} characters, got {len(title)}")
        if len(note) > LONGEST_NOTE:
            raise InputError(f"a note has at most {LONGEST_NOTE:,} characters, got {len(note):,}")
        for what, text in (("title", title), ("note", note)):
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise InputError(f"a {what} is UTF-8 text")
        return cls(title, tuple(dict.fromkeys(checked_tag(tag) for tag in tags)), note).within()

    def within(self) -> "Remarks":
        """Return them. Raises InputError if there are too many tags."""
        if len(self.tags) > MOST_TAGS:
            raise InputError(f"a study has at most {MOST_TAGS} tags, got {len(self.tags)}")
        return self

    def tagged(self, more: Iterable[str], fewer: Iterable[str] = ()) -> "Remarks":
        """Return them with some tags more and some fewer. Raises InputError for what cannot be a tag."""
        gone = {checked_tag(tag) for tag in fewer}
        return Remarks.of(self.title, [tag for tag in (*self.tags, *more) if tag.strip() not in gone], self.note)


def checked_tag(tag: str) -> str:
    """Return a tag. Raises InputError if it cannot be one: tags are words, so that commands and filters can name them."""
    text = tag.strip()
    if not _TAG.fullmatch(text):
        what = literal(text) if text else "an empty text"
        raise InputError(f"{what}: a tag has letters, digits and _ . + -, at most 40, and no spaces or commas")
    return text


def read(path: Path) -> Remarks:
    """Return what is kept with the study in a folder. Raises InputError if it cannot be read or is damaged."""
    file = path / FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise InputError(f"{literal(str(file))}: is damaged: larger than {_LARGEST:,} bytes")
        found = json.loads(content)
    except (FileNotFoundError, NotADirectoryError):
        return Remarks()
    except OSError as error:
        raise InputError(f"{literal(str(file))}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{literal(str(file))}: is damaged: not JSON") from None
    try:
        if not isinstance(found, dict) or not all(isinstance(found.get(key, ""), str) for key in ("title", "note")):
            raise InputError("title and note must be texts")
        tags = found.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise InputError("tags must be a list of words")
        return Remarks.of(found.get("title", ""), tags, found.get("note", ""))
    except InputError as error:
        raise InputError(f"{literal(str(file))}: is damaged: {error}") from None


def readable(path: Path) -> tuple[Remarks, list[str]]:
    """Return what is kept with a study, or nothing and why it cannot be read."""
    try:
        return read(path), []
    except InputError as error:
        return Remarks(), [str(error)]


def write(path: Path, remarks: Remarks) -> None:
    """Keep them with the study in a folder, whole or not at all. Raises InputError if that cannot be."""
    if not (path / folder.STUDY_FILE).is_file():
        raise InputError(f"{literal(str(path))}: not a study (there is no {folder.STUDY_FILE} in it)")
    try:
        folder.write_json(path / FILE, {**asdict(remarks), "tags": list(remarks.tags)})
    except OSError as error:
        raise InputError(f"cannot write {literal(str(path / FILE))}: {error.strerror or error}") from None


def renamed(remarks: Remarks, title: str) -> Remarks:
    """Return them with another title; empty: the preset's again."""
    return replace(Remarks.of(title, remarks.tags, remarks.note))
