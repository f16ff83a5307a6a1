"""A preset in its canonical form, in which it is saved, shown and hashed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.study.layers import Table
from lrtui.study.schema import HeadConfig, PublishedConfig, RunConfig
from lrtui.study.spec import Published


@dataclass(frozen=True)
class Scenario:
    """What replicates share: a configuration, and its value of every swept key."""

    config: RunConfig
    swept: tuple[tuple[str, Any], ...]


def resolved_preset(
    head: HeadConfig, scenarios: Sequence[Scenario], seeds: Sequence[int], rows: Sequence[Published]
) -> Table:
    """Return the preset in its canonical form: defaults written out, what is swept only in the sweep, plain TOML values."""
    resolved: Table = {key: text for key, text in head if text}
    resolved |= _common(scenarios)
    sweep: Table = {
        dotted: [plain(value) for value in dict.fromkeys(scenario.swept[position][1] for scenario in scenarios)]
        for position, (dotted, _) in enumerate(scenarios[0].swept)
    }
    numbered = tuple(range(1, len(seeds) + 1))
    resolved["sweep"] = sweep | ({"replicates": len(seeds)} if tuple(seeds) == numbered else {"seeds": list(seeds)})
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


def _row(row: Published) -> Table:
    figures = {name: getattr(row, name) for name in PublishedConfig.model_fields}
    coordinates = {key: plain(value) for key, value in row.coordinates}
    return coordinates | {name: value for name, value in figures.items() if value is not None}


def plain(value: Any) -> Any:
    """Return a setting as TOML and JSON have it: tuples become lists."""
    return list(value) if isinstance(value, tuple) else value
