"""Joining the settings of studies that differ in replicates, rates, values of a sweep, variants or shards only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.errors import InputError
from lrtui.study.earlier import completed
from lrtui.study.overlay import Table, normalize, variants_of
from lrtui.study.problems import shown
from lrtui.study.run_key import decides, says
from lrtui.study.schema import HeadConfig, RunConfig, dotted_keys

_RATE = "optim.lr"
_KEEP = "train.keep"
_TABLES = tuple(RunConfig.model_fields)
_NONE = object()


def joined(studies: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the preset that has every run of several studies: these are their resolved presets, by id.

    Titles, and what decides no number, are the first study's. The values of their sweeps are put together, so that there may
    be runs that none of them has. Raises InputError for studies that differ in anything else, naming the first setting
    that does, with both values.
    """
    parts = [_Part.of(study, resolved) for study, resolved in studies.items()]
    first, *others = parts
    for other in others:
        _require_alike(first, other)
    table: Table = {key: first.table[key] for key in (*HeadConfig.model_fields, "published") if key in first.table}
    axes = _axes(parts)
    variants = {
        name: _together([part.variants[name] for part in parts if name in part.variants]) for name in _names(parts)
    }
    for flat in variants.values():
        for key in axes:
            flat.pop(key, None)
    if "" in variants:
        table |= _tables(variants[""])
    else:
        table["variants"] = {name: _tables(flat) for name, flat in variants.items()}
    return table | {"sweep": axes | _seeds(parts) | {"order": first.table["sweep"]["order"]}}


@dataclass(frozen=True)
class _Part:
    """A study: its settings by dotted key."""

    study: str
    table: Table
    axes: dict[str, list[Any]]
    """The swept keys and their values."""
    seeds: list[int]
    variants: dict[str, dict[str, Any]]
    """What is not swept, of every variant; if there are none, of the variant of no name."""

    @classmethod
    def of(cls, study: str, resolved: Mapping[str, Any]) -> "_Part":
        table = completed(normalize(resolved)[0])
        sweep = table["sweep"]
        shared = _flat(table)
        variants = {name: shared | _flat(said) for name, said in variants_of(table).items()} or {"": shared}
        return cls(
            study,
            table,
            {key: values for key, values in sweep.items() if "." in key},
            sweep.get("seeds") or list(range(1, sweep.get("replicates", 1) + 1)),
            variants,
        )

    @property
    def rates(self) -> list[Any]:
        """Return the rates of a study without variants."""
        return self.axes.get(_RATE) or [self.variants[""].get(_RATE)]

    @property
    def finds(self) -> bool:
        """Return whether the finder chooses a rate."""
        given = [*self.axes.get(_RATE, ()), *(flat.get(_RATE) for flat in self.variants.values())]
        return "find" in given


def _require_alike(one: _Part, other: _Part) -> None:
    """Refuse studies that differ in more than what can be put together."""
    if ("" in one.variants) != ("" in other.variants):
        raise _difference("variants", one, list(filter(None, one.variants)), other, list(filter(None, other.variants)))
    alone = "" in one.variants
    varying = {key.partition(".")[0] for key in {*one.axes, *other.axes} if key.endswith(".name")}
    for name in one.variants.keys() & other.variants.keys():
        mine, theirs = one.variants[name] | one.axes, other.variants[name] | other.axes
        for key in _in_order({*mine, *theirs}, one, other):
            both = key in one.axes and key in other.axes
            if both or (key == _RATE and alone):
                continue
            value, another = mine.get(key, _NONE), theirs.get(key, _NONE)
            if _NONE in (value, another) and key.partition(".")[0] in varying and key not in {*one.axes, *other.axes}:
                continue  # the component that has it is one of several
            if _NONE in (value, another) and not says(key, value if another is _NONE else another):
                continue  # one was saved before there was the key
            if value != another:
                raise _difference(f"variants.{name}.{key}" if name else key, one, value, other, another)
    if (one.finds or other.finds) and one.seeds[0] != other.seeds[0]:
        raise _difference("the first seed, with which rates are searched", one, one.seeds[0], other, other.seeds[0])


def _in_order(keys: set[str], one: _Part, other: _Part) -> Iterator[str]:
    """Yield those keys that decide numbers, in the order of the schema."""
    for key in dotted_keys():
        if key in keys and decides(key) and (not key.startswith("finder.") or one.finds or other.finds):
            yield key


def _difference(key: str, one: _Part, value: Any, other: _Part, another: Any) -> InputError:
    return InputError(f"{key}: {_shown(value)} in {one.study}, {_shown(another)} in {other.study}")


def _shown(value: Any) -> str:
    return "none" if value is _NONE or value == [] else shown(value)


def _axes(parts: Sequence[_Part]) -> dict[str, list[Any]]:
    """Return the values of every swept key of all studies; of the rate, also those that one study has alone."""
    axes = {key: _values([part.axes[key] for part in parts]) for key in parts[0].axes if key != _RATE}
    if any(_RATE in part.axes for part in parts) or "" in parts[0].variants:
        rates = _values([part.rates if "" in part.variants else part.axes[_RATE] for part in parts])
        if len(rates) > 1 or any(_RATE in part.axes for part in parts):
            axes[_RATE] = rates
    order = [*parts[0].axes, _RATE]
    return {key: axes[key] for key in sorted(axes, key=order.index)}


def _values(lists: Sequence[list[Any]]) -> list[Any]:
    """Return all values of several lists, each once; sorted if all lists are sorted numbers."""
    union: list[Any] = []
    for values in lists:
        union += [value for value in values if value not in union]
    numbers = all(isinstance(value, int | float) for value in union)
    return sorted(union) if numbers and all(values == sorted(values) for values in lists) else union


def _seeds(parts: Sequence[_Part]) -> Table:
    seeds = _values([part.seeds for part in parts])
    numbered = seeds == list(range(1, len(seeds) + 1))
    return {"replicates": len(seeds)} if numbered else {"seeds": seeds}


def _names(parts: Sequence[_Part]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part.variants))


def _together(flats: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the settings that all have; one that some lack belongs to a component of a sweep, and has its default."""
    first, *others = flats
    shared = {key: value for key, value in first.items() if all(key in other for other in others)}
    if any(other.get(_KEEP) != shared.get(_KEEP) for other in others):
        shared.pop(_KEEP, None)  # what not all kept is kept of none
    return shared


def _flat(table: Table) -> dict[str, Any]:
    """Return the settings of a run by dotted key."""
    return {f"{name}.{key}": value for name in _TABLES for key, value in table.get(name, {}).items()}


def _tables(flat: Mapping[str, Any]) -> Table:
    tables: Table = {}
    for dotted, value in flat.items():
        name, _, key = dotted.partition(".")
        tables.setdefault(name, {})[key] = value
    return tables
