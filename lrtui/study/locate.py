"""Finding presets: shipped ones and a person's own, by name or by path."""

import difflib
from dataclasses import dataclass
from pathlib import Path

import tomli

from lrtui import paths
from lrtui.errors import InputError
from lrtui.text import literal

FRAGMENT_STEMS = ("base",)
"""Files that only exist to be extended; they are not offered."""
_TELLING_KEYS = {"data", "model", "optim", "sweep", "extends", "train"}


@dataclass(frozen=True)
class PresetFile:
    """A preset one can run."""

    name: str
    """What `lrtui run` takes: `paper/mlp-mnist`, or the path of a file in the current folder."""
    path: Path
    origin: str
    """`shipped` or `own`."""


def shipped() -> list[PresetFile]:
    """Return the presets that come with lrtui, quickstart first, the rest by name."""
    found = _below(paths.shipped_presets(), "shipped")
    return sorted(found, key=lambda preset: (preset.name.count("/"), _natural(preset.name)))


def own() -> list[PresetFile]:
    """Return a person's own presets: those in their preset folder, then files of the current folder that look like one."""
    here = [
        PresetFile(path.name, path, "own")
        for path in sorted(Path().glob("*.toml"))
        if path.is_file() and _looks_like_preset(path)
    ]
    return [*_below(paths.own_presets(), "own"), *here]


def find(name: str) -> PresetFile:
    """Return the preset a person means by `name`: a path, a shipped name, or a name in their preset folder.

    Raises InputError with the nearest names when there is none.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return PresetFile(path.stem, path, "own")
    known = {preset.name: preset for preset in (*_below(paths.own_presets(), "own"), *shipped())}
    stem = name.removesuffix(".toml")
    if stem in known:
        return known[stem]
    if path.suffix == ".toml" or path.is_dir():
        reason = "is a folder, not a preset file" if path.is_dir() else "no such file"
        if not (close := _near(stem, known)):
            raise InputError(f"{literal(name)}: {reason}")
    else:
        reason, close = "unknown preset", _near(stem, known)
    hint = f"; did you mean {', '.join(close)}?" if close else "; `lrtui presets` lists them"
    raise InputError(f"{literal(name)}: {reason}{hint}")


def _near(name: str, known: dict[str, PresetFile]) -> list[str]:
    by_tail = [candidate for candidate in known if candidate.rpartition("/")[2] == name]
    return by_tail or difflib.get_close_matches(name, known, n=3, cutoff=0.5)


def _below(folder: Path, origin: str) -> list[PresetFile]:
    if not folder.is_dir():
        return []
    files = (path for path in sorted(folder.rglob("*.toml")) if path.stem not in FRAGMENT_STEMS)
    return [PresetFile(path.relative_to(folder).with_suffix("").as_posix(), path, origin) for path in files]


def _natural(name: str) -> tuple[str, float, str]:
    """Sort `…-1e-5` before `…-1e-1`: by the stem, then by the rate at its end."""
    for cut in (name.rfind("-", 0, name.rfind("-")), name.rfind("-")):
        try:
            return (name[:cut], float(name[cut + 1 :]), name) if cut > 0 else (name, -1.0, name)
        except ValueError:
            continue
    return (name, -1.0, name)


def _looks_like_preset(path: Path) -> bool:
    """Return whether a TOML file of the current folder is meant as a preset (a broken one may be: it is offered, and says why)."""
    try:
        return bool(_TELLING_KEYS & tomli.loads(path.read_text("utf-8")).keys())
    except (OSError, ValueError):
        return path.name not in ("pyproject.toml",)
