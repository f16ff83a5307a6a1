"""The settings of a saved study: a preset too."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lrtui.study import preset
from lrtui.study.check import RunCheck
from lrtui.study.overlay import Table
from lrtui.study.spec import Study


def of_saved(document: Mapping[str, Any], overrides: Sequence[str] = (), misfits: RunCheck | None = None) -> Study:
    """Return the study that a study.json describes, with overrides; those it was saved with stay, unless given anew.

    Raises PresetError where something is wrong.
    """
    resolved: Table = dict(document["preset"])
    if "protocol" not in resolved:  # saved when the only figures were the paper's
        resolved["protocol"] = "paper"
    study = preset.from_resolved(document["name"], resolved, overrides, misfits, document.get("folder", ""))
    given = {_key(override) for override in overrides}
    before = [override for override in document.get("overrides", ()) if _key(override) not in given]
    return replace(study, overrides=(*before, *overrides))


def _key(override: str) -> str:
    return override.partition("=")[0].strip()
