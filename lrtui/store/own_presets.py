"""A study's settings as a preset file of a person's own."""

import copy
import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import tomli_w

from lrtui import __version__
from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.study import locate, preset
from lrtui.study.files import relocate
from lrtui.study.overlay import Table, lay, parse_override
from lrtui.study.spec import Study
from lrtui.text import literal

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*(?:/[A-Za-z0-9][\w.+-]*)*")
_LONGEST = 200


class TakenError(InputError):
    """There is a preset of that name already."""


def save(
    study: Study, name: str, presets_dir: Path, *, title: str = "", made_from: str = "", overwrite: bool = False
) -> Path:
    """Write a study's settings as the preset `name` below a folder; return the file.

    `title` is the study's own unless given; `made_from` is the id of the saved study whose settings they are, if they are.
    Raises InputError for a name that no preset can have, TakenError for one that there is unless it is to be overwritten,
    InputError where nothing can be written.
    """
    path = presets_dir / f"{checked_name(name)}.toml"
    if path.exists() and not overwrite:
        raise TakenError(f"{name}: there is such a preset already: {literal(str(path))}")
    content = text_of(study, title=title, made_from=made_from, home=path.parent)
    try:
        folder.make_folders(path.parent)
        folder.write_whole(path, content.encode())
    except OSError as error:
        raise InputError(f"cannot write {literal(str(path))}: {error.strerror or error}") from None
    return path


def checked_name(name: str) -> str:
    """Return the name of a preset, without its suffix. Raises InputError if it is none, or that of a shipped preset."""
    stem = name.strip().removesuffix(".toml")
    if not _NAME.fullmatch(stem) or len(stem) > _LONGEST or ".." in stem:
        raise InputError(
            f"{literal(name) or 'an empty name'}: a preset's name has letters, digits and - _ . +, with / between folders"
        )
    if any(part in locate.FRAGMENT_STEMS for part in (stem, stem.rpartition("/")[2])):
        raise InputError(f"{stem}: files of that name are only extended, and not listed")
    if any(preset.name == stem for preset in locate.shipped()):
        raise InputError(f"{stem}: is the name of a preset that comes with lrtui; choose another")
    return stem


def text_of(study: Study, *, title: str = "", made_from: str = "", home: Path | None = None) -> str:
    """Return the preset file that gives a study's runs; it is to lie in the folder `home`, from which it names files.

    What was changed of a shipped preset stands in a file that extends it; otherwise every setting is written out.
    """
    written = f"{dt.date.today():%Y-%m-%d}"
    source = f"the saved study {made_from}" if made_from else study.name
    comments = [f"# Made from {literal(source)} with lrtui {__version__}, {written}."]
    comments += [f"# Changed: {literal(override)}" for override in study.overrides]
    head = "\n".join(comments)
    short = _extending(study, title)
    if short is not None:
        return f"{head}\n{short}"
    table = copy.deepcopy(study.resolved) | ({"title": title} if title else {})
    whole = preset.from_resolved(study.name, table, folder=study.folder)
    if study.folder and home is not None:
        table = copy.deepcopy(whole.resolved)
        relocate(table, Path(study.folder), home.absolute())
        whole = replace(whole, resolved=table)
    return f"{head}\n{preset.resolved_toml(whole)}"


def _extending(study: Study, title: str) -> str | None:
    """Return a preset that extends the shipped one of the study's name and says what was changed; None if that is not it."""
    if not any(shipped.name == study.name for shipped in locate.shipped()):
        return None
    try:
        again = preset.load(study.name, study.overrides)
    except InputError:
        return None
    if again.resolved != study.resolved:
        return None
    layer: Table = {}
    for override in study.overrides:
        said = parse_override(override)
        if isinstance(said, str) or _takes_away(said):
            return None
        lay(layer, said)
    if title:
        layer["title"] = title
    layer = {key: value for key, value in layer.items() if value != {}}
    top = {key: value for key, value in layer.items() if not isinstance(value, dict)}
    return preset.compact(tomli_w.dumps({"extends": study.name} | top | layer))


def _takes_away(layer: Table) -> bool:
    """Return whether an override takes a key away, which no file can say."""
    return any(_takes_away(value) if isinstance(value, dict) else value is None for value in layer.values())
