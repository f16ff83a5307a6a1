"""Reading a preset: TOML file, what it extends, what the command line overrides; checked whole; expanded to a Study."""

import copy
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli

from lrtui.study import locate
from lrtui.study.expand import expand
from lrtui.study.problems import PresetError, Problem, nearest
from lrtui.study.schema import COMPONENTS, TABLES, HeadConfig, table_keys
from lrtui.study.spec import Study
from lrtui.study.toml_lines import KeyPath, key_lines
from lrtui.text import literal

Table = dict[str, Any]


def load(name: str, overrides: Sequence[str] = ()) -> Study:
    """Return the study of the preset `name` (see `locate.find`) with `KEY=VALUE` overrides applied.

    Raises InputError when there is no such preset, PresetError with every problem when it or an override is wrong.
    """
    found = locate.find(name)
    return load_file(found.path, found.name, overrides)


def load_file(path: Path, name: str | None = None, overrides: Sequence[str] = ()) -> Study:
    """Return the study of a preset file. Raises PresetError with every problem found."""
    source = _Source.read(path)
    for override in overrides:
        source.override(override)
    if source.problems:
        raise PresetError(source.problems)
    study, complaints = expand(name or path.stem, source.table)
    if study is None:
        raise PresetError(sorted((source.locate(*complaint) for complaint in complaints), key=_file_order))
    return study


def from_resolved(name: str, resolved: Table) -> Study:
    """Return the study a saved `study.json` describes. Raises PresetError where it is not one."""
    study, complaints = expand(name, copy.deepcopy(resolved))
    if study is None:
        raise PresetError([Problem("study.json", None, dotted(key), message) for key, message in complaints])
    return study


def dotted(path: Sequence[str | int]) -> str:
    """Return a key path as people write it: `sweep."optim.lr"[2]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (f'"{part}"' if "." in part else part)
    return text


@dataclass
class _Source:
    """A preset's values before checking, and where each key came from."""

    file: str
    table: Table
    texts: dict[str, str] = field(default_factory=dict)
    """The text of every file read, by its name, the extended ones first."""
    overridden: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "_Source":
        texts: dict[str, str] = {}
        table = _read_chain(path, (), texts)
        return cls(str(path), table, texts)

    def override(self, text: str) -> None:
        """Apply `KEY=VALUE`. A list for a key that takes one value sweeps over it; one value ends a sweep over it."""
        key, separator, written = text.partition("=")
        parts = _split_key(key.strip())
        origin = f"--set {text}"
        if not separator or not key.strip() or parts is None:
            self.problems.append(Problem(origin, None, "", "expected KEY=VALUE"))
            return
        value = _parse_value(written.strip())
        path: tuple[str, ...] = tuple(parts)
        sweeps = self.table.get("sweep")
        if len(path) == 2 and path[0] in (*TABLES, *COMPONENTS):
            name = ".".join(path)
            if isinstance(value, list) and not _takes_list(path):
                path = ("sweep", name)
            elif isinstance(sweeps, dict):
                sweeps.pop(name, None)
        _merge(self.table, functools.reduce(lambda inner, part: {part: inner}, reversed(path), value))
        self.overridden[path] = origin

    def locate(self, path: KeyPath, message: str) -> Problem:
        """Return the problem with the file and line (or override) that the key came from."""
        for length in range(len(path), 0, -1):
            if (origin := self.overridden.get(path[:length])) is not None:
                return Problem(origin, None, dotted(path), message)
        best: tuple[int, str, int | None] = (0, self.file, None)
        for file in reversed(self.texts):  # the file itself before those it extends
            lines = _lines_of(self.texts[file])
            for length in range(len(path), best[0], -1):
                if path[:length] in lines:
                    best = (length, file, lines[path[:length]])
                    break
        return Problem(best[1], best[2], dotted(path), message)


@functools.lru_cache(maxsize=32)
def _lines_of(text: str) -> dict[KeyPath, int]:
    return key_lines(text)


def _file_order(problem: Problem) -> tuple[str, int]:
    return problem.file, problem.line or 0


def _read_chain(path: Path, chain: tuple[Path, ...], texts: dict[str, str]) -> Table:
    """Return the file's values merged over those it extends; `chain` is the files that led here."""
    table, text = _parse_file(path)
    extends = table.pop("extends", None)
    merged: Table = {}
    if extends is not None:
        line = key_lines(text).get(("extends",))
        if not isinstance(extends, str):
            raise PresetError([Problem(str(path), line, "extends", f"expected a file name, got {extends!r}")])
        base = path.parent / extends
        here = (*chain, path.resolve())
        if base.resolve() in here:
            cycle = " → ".join(step.name for step in (*here, base))
            raise PresetError([Problem(str(path), line, "extends", f"goes round in a circle: {cycle}")])
        if not base.is_file():
            close = (
                nearest(base.name, [near.name for near in base.parent.glob("*.toml")]) if base.parent.is_dir() else None
            )
            hint = f"; did you mean {close}?" if close else ""
            raise PresetError([Problem(str(path), line, "extends", f"no such file: {extends}{hint}")])
        merged = _read_chain(base, here, texts)
    texts[str(path)] = text
    _merge(merged, table)
    return merged


def _parse_file(path: Path) -> tuple[Table, str]:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise PresetError([Problem(str(path), None, "", f"is not UTF-8 text (byte {error.start})")]) from None
    except OSError as error:
        raise PresetError([Problem(str(path), None, "", f"cannot be read: {error.strerror}")]) from None
    try:
        return tomli.loads(text.replace("\r\n", "\n")), text
    except tomli.TOMLDecodeError as error:
        raise PresetError(
            [Problem(str(path), error.lineno, "", f"not valid TOML: {error.msg} (column {error.colno})")]
        ) from None


def _merge(base: Table, over: Mapping[str, Any]) -> None:
    """Lay `over` on `base` in place: tables merge, anything else replaces; `published` replaces as a whole.

    Where `over` names another component (`optim.name`), keys of `base` that the new one does not know are dropped.
    """
    for key, value in over.items():
        below = base.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            if key in COMPONENTS and value.get("name", below.get("name")) != below.get("name"):
                _keep_known(below, key, value["name"])
            _merge(below, value)
        else:
            base[key] = copy.deepcopy(value)


def _keep_known(table: Table, kind: str, name: Any) -> None:
    if isinstance(name, str) and name in COMPONENTS[kind]:
        for key in table.keys() - table_keys(kind, name).keys():
            del table[key]


def _split_key(key: str) -> list[str] | None:
    """Return the parts of a dotted TOML key (quotes allowed), or None where it is not one."""
    try:
        table = tomli.loads(f"{key} = 0")
    except tomli.TOMLDecodeError:
        return None
    parts = []
    while isinstance(table, dict):
        (part, table), *others = table.items()
        if others:
            return None
        parts.append(part)
    return parts


def _parse_value(written: str) -> Any:
    """Return a TOML value; what is not one is taken as a string (`--set optim.name=adam` needs no quotes)."""
    try:
        return tomli.loads(f"value = {written}")["value"]
    except (tomli.TOMLDecodeError, KeyError):
        return written


def _takes_list(path: Iterable[str]) -> bool:
    table, key = path
    return key in ("hidden", "channels", "dense") and table == "model"


def check_file(path: Path) -> list[Problem]:
    """Return every problem of a preset file; none when it can be run."""
    try:
        load_file(path)
    except PresetError as error:
        return list(error.problems)
    return []


def head_of(path: Path) -> HeadConfig | None:
    """Return title, source and note of a preset file without checking the rest; None where it cannot be read."""
    try:
        table = _read_chain(path, (), {})
        return HeadConfig(title=literal(str(table.get("title", path.stem))), source=str(table.get("source", "")))
    except PresetError:
        return None
