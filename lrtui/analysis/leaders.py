"""Who leads in a study, in a few words: for lists of studies, a status line, a header."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from lrtui.analysis.winner import Comparison


@dataclass(frozen=True)
class Leaders:
    """Who leads among the scenarios of one model and data set."""

    model: str
    dataset: str
    labels: tuple[str, ...]
    """The best, and those that cannot be told from it; empty if no scenario learned."""
    won: bool
    """Whether the best won; else it is not told from the others, no test puts it ahead, or runs are missing."""
    unfinished: bool = False
    """Whether runs are missing."""

    @property
    def text(self) -> str:
        """Return `1e-1` for a winner, `1e-1 ≈ 3e-2` if it cannot be told from others, else `1e-1 highest` or `1e-1 so far`."""
        if not self.labels:
            return "none learned"
        if self.won or len(self.labels) > 1:
            return " ≈ ".join(self.labels)
        return f"{self.labels[0]} {'so far' if self.unfinished else 'highest'}"


def leaders_of(runs: "pl.DataFrame", looks: int | None = None) -> tuple[Leaders, ...]:
    """Return who leads in every model/data pair of a runs table in which there is something to compare.

    `looks` is as `winner.comparisons` has it.
    """
    from lrtui.analysis.winner import comparisons  # scipy comes with it

    return leaders_among(comparisons(runs, looks=looks))


def leaders_among(comparisons: "Iterable[Comparison]") -> tuple[Leaders, ...]:
    """Return who leads in every one of the comparisons in which there is something to compare."""
    return tuple(
        Leaders(
            pair.model,
            pair.dataset,
            tuple(scenario.label for scenario in pair.alike) if pair.learned else (),
            won=pair.winner,
            unfinished=bool(pair.unfinished),
        )
        for pair in comparisons
        if not pair.alone
    )


def leading(leaders: Sequence[Leaders]) -> str:
    """Return who leads, with the pair's name if there are several; empty if there is nothing to compare."""
    if len(leaders) == 1:
        return leaders[0].text
    return "; ".join(f"{pair.model} {pair.dataset} {pair.text}" for pair in leaders)
