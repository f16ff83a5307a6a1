"""Finding presets: shipped ones and a person's own, by name or by path."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tomli

from lrtui import paths
from lrtui.errors import InputError
from lrtui.text import literal

FRAGMENT_STEMS = ("base",)
"""Files that only exist to be extended; they are not offered."""
_TELLING_KEYS = {"data", "model", "optim", "train"}
_RATE_AT_END = re.compile(r"-(\d+(?:\.\d+)?(?:e[+-]?\d+)?)$")


@dataclass(frozen=True)
class PresetFile:
    """A preset one can run."""

    name: str
    """What `lrtui run` takes: `paper/mlp-mnist`, or the path of a file in the current folder."""
    path: Path
    origin: str
    """`shipped` or `own`."""


def shipped() -> list[PresetFile]:
    """Return the presets that come with lrtui: those outside folders first, a folder's before those of the folders in it, a
    sweep before its rates, rates from low to high.
    """
    return _below(paths.shipped_presets(), "shipped")


def own() -> list[PresetFile]:
    """Return a person's own presets: those in their preset folder, then files of the current folder that look like one.

    One that has the name of a shipped preset goes by its path.
    """
    here = [
        PresetFile(path.name, path, "own")
        for path in sorted(Path().glob("*.toml"))
        if is_file(path) and _looks_like_preset(path)
    ]
    return [*_own_folder({preset.name for preset in shipped()}), *here]


def find(name: str) -> PresetFile:
    """Return the preset a person means by `name`: a shipped name, a name in their preset folder, or a path.

    Raises InputError with the nearest names when there is none.
    """
    known = {preset.name: preset for preset in shipped()}
    known |= {preset.name: preset for preset in _own_folder(known)}
    if name in known:
        return known[name]
    path = _expanded(name)
    if is_file(path):
        return PresetFile(path.stem, path, "own")
    stem = name.removesuffix(".toml")
    if stem in known:
        return known[stem]
    if inside := [preset for preset in known if preset.startswith(f"{name.rstrip('/')}/")]:
        raise InputError(f"{literal(name)}: is a folder of presets: {', '.join(inside)}")
    if name and _is_folder(path):
        raise InputError(f"{literal(name)}: is a folder, not a preset file")
    close = _near(stem, known) or [preset.name for preset in own() if preset.name == f"{stem}.toml"]
    hint = f"did you mean {', '.join(close)}?" if close else "`lrtui presets` lists them"
    raise InputError(f"{literal(name) or 'empty name'}: {'no such file' if stem != name else 'unknown preset'}; {hint}")


def is_file(path: Path) -> bool:
    """Return whether a path can be looked up and is a file; a name no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except (RuntimeError, ValueError):  # ~somebody unknown, a name no file can have
        return Path(name)


def _near(name: str, known: Iterable[str]) -> list[str]:
    by_tail = [candidate for candidate in known if candidate.rpartition("/")[2] == name]
    return by_tail or difflib.get_close_matches(name, known, n=3, cutoff=0.5)


def _own_folder(taken: Iterable[str]) -> list[PresetFile]:
    found = _below(paths.own_presets(), "own")
    return [
        preset if preset.name not in taken else PresetFile(str(preset.path), preset.path, "own") for preset in found
    ]


def _below(folder: Path, origin: str) -> list[PresetFile]:
    found = [
        PresetFile(path.relative_to(folder).with_suffix("").as_posix(), path, origin)
        for path in folder.rglob("*.toml")
        if path.stem not in FRAGMENT_STEMS and is_file(path)
    ]
    return sorted(found, key=lambda preset: (preset.name.rpartition("/")[0].split("/"), _natural(preset.name)))


def _natural(name: str) -> tuple[str, float, str]:
    """Sort `mlp-mnist` before `mlp-mnist-1e-5`, and that before `mlp-mnist-1e-1`."""
    rate = _RATE_AT_END.search(name)
    return (name[: rate.start()], float(rate.group(1)), name) if rate else (name, -1.0, name)


def _looks_like_preset(path: Path) -> bool:
    """Return whether a TOML file of the current folder is meant as a preset; a broken one may be, and is offered to say why."""
    try:
        keys = tomli.loads(path.read_text("utf-8-sig")).keys()
    except (OSError, ValueError, RecursionError):
        return path.name != "pyproject.toml"
    return bool(keys & {"extends", "sweep", "variants"}) or len(keys & _TELLING_KEYS) > 1
