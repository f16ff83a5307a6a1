"""What the workbench begins with, if a person says so."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class First:
    """A preset to have in the form, or a saved study, shown as it happened if `speed` is given."""

    preset: str = ""
    """What tells its row in the tree from every other one: `preset:shipped:paper/mlp-mnist`."""
    study: Path | None = None
    speed: float | None = None
    """How much faster than it happened; 0: what suits it; None: at once, as it ended."""
