"""Studies saved by earlier versions: what their runs were trained with before there was a key to say so."""

import copy
from collections.abc import Mapping
from typing import Any

from lrtui.study.indicators import RETIRED
from lrtui.study.overlay import Table, take_out, variants_of

_EPS_INSIDE = {"rmsprop", "adagrad"}


def completed(resolved: Mapping[str, Any]) -> Table:
    """Return a normalized resolved preset as this version would have saved it.

    It loses the keys that there are no longer, and gets those that it was saved without, with what was then the only way.
    A resolved preset has every key of its tables; one that is missing was not there yet.
    """
    made: Table = copy.deepcopy(dict(resolved))
    parts = [made, *variants_of(made).values()]
    for part in parts:
        take_out(part, RETIRED)
    sweep = _table(made, "sweep")
    sweep.setdefault("order", "rate")
    if not any("stop_on_nan" in _table(part, "train") for part in parts) and "train.stop_on_nan" not in sweep:
        _table(made, "train")["stop_on_nan"] = False
        names = sweep.get("optim.name")
        for part in parts:
            optim = _table(part, "optim")
            swept = names if part is made and isinstance(names, list) else ()
            if any(name in _EPS_INSIDE for name in (optim.get("name"), *swept) if isinstance(name, str)):
                optim["eps_inside"] = False
    return made


def _table(part: Table, name: str) -> Table:
    """Return a table of a preset to write into; one that is no table is left for the check that comes after."""
    table = part.setdefault(name, {})
    return table if isinstance(table, dict) else {}
