"""Reading a preset file and those it extends."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli

from lrtui.study import locate, references
from lrtui.study.networks import TorchvisionConfig
from lrtui.study.overlay import Table, flat_path, lay, normalize, unusable, variants_of
from lrtui.study.pretrained import of_torchvision
from lrtui.study.problems import PresetError, Problem, dotted, nearest, shown
from lrtui.study.schema import COMPONENTS, RunConfig
from lrtui.study.toml_lines import KeyPath, key_lines

_OF_A_VARIANT = (*RunConfig.model_fields, "published")

LONGEST_CHAIN = 100
"""Files that extend one another, the first among them."""
LARGEST = 1 << 20
"""Bytes of a preset file; whatever is larger is something else."""


@dataclass(frozen=True)
class PresetText:
    """One TOML file: its values under flat dotted keys, and its text for the lines they stand on."""

    path: Path
    text: str
    table: Table
    prefix: KeyPath = ()
    """Where its tables stand in the preset: at the top, or in the variant that it is the file of."""

    @functools.cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Return the line of every key."""
        return {(*self.prefix, *flat_path(path)): line for path, line in reversed(key_lines(self.text).items())}

    def problem(self, path: KeyPath, message: str) -> Problem:
        """Return a problem of this file with the line of the key, or of the table that it is in."""
        known = (path[:length] for length in range(len(path), 0, -1) if path[:length] in self.lines)
        return Problem(str(self.path), self.lines.get(next(known, ())), dotted(path), message)


def home_of(path: Path) -> Path:
    """Return the folder that files are named relative to: its own, or where lrtui's presets are run."""
    shipped = any(preset.path == path for preset in locate.shipped())
    return Path().absolute() if shipped else path.absolute().parent


def relocate(table: Table, source: Path, home: Path) -> None:
    """Name the files that a normalized preset of the folder `source` names as one of `home` would, in place."""
    if source.absolute() == home:
        return
    for part in (table, *variants_of(table).values()):
        for kind, keys in NAMES_FILES.items():
            for values, prefix in ((part.get(kind), ""), (part.get("sweep"), f"{kind}.")):
                if not isinstance(values, dict):
                    continue
                for key in keys:
                    if (value := values.get(f"{prefix}{key}")) is not None:
                        values[f"{prefix}{key}"] = _moved(kind, key, value, source, home)


def _moved(kind: str, key: str, value: Any, source: Path, home: Path) -> Any:
    if isinstance(value, list):
        return [_moved(kind, key, one, source, home) for one in value]
    if not isinstance(value, str):
        return value
    if key == "name" and (value in dict.keys(COMPONENTS[kind]) or not is_file_name(kind, value)):
        return value
    if key == "start" and (value.startswith("study:") or of_torchvision(value)):
        return value
    return references.moved(value, source, home)


def is_file_name(kind: str, name: str) -> bool:
    """Return whether the name of a component is that of a file."""
    return name in COMPONENTS[kind] and COMPONENTS[kind][name] is not TorchvisionConfig


NAMES_FILES = {"data": ("name", "test"), "model": ("name", "start")}
"""The keys that may name a file, by table."""


def read_chain(path: Path, home: Path) -> list[PresetText]:
    """Return a preset file and those it extends, itself first; the files they name are named relative to the folder `home`.

    Raises PresetError if one of them cannot be read.
    """
    chain = [_read(path)]
    while (extends := chain[-1].table.pop("extends", None)) is not None:
        if len(chain) == LONGEST_CHAIN:
            raise PresetError([chain[-1].problem(("extends",), f"is extended by {LONGEST_CHAIN} files already")])
        chain.append(_read(_extended(chain, extends)))
    for file in chain:
        relocate(file.table, home_of(file.path), home)
    return chain


def read_variants(chain: Sequence[PresetText], home: Path) -> list[PresetText]:
    """Put the tables of the files that variants of `chain` name in the place of the names; return the texts of these files.

    Of such a file, with all it extends, a variant takes the tables of a run and the published rows. Raises PresetError where
    one cannot be read or has variants itself.
    """
    texts = []
    for file in chain:
        variants = file.table.get("variants")
        named = variants.items() if isinstance(variants, dict) else ()
        for name, value in [(name, value) for name, value in named if isinstance(value, str)]:
            path: KeyPath = ("variants", name)
            found = read_chain(_named(file, path, value), home)
            whole: Table = {}
            for part in reversed(found):
                lay(whole, part.table)
            if "variants" in whole:
                raise PresetError([file.problem(path, f"{shown(value)} has variants itself")])
            file.table["variants"][name] = {key: whole[key] for key in _OF_A_VARIANT if key in whole}
            texts += [replace(part, prefix=path) for part in found]
    return texts


def _extended(chain: list[PresetText], extends: object) -> Path:
    """Return the file that the last of `chain` extends."""
    last = chain[-1]
    if not isinstance(extends, str):
        raise PresetError([last.problem(("extends",), f"expected a file name, got {shown(extends)}")])
    base = _named(last, ("extends",), extends)
    if any(base.samefile(seen.path) for seen in chain):
        circle = " → ".join(seen.name for seen in (*(seen.path for seen in chain), base))
        raise PresetError([last.problem(("extends",), f"goes round in a circle: {circle}")])
    return base


def _named(file: PresetText, key: KeyPath, name: str) -> Path:
    """Return the file that `file` names at `key`: relative to it, absolute, or a shipped preset's name."""
    path = file.path.parent / name
    if locate.is_file(path):
        return path
    names = {preset.name: preset.path for preset in locate.shipped()}
    if name in names:
        return names[name]
    beside = [near.name for near in file.path.parent.glob("*.toml") if near.name != file.path.name]
    close = nearest(name, [*beside, *names])
    hint = f"; did you mean {close}?" if close else ""
    raise PresetError([file.problem(key, f"no such file: {shown(name)}{hint}")])


def _read(path: Path) -> PresetText:
    text = _text(path)
    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message = f"not valid TOML: {error.msg} (column {error.colno})"
        raise PresetError([Problem(str(path), error.lineno, "", message)]) from None
    except RecursionError:
        raise PresetError([Problem(str(path), None, "", "nested too deeply")]) from None
    except ValueError:  # Python reads no more than 4,300 digits
        raise PresetError([Problem(str(path), None, "", "a number of too many digits")]) from None
    if complaints := unusable(table):
        raw = PresetText(path, text, table)
        raise PresetError([raw.problem(*complaint) for complaint in complaints])
    normal, twice = normalize(table)
    read = PresetText(path, text, normal)
    if twice:
        raise PresetError([read.problem(*complaint) for complaint in twice])
    return read


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PresetError([Problem(str(path), None, "", f"cannot be read: {reason}")]) from None
    if len(content) > LARGEST:
        raise PresetError([Problem(str(path), None, "", f"is too large for a preset: more than {LARGEST:,} bytes")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PresetError([Problem(str(path), line, "", "is not UTF-8 text")]) from None
