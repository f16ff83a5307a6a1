"""A share of a study: every N-th run in the order of training, for one of N jobs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lrtui.errors import InputError
from lrtui.text import literal

_Run = TypeVar("_Run")
_SHARD = re.compile(r"(\d{1,5})/(\d{1,5})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """The `index`-th of `of` shares, from 1."""

    index: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Return the share that `3/8` stands for. Raises InputError if it stands for none."""
        match = _SHARD.fullmatch(text.strip())
        index, of = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= index <= of:
            raise InputError(f"expected I/N with I from 1 to N, as in 3/8, got {literal(text)}")
        return cls(index, of)

    def __str__(self) -> str:
        """Return `3/8`."""
        return f"{self.index}/{self.of}"

    def own(self, runs: Sequence[_Run]) -> tuple[_Run, ...]:
        """Return the share of runs that are in the order of training; it may be empty."""
        return tuple(runs[self.index - 1 :: self.of])
