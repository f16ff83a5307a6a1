"""The learning rates that the finder chooses: one range test for each scenario, with the seed of its first replicate."""

import threading
from collections.abc import Callable, Sequence
from threading import Event

from lrtui.engine.board import Board
from lrtui.engine.engine import Recorder
from lrtui.study.records import FinderCurve
from lrtui.study.spec import RunSpec

PATIENCE_SECONDS = 0.1

Search = Callable[[RunSpec, Callable[[FinderCurve], None]], FinderCurve | None]
"""Makes a range test with a run, and shows how it comes on; None when stopped meanwhile."""


class FoundRates:
    """Chooses `optim.lr` where it says `find`. Safe to use from every lane."""

    def __init__(self, runs: Sequence[RunSpec], board: Board, recorder: Recorder) -> None:
        """`runs` are all of the study, whoever trains them; `recorder` is given every range test once, when it is over.

        Range tests that the Board knows are not made again.
        """
        self._board, self._recorder = board, recorder
        self._first = {spec.scenario: spec for spec in sorted(runs, key=lambda spec: spec.run, reverse=True)}
        self._lock = threading.Lock()
        self._searching: dict[str, threading.Lock] = {}
        self._found = {
            state.spec.scenario: state.finder.chosen
            for state in board.snapshot().runs
            if state.finder is not None and state.finder.over and state.finder.chosen is not None
        }

    def choose(self, spec: RunSpec, search: Search, stop: Event) -> float | None:
        """Return the rate of the run's scenario, after searching for it if nobody has; None when stopped meanwhile.

        The search is the first replicate's, whichever run asks first, so that the rate is a function of the study.
        Raises ValueError when the range test gives no suggestion.
        """
        with self._lock:
            searching = self._searching.setdefault(spec.scenario, threading.Lock())
        while not searching.acquire(timeout=PATIENCE_SECONDS):
            if stop.is_set():
                return None
        try:
            if spec.scenario not in self._found:
                curve = self.search(self._first[spec.scenario], search)
                if curve is None:
                    return None
                if curve.chosen is None:
                    raise ValueError(
                        f"the range test suggests no learning rate: {curve.doubt or 'its loss never fell'}"
                    )
                self._found[spec.scenario] = curve.chosen
            return self._found[spec.scenario]
        finally:
            searching.release()

    def search(self, spec: RunSpec, search: Search) -> FinderCurve | None:
        """Make a range test with this run, seen live on the Board, and as over once it is kept; None when stopped meanwhile."""
        self._board.finder_moved(spec.run, FinderCurve(()))
        curve = search(spec, lambda so_far: self._show(spec.run, so_far))
        if curve is not None:
            self._recorder.finder(spec.run, curve, lambda: self._board.finder_moved(spec.run, curve))
        return curve

    def _show(self, run: int, so_far: FinderCurve) -> None:
        if not so_far.over:
            self._board.finder_moved(run, so_far)
