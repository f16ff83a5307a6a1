"""The published figures of a preset: checked, and each put to the runs that it speaks of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lrtui.study.canonical import plain
from lrtui.study.check import check_table
from lrtui.study.fields import as_tuple
from lrtui.study.overlay import Table, variants_of
from lrtui.study.problems import MOST, Complaint, shown, unknown_dotted
from lrtui.study.schema import PublishedConfig, dotted_keys
from lrtui.study.spec import Published, RunSpec, value_of
from lrtui.study.toml_lines import KeyPath


@dataclass
class Rows:
    """The `[[published]]` rows of a normalized preset, and those that its variants brought."""

    preset: Table
    own: bool
    """Whether the preset wrote the rows for itself: one that speaks of no run is then wrong."""
    _complaints: list[Complaint] = field(default_factory=list)

    def of(self, scenarios: Sequence[RunSpec] | None) -> tuple[list[Published], list[Complaint]]:
        """Return the rows that speak of one of `scenarios` (a run of each), all if these are not known; and complaints."""
        found = []
        trained = None if scenarios is None else _Trained(scenarios)
        for path, values in self._tables(self.preset, ()):
            row = self._row(path, values)
            if row is None or trained is None or trained.has(row):
                found.append(row)
            elif self.own:
                said = " and ".join(f"{key} = {shown(plain(value))}" for key, value in row.coordinates)
                self._complaints.append((path, f"no run of this study has {said}"))
        for name, variant in variants_of(self.preset).items():
            for path, values in self._tables(variant, ("variants", name)):
                row = self._row(path, {"variant": name, **values})
                if row is None or trained is None or trained.has(row):
                    found.append(row)
        return [row for row in found if row is not None], self._complaints

    def _tables(self, table: Mapping[str, Any], prefix: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
        rows = table.get("published", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._complaints.append(((*prefix, "published"), f"expected [[published]] tables, got {shown(rows)}"))
            return
        for index, row in enumerate(rows):
            yield (*prefix, "published", index), row

    def _row(self, path: KeyPath, row: Mapping[str, Any]) -> Published | None:
        coordinates = {key: value for key, value in row.items() if "." in key or key == "variant"}
        known = dotted_keys()
        wrong: list[Complaint] = [
            ((*path, key), unknown_dotted(key, guess=len(self._complaints) < MOST))
            for key in coordinates
            if key != "variant" and key not in known
        ]
        if not isinstance(name := coordinates.get("variant", ""), str):
            wrong.append(((*path, "variant"), f"expected a string, got {shown(name)}"))
        values = {key: row[key] for key in row if key not in coordinates}
        figures, complaints = check_table(PublishedConfig, values, path)
        self._complaints += [*wrong, *complaints]
        if figures is None or wrong:
            return None
        said = tuple((key, as_tuple(value)) for key, value in coordinates.items())
        return Published(coordinates=said, **figures.model_dump())


class _Trained:
    """What scenarios have, by the keys that rows speak of: rows are looked up, not compared with every scenario."""

    def __init__(self, scenarios: Sequence[RunSpec]) -> None:
        self._scenarios = scenarios
        self._values: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}

    def has(self, row: Published) -> bool:
        """Return whether a row speaks of one of the scenarios."""
        keys = tuple(key for key, _ in row.coordinates)
        try:
            if keys not in self._values:
                self._values[keys] = {tuple(value_of(spec, key) for key in keys) for spec in self._scenarios}
            return tuple(value for _, value in row.coordinates) in self._values[keys]
        except TypeError:  # a value that has no hash
            return any(row.matches(spec) for spec in self._scenarios)
