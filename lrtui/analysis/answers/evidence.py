"""How a point of the guide is put to two arms: one of them has more of something than the other."""

from collections.abc import Callable
from dataclasses import dataclass

from lrtui.analysis.answers.arms import Arm, LackingError
from lrtui.analysis.answers.stat import Stat, order

Figure = Callable[[Arm], Stat | None]


@dataclass(frozen=True)
class Evidence:
    """What was measured of a point."""

    measured: tuple[str, ...]
    """In words, with the figures; one entry a comparison."""
    agrees: bool | None
    """None: it decides neither way."""


def higher(what: str, more: Arm, less: Arm, figure: Figure, *, decimals: int | None = 2, unit: str = "") -> Evidence:
    """Return the evidence that a figure (`what`, in words) is higher in the arm `more` than in `less`.

    It is so only where every replicate of the one is above every replicate of the other, and contradicted where every
    one is below; in between nothing is said. Raises LackingError where an arm has no such figure.
    """
    found = _compared(more, less, what, figure)
    shown = f"{_shown(what, (more, less), figure, decimals, unit)}; {_ordered(found, more, less)}"
    return Evidence((shown,), {1: True, -1: False}.get(found or 0))


def lower(what: str, less: Arm, more: Arm, figure: Figure, *, decimals: int | None = 2, unit: str = "") -> Evidence:
    """Return the evidence that a figure is lower in the arm `less` than in `more`; otherwise as `higher`."""
    found = _compared(less, more, what, figure)
    shown = f"{_shown(what, (less, more), figure, decimals, unit)}; {_ordered(found, less, more)}"
    return Evidence((shown,), {-1: True, 1: False}.get(found or 0))


def no_lower(
    what: str, suspect: Arm, usual: Arm, figure: Figure, *, decimals: int | None = 2, unit: str = ""
) -> Evidence:
    """Return the evidence that a figure is not lower in `suspect` than in `usual`: replicates that overlap agree with it."""
    found = _compared(suspect, usual, what, figure)
    shown = f"{_shown(what, (suspect, usual), figure, decimals, unit)}; {_ordered(found, suspect, usual)}"
    return Evidence((shown,), None if found is None else found >= 0)


def no_higher(
    what: str, suspect: Arm, usual: Arm, figure: Figure, *, decimals: int | None = 2, unit: str = ""
) -> Evidence:
    """Return the evidence that a figure is not higher in `suspect` than in `usual`: overlapping agrees with it."""
    found = _compared(suspect, usual, what, figure)
    shown = f"{_shown(what, (suspect, usual), figure, decimals, unit)}; {_ordered(found, suspect, usual)}"
    return Evidence((shown,), None if found is None else found <= 0)


def together(pieces: list[Evidence]) -> Evidence:
    """Return several pieces as one: contradicted where one of them is, agreed where all agree."""
    verdicts = [piece.agrees for piece in pieces]
    agrees = False if False in verdicts else None if None in verdicts or not pieces else True
    return Evidence(tuple(text for piece in pieces for text in piece.measured), agrees)


def known(arm: Arm, what: str, figure: Figure) -> Stat:
    """Return the figure. Raises LackingError where the arm has none."""
    found = figure(arm)
    if found is None:
        raise LackingError(f"no {what} of {arm.label}")
    return found


def _compared(one: Arm, other: Arm, what: str, figure: Figure) -> int | None:
    return order(known(one, what, figure), known(other, what, figure))


def _shown(what: str, both: tuple[Arm, Arm], figure: Figure, decimals: int | None, unit: str) -> str:
    texts = [f"{arm.label} {known(arm, what, figure).text(decimals, unit)}" for arm in both]
    return f"{what}: {', '.join(texts)}"


def _ordered(found: int | None, one: Arm, other: Arm) -> str:
    if found is None:
        return "fewer than two replicates, so no spread to judge by"
    if found == 0:
        return "the replicates overlap"
    return f"every replicate of {one.label} is {'above' if found > 0 else 'below'} every one of {other.label}"
