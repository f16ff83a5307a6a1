"""A preset in its canonical form, in which it is saved, shown and hashed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.study.overlay import Table
from lrtui.study.schema import HeadConfig, PublishedConfig, RunConfig, SweepConfig
from lrtui.study.spec import Published


@dataclass(frozen=True)
class Scenario:
    """What replicates share: a configuration, its value of every swept key, and the variant it belongs to, if any."""

    config: RunConfig
    swept: tuple[tuple[str, Any], ...]
    variant: str = ""


def resolved_preset(
    head: HeadConfig,
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    said_sweep: SweepConfig,
    rows: Sequence[Published],
) -> Table:
    """Return the preset in its canonical form, in plain TOML values.

    Defaults are written out, what is swept only in the sweep, and what differs between variants only in these.
    """
    resolved: Table = {key: text for key, text in head if text}
    by_variant: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        by_variant.setdefault(scenario.variant, []).append(scenario)
    said = {name: _common(group) for name, group in by_variant.items()}
    shared = _shared(list(said.values()))
    resolved |= shared
    sweep: Table = {
        dotted: [plain(value) for value in dict.fromkeys(scenario.swept[position][1] for scenario in scenarios)]
        for position, (dotted, _) in enumerate(scenarios[0].swept)
    }
    numbered = tuple(range(1, len(seeds) + 1))
    replicates = {"replicates": len(seeds)} if tuple(seeds) == numbered else {"seeds": list(seeds)}
    resolved["sweep"] = sweep | replicates | {"order": said_sweep.order}
    if said_sweep.search != "none":
        searched = {"search": said_sweep.search, "resolution": said_sweep.resolution, "budget": said_sweep.budget}
        resolved["sweep"] |= {key: value for key, value in searched.items() if value is not None}
    if "" not in said:
        resolved["variants"] = {name: _rest(tables, shared) for name, tables in said.items()}
    if rows:
        resolved["published"] = [_row(row) for row in rows]
    return resolved


def _common(scenarios: Sequence[Scenario]) -> Table:
    """Return the values every scenario shares, of those that have the key; where defaults differ, the key is left out."""
    swept = {dotted for dotted, _ in scenarios[0].swept}
    values: dict[str, dict[str, list[Any]]] = {}
    for scenario in scenarios:
        for table, keys in scenario.config.model_dump(mode="json", exclude_none=True).items():
            for key, value in sorted(keys.items(), key=lambda item: item[0] != "name"):
                if f"{table}.{key}" not in swept:
                    seen = values.setdefault(table, {}).setdefault(key, [])
                    if value not in seen:
                        seen.append(value)
    return {table: {key: seen[0] for key, seen in keys.items() if len(seen) == 1} for table, keys in values.items()}


def _shared(said: Sequence[Table]) -> Table:
    """Return what all variants say, and say alike."""
    first, *others = said
    shared = {
        table: {
            key: value
            for key, value in keys.items()
            if all(table in other and key in other[table] and other[table][key] == value for other in others)
        }
        for table, keys in first.items()
    }
    return {table: keys for table, keys in shared.items() if keys or not others}


def _rest(tables: Table, shared: Mapping[str, Any]) -> Table:
    """Return what a variant has besides."""
    rest = {
        table: {key: value for key, value in keys.items() if key not in shared.get(table, ())}
        for table, keys in tables.items()
    }
    return {table: keys for table, keys in rest.items() if keys}


def _row(row: Published) -> Table:
    figures = {name: getattr(row, name) for name in PublishedConfig.model_fields}
    coordinates = {key: plain(value) for key, value in row.coordinates}
    return coordinates | {name: value for name, value in figures.items() if value is not None}


def plain(value: Any) -> Any:
    """Return a setting as TOML and JSON have it: tuples become lists."""
    return list(value) if isinstance(value, tuple) else value
