"""Reading a preset: TOML file, what it extends, what the command line overrides; checked whole; expanded to a Study."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomli_w

from lrtui.study import locate, references
from lrtui.study.check import RunCheck, not_of
from lrtui.study.components import open_kind
from lrtui.study.datasets import FolderConfig, OwnDataConfig
from lrtui.study.earlier import completed
from lrtui.study.expand import expand
from lrtui.study.files import PresetText, home_of, read_chain, read_variants, relocate
from lrtui.study.overlay import Table, lay, leaves, merge, normalize, parse_override, set_keys, unusable
from lrtui.study.problems import MOST, Complaint, PresetError, Problem, dotted, shown
from lrtui.study.spec import Study
from lrtui.study.toml_lines import KeyPath
from lrtui.text import literal


def load(name: str, overrides: Sequence[str] = (), misfits: RunCheck | None = None) -> Study:
    """Return the study of the preset `name` (see `locate.find`) with `KEY=VALUE` overrides applied.

    `misfits` checks every run beyond what the schema knows, as `data.feasible.misfits` does. Raises InputError when there
    is no such preset, PresetError with every problem when it or an override is wrong.
    """
    found = locate.find(name)
    return load_file(found.path, found.name, overrides, misfits)


def load_file(
    path: Path, name: str | None = None, overrides: Sequence[str] = (), misfits: RunCheck | None = None
) -> Study:
    """Return the study of a preset file; `misfits` as in `load`. Raises PresetError with every problem found."""
    home = home_of(path)
    files = read_chain(path, home)
    texts = [*files, *read_variants(files, home)]
    table: Table = {}
    for file in reversed(files):
        lay(table, file.table)
    said = _Overrides.parse(overrides)
    relocate(said.layer, Path(), home)
    lay(table, said.layer)
    own_published = not overrides and "published" in files[0].table  # an override may well leave rows without a run
    shown_name = literal(name or path.stem).removesuffix(".toml")
    study, complaints = expand(shown_name, table, own_published=own_published, misfits=misfits, folder=home)
    if study is not None:
        complaints = [*_unheard(study, said.layer), *_missing(study)]
    problems = [_locate(complaint, texts, said) for complaint in complaints]
    if study is None or problems or said.problems:
        places = [*(str(text.path) for text in texts), *said.names]
        raise PresetError(_in_order([*problems, *said.problems], places))
    return replace(study, overrides=tuple(overrides))


def from_resolved(
    name: str,
    resolved: Any,
    overrides: Sequence[str] = (),
    misfits: RunCheck | None = None,
    folder: str = "",
) -> Study:
    """Return the study a saved `study.json` describes, with `KEY=VALUE` overrides applied; `misfits` as in `load`.

    `folder` is where the files lie that it names.

    Its overrides are those given here. Raises PresetError if it is no study, and for an override that is wrong.
    """
    said = _Overrides.parse(overrides)
    complaints: list[Complaint] = (
        [] if isinstance(resolved, dict) else [((), f"expected a table, got {shown(resolved)}")]
    )
    complaints = complaints or unusable(resolved)
    study = None
    if not complaints:
        table, complaints = normalize(resolved)
        table = completed(table)
        home = Path(folder) if folder else Path().absolute()
        relocate(said.layer, Path(), home)
        lay(table, said.layer)
        study, more = expand(name, table, misfits=misfits, folder=home)
        complaints += more
    if study is not None:
        complaints += _unheard(study, said.layer)
    problems = [_locate_saved(complaint, said) for complaint in complaints]
    if study is None or problems or said.problems:
        raise PresetError([*problems, *said.problems])
    return replace(study, overrides=tuple(overrides))


def resolved_toml(study: Study) -> str:
    """Return the preset, resolved, as the text of a TOML file that gives the same runs, every default written out."""
    return compact(tomli_w.dumps(study.resolved))


def compact(text: str) -> str:
    """Return TOML as tomli_w writes it, with every list on one line."""
    text = re.sub(r"(?<=\[)\n\s+|,\n\s*(?=\])", "", text)  # lists on one line; strings hold no line end as such
    return re.sub(r"(?<=,)\n\s+", " ", text)


def check_file(path: Path, misfits: RunCheck | None = None) -> list[Problem]:
    """Return every problem of a preset file, `misfits` as in `load`; none when it can be run."""
    try:
        load_file(path, misfits=misfits)
    except PresetError as error:
        return list(error.problems)
    return []


@dataclass
class _Overrides:
    """The settings of the command line as one layer, and which override each value came from."""

    names: list[str] = field(default_factory=list)
    """What the overrides are called in messages: `--set optim.lr=1`."""
    layer: Table = field(default_factory=dict)
    origins: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def parse(cls, texts: Sequence[str]) -> "_Overrides":
        said = cls()
        for text in texts:
            origin = f"--set {text.encode(errors='backslashreplace').decode()}"
            said.names.append(origin)
            layer = parse_override(text)
            if isinstance(layer, str):
                said.problems.append(Problem(origin, None, "", layer))
                continue
            merge(said.layer, layer)
            said.origins |= dict.fromkeys(leaves(layer), origin)
        return said

    def origin(self, path: KeyPath, *, inside: bool) -> str | None:
        """Return the override that set the value at `path`, or the list that it is in; or `inside` it, if asked for."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        within = (origin for leaf, origin in self.origins.items() if inside and leaf[: len(path)] == path)
        return next(within, None)


def _unheard(study: Study, layer: Table) -> Iterator[Complaint]:
    """Yield a complaint for every key of an override that no run has, because all variants choose another component."""
    for key in set_keys(layer):
        table, _, name = key.partition(".")
        tables = {type(getattr(spec.config, table)): getattr(spec.config, table) for spec in study.runs}
        if not any(name in kind.model_fields or open_kind(kind) for kind in tables):
            yield (table, name), not_of(table, next(iter(tables.values())).name, name)


def _missing(study: Study) -> Iterator[Complaint]:
    """Yield a complaint for every file that the preset names and that is not there; none is opened."""
    seen: set[str] = set()
    for spec in study.runs if study.folder else ():
        data, model = spec.config.data, spec.config.model
        named = [("data", "name", data.name)] if data.files else []
        named += [("data", "test", data.test)] if isinstance(data, OwnDataConfig) and data.test else []
        named += [("model", "name", model.name)] if model.code else []
        for table, key, name in named:
            file = references.parts(name)[0] if references.is_code(name) else name
            path = references.at(study.folder, file)
            folder = file.endswith("/") or (key == "test" and isinstance(data, FolderConfig))
            if name not in seen and not (path.is_dir() if folder else locate.is_file(path)):
                what = "folder" if folder else "file"
                yield (table, key), f"no such {what}: {shown(str(path))}"
            seen.add(name)


def _locate(complaint: Complaint, files: Sequence[PresetText], said: _Overrides) -> Problem:
    """Return the problem with the override it came from, or else the line of the nearest file that has most of the key."""
    path, message = complaint
    unsaid = not any(path in file.lines for file in files)
    origin = said.origin(path, inside=unsaid)
    if origin is None and unsaid:  # the override that chose the component which has the key
        origin = said.origin((*path[:-1], "name"), inside=False)
    if origin is not None:
        return Problem(origin, None, dotted(path), message)
    for length in range(len(path), 0, -1):
        for file in files:
            if path[:length] in file.lines:
                return file.problem(path, message)
    return Problem(str(files[0].path), None, dotted(path), message)


def _locate_saved(complaint: Complaint, said: _Overrides) -> Problem:
    """Return the problem of a saved preset with the override that it came from, if it did."""
    path, message = complaint
    return Problem(said.origin(path, inside=True) or "study.json", None, dotted(path), message)


def _in_order(problems: Sequence[Problem], places: Sequence[str]) -> list[Problem]:
    """Return the distinct problems by file (itself first, then those it extends) and line, then by override.

    Of more than `MOST` the first ones, and how many more there are.
    """
    found = sorted(dict.fromkeys(problems), key=lambda problem: (places.index(problem.file), problem.line or 0))
    if len(found) <= MOST:
        return found
    return [*found[:MOST], Problem(found[0].file, None, "", f"and {len(found) - MOST:,} more problems")]
