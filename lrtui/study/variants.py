"""The variants of a preset: tables under a name, each laid over the preset's own."""

import copy
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.study.overlay import Table, lay, set_keys
from lrtui.study.problems import MOST, Complaint, nearest, shown, unknown_key
from lrtui.study.schema import HeadConfig, RunConfig
from lrtui.study.toml_lines import KeyPath
from lrtui.text import one_of

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_RUN_TABLES = tuple(RunConfig.model_fields)
_OF_THE_WHOLE = (*HeadConfig.model_fields, "sweep", "variants", "extends")


@dataclass(frozen=True)
class Variant:
    """The tables of a preset for one of its variants; the only one of a preset that has none has no name."""

    name: str
    said: Table
    """The variant's own tables."""
    tables: Table
    """These, laid over the preset's."""
    beneath: Table
    """The preset's tables."""

    def place(self, path: KeyPath) -> KeyPath:
        """Return where in the preset the key of a run at `path` stands: in the variant's tables, or in those beneath."""
        table, rest = str(path[0]), path[1:]
        own, below = self.said.get(table), self.beneath.get(table)
        if own is None:
            return path
        if rest and isinstance(own, dict) and rest[0] not in own and isinstance(below, dict) and rest[0] in below:
            return path
        return ("variants", self.name, *path)


def read(preset: Mapping[str, Any], axes: Container[str]) -> tuple[list[Variant], list[Complaint]]:
    """Return the variants of a normalized preset that sweeps over `axes`, and every complaint about what they are."""
    beneath = {key: preset[key] for key in _RUN_TABLES if key in preset}
    variants = preset.get("variants", {})
    if not isinstance(variants, dict):
        return [], [(("variants",), f"expected a table, got {shown(variants)}")]
    if not variants:
        return [Variant("", {}, copy.deepcopy(beneath), beneath)], []
    found, complaints = [], []
    for name, said in variants.items():
        wrong = list(_wrong(name, said, axes))
        complaints += wrong
        if not wrong:
            tables = copy.deepcopy(beneath)
            own = {key: said[key] for key in _RUN_TABLES if key in said}
            lay(tables, own)
            found.append(Variant(name, own, tables, beneath))
    return found, complaints


def choose(variants: Sequence[Variant], names: Sequence[str]) -> tuple[list[Variant], list[Complaint]]:
    """Return the variants of these names, in this order, and a complaint for every name that none has."""
    known = {variant.name: variant for variant in variants if variant.name}
    complaints: list[Complaint] = []
    for index, name in enumerate(names):
        if name not in known:
            close = nearest(name, known)
            hint = f"; did you mean {close}?" if close else ""
            expected = f"expected {one_of(list(known))}, got {shown(name)}{hint}" if known else "there are no variants"
            complaints.append((("sweep", "variants", index), expected))
    return [known[name] for name in names if name in known], complaints


def _wrong(name: str, said: Any, axes: Container[str]) -> list[Complaint]:
    path: KeyPath = ("variants", name)
    if not _NAME.fullmatch(name):
        return [(path, "a variant's name has letters, digits, - and _ only")]
    if not isinstance(said, dict):
        return [(path, f"expected a table or, in a file, the name of a preset file, got {shown(said)}")]
    complaints: list[Complaint] = []
    for key in said:
        if key in _OF_THE_WHOLE:
            complaints.append(((*path, key), "belongs to the whole preset, not to a variant"))
        elif key not in (*_RUN_TABLES, "published"):
            guess = len(complaints) < MOST
            complaints.append(((*path, key), unknown_key(("variants", name, key), _RUN_TABLES, guess=guess)))
    for dotted in set_keys(said):
        if dotted in axes:
            complaints.append(((*path, *dotted.split(".", 1)), "is swept over; a variant has no value of its own"))
    return complaints
