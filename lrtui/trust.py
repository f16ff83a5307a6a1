"""Which code of a person's presets may run: what they have said so of, by where it lies and what is in it.

Reading a preset, checking it, showing it, and opening a study that was saved never run any of it.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lrtui import paths
from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.study import references
from lrtui.study.datasets import CodeDataConfig
from lrtui.study.spec import Study
from lrtui.text import literal


@dataclass(frozen=True)
class Trusted:
    """A file that may run."""

    path: str
    sha256: str
    """Of it and of the files beside it that it imports."""
    since: str
    """Date."""

    @property
    def now(self) -> str:
        """Return how it stands: empty if it is what it was."""
        try:
            changed = references.sha256(references.sources(Path(self.path))) != self.sha256
        except InputError:
            return "cannot be read"
        return "changed since" if changed else ""


@dataclass(frozen=True)
class Code:
    """Code that a study runs."""

    name: str
    """As the preset names it: `net.py:build`."""
    path: Path
    sha256: str


class UntrustedError(InputError):
    """Code that nobody has said may run; `codes` is all that the study runs."""

    def __init__(self, message: str, codes: Sequence[Code]) -> None:
        super().__init__(message)
        self.codes = tuple(codes)


def code_of(study: Study) -> list[Code]:
    """Return the code that a study runs, each callable once. Raises InputError for a file that is missing or is no Python."""
    names: dict[str, None] = {}
    for spec in study.runs:
        if spec.config.model.code:
            names.setdefault(spec.config.model.name)
        if isinstance(spec.config.data, CodeDataConfig):
            names.setdefault(spec.config.data.name)
    found = []
    for name in names:
        path = references.at(study.folder, references.parts(name)[0])
        if not path.is_file():
            raise InputError(f"{literal(name)}: no such file: {literal(str(path))}")
        found.append(Code(name, path.absolute(), references.sha256(references.sources(path))))
    return found


def require(codes: Sequence[Code]) -> None:
    """Refuse code that may not run. Raises UntrustedError, which says what to do."""
    known = trusted()
    for code in codes:
        if any((one.path, one.sha256) == (str(code.path), code.sha256) for one in known):
            continue
        here = [one for one in known if one.path == str(code.path)]
        moved = [one for one in known if one.sha256 == code.sha256]
        if here:
            why = f"has changed since it was trusted ({here[-1].since})"
        elif moved:
            why = f"was trusted where it lay before, {moved[-1].path}"
        else:
            why = "is code that was not trusted yet"
        raise UntrustedError(
            f"{literal(str(code.path))} {literal(why)}: look at it, then say --trust once, and it may run", codes
        )


def trust(codes: Iterable[Code]) -> None:
    """Remember that code may run, as it is where it is. Raises InputError where that cannot be written."""
    today = f"{dt.date.today():%Y-%m-%d}"
    new = {str(code.path): Trusted(str(code.path), code.sha256, today) for code in codes}
    kept = [one for one in trusted() if one.path not in new]
    file = paths.trust_file()
    try:
        folder.make_folders(file.parent)
        content = json.dumps([asdict(one) for one in (*kept, *new.values())], indent=1, ensure_ascii=False)
        folder.write_whole(file, f"{content}\n".encode())
    except OSError as error:
        raise InputError(f"cannot write {literal(str(file))}: {error.strerror or error}") from None


def trusted() -> list[Trusted]:
    """Return what may run. A file of it that cannot be read trusts nothing."""
    try:
        entries = json.loads(paths.trust_file().read_text("utf-8"))
        return [Trusted(str(one["path"]), str(one["sha256"]), str(one["since"])) for one in entries]
    except (OSError, ValueError, KeyError, TypeError):
        return []
