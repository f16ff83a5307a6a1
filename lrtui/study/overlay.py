"""Laying one preset over another: a file over what it extends, `--set` over the file."""

import copy
import functools
import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import tomli

from lrtui.study.components import open_kind
from lrtui.study.optimizers import CLIPPINGS
from lrtui.study.problems import Complaint
from lrtui.study.schema import COMPONENTS, TABLES, table_keys
from lrtui.study.spacing import is_spacing, unfolded
from lrtui.study.toml_lines import DEEPEST, KeyPath

Table = dict[str, Any]

_RUN_TABLES = (*TABLES, *COMPONENTS)
_SAYS_SEEDS = {"replicates", "seeds"}
_INSTEAD = {
    "model.hidden": ("model.depth", "model.width"),
    "model.depth": ("model.hidden",),
    "model.width": ("model.hidden",),
    **{f"optim.{key}": tuple(f"optim.{other}" for other in CLIPPINGS if other != key) for key in CLIPPINGS},
    "pruning.target": ("pruning.threshold",),
    "pruning.threshold": ("pruning.target",),
}
"""The keys that a key replaces: a layer that sets it removes these from the layers below."""


def unusable(table: Mapping[str, Any]) -> list[Complaint]:
    """Return a complaint for every value that no preset can hold: nested without end, or beyond TOML's 64-bit integers."""
    complaints: list[Complaint] = []
    left: list[tuple[KeyPath, Any]] = [((), table)]
    while left:
        path, value = left.pop()
        if len(path) > DEEPEST:
            complaints.append((path[:1], "nested too deeply"))
        elif isinstance(value, dict):
            left += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [((*path, index), inner) for index, inner in enumerate(value)]
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            complaints.append((path, "a whole number has at most 64 bits"))
    return list(dict.fromkeys(complaints))


def normalize(table: Mapping[str, Any]) -> tuple[Table, list[Complaint]]:
    """Return the preset with its sweep and published rows under flat dotted keys, and a complaint for keys given twice.

    `"optim.lr" = […]`, `optim.lr = […]` and a table `[sweep.optim]` say the same. A spacing, `1e-4..1 x9`, becomes the
    values it stands for, and a sweep where it is given for a number; a complaint if it stands for none.
    """
    normal = copy.deepcopy(dict(table))
    complaints: list[Complaint] = []
    if isinstance(sweep := table.get("sweep"), dict):
        normal["sweep"] = _flat(sweep, ("sweep",), complaints)
    _unfold(normal, complaints)
    for path, part in (((), normal), *((("variants", name), part) for name, part in variants_of(normal).items())):
        if isinstance(rows := part.get("published"), list):
            part["published"] = [
                _flat(row, (*path, "published", index), complaints) if isinstance(row, dict) else row
                for index, row in enumerate(rows)
            ]
    return normal, complaints


def flat_path(path: KeyPath) -> KeyPath:
    """Return where a key path of a file stands after `normalize`: `sweep.optim.lr` is at `sweep."optim.lr"`."""
    if path[0] == "sweep":
        fixed: KeyPath = path[:1]
    elif path[0] == "published":
        fixed = path[:2]
    elif path[0] == "variants" and path[2:3] == ("published",):
        fixed = path[:4]
    else:
        return path
    rest = path[len(fixed) :]
    words = list(itertools.takewhile(lambda part: isinstance(part, str), rest))
    return (*fixed, ".".join(map(str, words)), *rest[len(words) :]) if words else path


def lay(base: Table, over: Mapping[str, Any]) -> None:
    """Lay a normalized preset on another in place. The values of `over` win; its tables add to those of `base`.

    Where `over` chooses another component (model, optimizer, schedule, …), the keys that `base` gave and the new one does
    not have are dropped.
    """
    for kind in COMPONENTS:
        if not (chosen := _chosen(over, kind)):
            continue
        if chosen != _chosen(base, kind):
            _drop_foreign(base, kind, chosen)
        for variant in variants_of(base).values():
            _drop_foreign(variant, kind, chosen)
    _merge(base, over, lay)


def merge(base: Table, over: Mapping[str, Any]) -> None:
    """Merge a normalized preset into another in place: tables merge, everything else (`published` too) is replaced.

    A value for a key ends a sweep over it, and takes the key out of the variants of `base`; so does a sweep over it. Seeds
    replace replicates, and replicates seeds; a key that stands for others (`depth` for `hidden`) replaces them.
    """
    _merge(base, over, merge)


def variants_of(table: Mapping[str, Any]) -> dict[str, Table]:
    """Return the variants of a preset that are tables, by name."""
    variants = table.get("variants")
    return {name: one for name, one in variants.items() if isinstance(one, dict)} if isinstance(variants, dict) else {}


def set_keys(layer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dotted keys of a run that a layer gives one value."""
    for table in _RUN_TABLES:
        if isinstance(values := layer.get(table), dict):
            yield from (f"{table}.{key}" for key in values)


def parse_override(text: str) -> Table | str:
    """Return the normalized preset that `KEY=VALUE` stands for, or what is wrong with it.

    The key is dotted, the value TOML; what is not TOML is taken as a string (`optim.name=adam` needs no quotes). A list
    for a key that takes one value is a sweep over it; nothing takes the key away, if it may be missing.
    """
    key, separator, written = text.partition("=")
    parts = _split_key(key.strip())
    if not separator or parts is None:
        return "expected KEY=VALUE"
    if not _is_utf8(text):
        return "is not UTF-8 text"
    if parts[0] == "extends":
        return "extends can only be given in a file"
    value = _parse_value(written.strip())
    if len(parts) == 2 and _is_sweep(parts[0], parts[1], value):
        parts = ["sweep", ".".join(parts)]
    layer: Table = functools.reduce(lambda inner, part: {part: inner}, reversed(parts), value)
    if complaints := unusable(layer):
        return complaints[0][1]
    layer, twice = normalize(layer)
    return twice[0][1] if twice else layer


def leaves(table: Mapping[str, Any], path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of every value that is not a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def _unfold(normal: Table, complaints: list[Complaint]) -> None:
    """Replace every spacing by its values, in place."""
    sweep: Table = found if isinstance(found := normal.get("sweep", {}), dict) else {}
    written: dict[str, KeyPath] = {}
    for name in _RUN_TABLES:
        table: Table = found if isinstance(found := normal.get(name), dict) else {}
        for key in [key for key, value in table.items() if is_spacing(value)]:
            dotted = f"{name}.{key}"
            if key not in table_keys(name) or _takes_text(name, key):
                continue
            if dotted in sweep:
                complaints.append(((name, key), "given twice"))
            written[dotted] = (name, key)
            sweep[dotted] = table.pop(key)
    for dotted, value in sweep.items():
        values = unfolded(value) if "." in dotted else value
        if isinstance(values, str) and values != value:
            complaints.append((written.get(dotted, ("sweep", dotted)), values))
        sweep[dotted] = values
    if sweep:
        normal["sweep"] = sweep


def _takes_text(table: str, key: str) -> bool:
    """Return whether a text that looks like a spacing may be meant as it is."""
    return table_keys(table)[key].annotation is str


def _flat(table: Mapping[str, Any], path: KeyPath, complaints: list[Complaint]) -> Table:
    flat: Table = {}
    for key, value in _dotted_items(table):
        if key in flat:
            complaints.append(((*path, key), "given twice"))
        flat[key] = copy.deepcopy(value)
    return flat


def _dotted_items(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _dotted_items(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _merge(base: Table, over: Mapping[str, Any], merge_variant: Callable[[Table, Mapping[str, Any]], None]) -> None:
    sweep, said_sweep = base.get("sweep"), over.get("sweep")
    given = list(set_keys(over))
    swept = [key for key in said_sweep if "." in key] if isinstance(said_sweep, dict) else []
    instead = [other for key in (*given, *swept) for other in _instead(key, given)]
    _shape_of_hidden(base, {*given, *swept})
    take_out(base, instead)
    if isinstance(sweep, dict):
        for key in (*given, *instead):
            sweep.pop(key, None)
        if isinstance(said_sweep, dict) and _SAYS_SEEDS & said_sweep.keys():
            for key in _SAYS_SEEDS:
                sweep.pop(key, None)
    for variant in variants_of(base).values():
        _shape_of_hidden(variant, {*given, *swept})
        take_out(variant, (*given, *swept, *instead))
        if "published" in over:
            variant.pop("published", None)
    below = variants_of(base)
    for name, variant in variants_of(over).items():
        if name in below:
            merge_variant(below[name], variant)
    _merge_tables(base, over)


def _instead(key: str, given: Container[str]) -> tuple[str, ...]:
    """Return the keys that a key replaces: none if its layer gives one of them beside it, as variants of a saved study do."""
    others = _INSTEAD.get(key, ())
    return () if any(other in given for other in others) else others


def take_out(layer: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Remove dotted keys from the tables of a layer, in place."""
    for dotted in keys:
        table, _, key = dotted.partition(".")
        if isinstance(values := layer.get(table), dict):
            values.pop(key, None)


def _shape_of_hidden(layer: Mapping[str, Any], said: Container[str]) -> None:
    """Write `hidden` layers of one width as depth and width, if one of these is about to be set."""
    model = layer.get("model")
    if not ("model.depth" in said or "model.width" in said) or not isinstance(model, dict):
        return
    hidden = model.get("hidden")
    if isinstance(hidden, list) and hidden and all(type(width) is int and width == hidden[0] for width in hidden):
        model["depth"] = len(hidden)
        model["width"] = hidden[0]


def _merge_tables(base: Table, over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        below = base.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            _merge_tables(below, value)
        else:
            base[key] = copy.deepcopy(value)


def _chosen(layer: Mapping[str, Any], kind: str) -> set[str]:
    """Return the models (or optimizers, …) a layer chooses, by name or by a sweep over the names; unknown ones left out."""
    sweep, table = layer.get("sweep"), layer.get(kind)
    names = sweep.get(f"{kind}.name") if isinstance(sweep, dict) else None
    if not isinstance(names, list):
        names = [table.get("name")] if isinstance(table, dict) else []
    return {name for name in names if isinstance(name, str) and name in COMPONENTS[kind]}


def _drop_foreign(base: Table, kind: str, chosen: set[str]) -> None:
    known = {key for name in chosen for key in table_keys(kind, name)}
    foreign = table_keys(kind).keys() - known
    if any(open_kind(COMPONENTS[kind][name]) for name in _chosen(base, kind)):  # it may have any key
        said = base.get(kind)
        foreign |= said.keys() - known if isinstance(said, dict) else set()
    for table, prefix in ((base.get(kind), ""), (base.get("sweep"), f"{kind}.")):
        if isinstance(table, dict):
            for key in foreign:
                table.pop(f"{prefix}{key}", None)


def _split_key(key: str) -> list[str] | None:
    """Return the parts of a dotted TOML key (quotes allowed), or None if it is none."""
    try:
        table = tomli.loads(f"{key} = 0")
    except (ValueError, RecursionError):
        return None
    parts: list[str] = []
    value: Any = table
    while isinstance(value, dict):
        if len(value) != 1:
            return None
        ((part, value),) = value.items()
        parts.append(part)
    return parts if value == 0 else None


def _parse_value(written: str) -> Any:
    if not written:
        return None
    try:
        table = tomli.loads(f"value = {written}")
    except (ValueError, RecursionError):
        return written
    return table["value"] if table.keys() == {"value"} else written


def _is_sweep(table: str, key: str, value: Any) -> bool:
    """Return whether a value given for a key is a list of values for it."""
    if table not in _RUN_TABLES or not isinstance(value, list):
        return False
    field = table_keys(table).get(key)
    takes_list = field is not None and takes_a_list(field.annotation)
    return not takes_list or (bool(value) and all(isinstance(item, list) for item in value))


def takes_a_list(annotation: Any) -> bool:
    """Return whether values of a type are lists; it may be one that may be missing."""
    if get_origin(annotation) is tuple:
        return True
    return any(takes_a_list(part) for part in get_args(annotation) if get_origin(annotation) is not Literal)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
