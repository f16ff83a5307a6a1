"""Lanes: one thread each, with a hand that trains what the lane takes from a common queue."""

import contextlib
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import Event

from lrtui.engine.board import Board
from lrtui.engine.data_pool import DataPool
from lrtui.engine.engine import Recorder
from lrtui.engine.hand import Checkpointed, FailedElsewhereError, Hand, HandLostError, Job, Kept, NeverBegunError, told
from lrtui.engine.pace import Progress
from lrtui.engine.queue import Chunk, RunQueue
from lrtui.engine.rates import FoundRates
from lrtui.engine.repeating import RepetitionError, require_same
from lrtui.engine.resumption import Checkpoints
from lrtui.study.records import FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.reused import numbered
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import LogLevel, RunState
from lrtui.train.checkpoint import DamagedCheckpointError
from lrtui.train.stack import Left

_LEFT = (RunStatus.WAITING, RunStatus.INTERRUPTED)
"""Runs that another process goes on with."""
_TRIES = 3
"""So often a run is begun whose hand is lost under it, without an epoch more: what it needs may be more than there is. And
so often a lane makes a hand that is gone before it has begun."""


Search = Callable[[Sequence[RunState]], Sequence[Chunk]]
"""What is to be trained next, given how all runs stand; nothing if the search is over."""


class Lanes:
    """An Engine that trains runs of a study, a lane for each of `hands`; `chunks` are those that are trained together.

    A hand is made by its lane's thread, and made anew when it is lost. A run of which the Board has epochs is gone on with
    from its checkpoint, if it has one; epochs that are trained once more have to come to what is known of them.

    With a `search` the runs of `chunks` wait until it asks for them.

    With `exact` they come to the same bits, else to nearly the same. With `find_only` every run is a range test and nothing
    is trained.
    """

    def __init__(
        self,
        study: Study,
        pool: DataPool,
        board: Board,
        recorder: Recorder,
        *,
        device: str,
        engine: str,
        exact: bool,
        hands: Sequence[Callable[[], Hand]],
        chunks: Sequence[Chunk],
        search: Search | None = None,
        find_only: bool = False,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._pool, self._board, self._recorder = pool, board, recorder
        self._device, self._engine, self._exact = device, engine, exact
        self._find_only, self._checkpoints = find_only, checkpoints
        self._rates = FoundRates(study.runs, board, recorder)
        self._search = search
        self._queue = RunQueue(chunks)
        if search is not None:
            self._queue = RunQueue((), [spec for chunk in chunks for spec in chunk], self._ask)
        self._lost: dict[int, tuple[int, int]] = {}
        """After how many epochs a run lost the hand that trained it last, and how often it did after no more than these."""
        self._stopped = self._handing_over = False
        self._failure = ""
        self._deaths: list[str] = []
        """How lanes came to an unexpected end."""
        count = min(len(hands), len(chunks))
        self._threads = [
            threading.Thread(target=self._lane, args=(lane, hands[lane]), name=f"lane-{lane}") for lane in range(count)
        ]
        self._able, self._counting = count, threading.Lock()
        """How many lanes can train."""

    def start(self) -> None:
        """Begin training; returns at once."""
        self._board.begin(self._device, len(self._threads), self._engine)
        for thread in self._threads:
            thread.start()

    def stop_study(self) -> None:
        """End the study: runs under way stop at their next batch, waiting ones are not begun."""
        self._stopped = True
        self._board.stopping()
        self._queue.close()

    def hand_over(self) -> None:
        """End the study for another process to go on with: runs under way are interrupted, waiting ones wait on."""
        self._stopped = self._handing_over = True
        self._board.stopping("the study is handed over to another process")
        self._queue.close(RunStatus.INTERRUPTED)

    def stop_run(self, run: int) -> None:
        """Stop one run at its next batch, or leave a waiting one out."""
        self._board.note(f"run {run}: stop asked for", LogLevel.WARNING)
        self._stop_run(run, RunStatus.STOPPED)

    def skip_scenario(self, scenario: str) -> None:
        """Skip what is left of a scenario: its runs under way stop at their next batch, its waiting ones are not begun."""
        self._board.note(f"{scenario}: skip asked for", LogLevel.WARNING)
        for state in self._board.snapshot().runs:
            if state.spec.scenario == scenario and not state.status.ended:
                self._stop_run(state.spec.run, RunStatus.SKIPPED)

    def join(self) -> tuple[StudyStatus, str]:
        """Wait until every lane has ended and every waiting run is marked; return how the study ended, and why."""
        for thread in self._threads:
            thread.join()
        self._pool.close()
        try:
            self._recorder.flush()
        except OSError as error:
            self._fail(error)
        self._board.untried([spec.run for spec in self._queue.untried])
        unfinished = any(state.status in _LEFT for state in self._board.snapshot().own)
        if self._handing_over and unfinished and not (self._failure or self._deaths):
            return StudyStatus.INTERRUPTED, ""
        for spec in self._queue.waiting:
            self._board.run_ended(spec.run, RunStatus.STOPPED)
        for state in self._board.snapshot().runs:
            if not state.status.ended:  # its end could not be kept
                self._board.run_ended(state.spec.run, RunStatus.FAILED, self._failure or "; ".join(self._deaths))
        if failure := self._failure or "; ".join(self._deaths):
            return StudyStatus.FAILED, failure
        runs = self._board.snapshot().own
        for state in runs:
            if state.status is RunStatus.FAILED:
                return StudyStatus.FAILED, f"run {state.spec.run}: {state.message}"
        done = all(state.status in (RunStatus.DONE, RunStatus.ELSEWHERE, RunStatus.UNTRIED) for state in runs)
        return (StudyStatus.DONE if done and not self._stopped else StudyStatus.STOPPED), ""

    def _stop_run(self, run: int, status: RunStatus) -> None:
        if (spec := self._queue.stop(run, status)) is not None:
            self._pool.release(spec)
            with contextlib.suppress(OSError):  # the study ends for it
                self._recorder.run_ended(run, status, "", partial(self._board.run_ended, run, status))

    # --- in the lanes' threads

    def _lane(self, lane: int, make: Callable[[], Hand]) -> None:
        """Train one chunk after another; should that come to an unexpected end, the other lanes go on."""
        hand: Hand | None = None
        chunk: Chunk | None = None
        tries = 0
        try:
            while (chunk := self._queue.take()) is not None:
                try:
                    hand = hand or make()
                    kept = self._train(chunk, lane, hand)
                    tries = 0
                except NeverBegunError as error:
                    kept = False
                    tries += self._put_back(chunk)  # else it was ended because its runs were
                    if tries == _TRIES:
                        self._without_hand(lane, f"{error}, {tries} times")
                        return
                except HandLostError as error:
                    self._put_back(chunk)
                    self._without_hand(lane, str(error))
                    return
                idle = lane > 0 and self._queue.idle  # what is not of this process takes no memory while it waits
                if hand is not None and (idle or not kept):
                    hand.close()
                    hand = None
        except BaseException as error:
            for spec in chunk or ():  # nobody waits for them
                self._queue.over(spec.run)
            self._deaths.append(f"lane {lane} died: {told(error)}")
            self._board.note(f"lane {lane} died\n{traceback.format_exc()}", LogLevel.ERROR)
        finally:
            if hand is not None:
                hand.close()

    def _ask(self) -> Sequence[Chunk]:
        """Return what the search trains next; it knows all that is on disk."""
        try:
            self._recorder.flush()
        except OSError as error:
            self._fail(error)
        if self._search is None or self._failure:
            return ()
        return self._search(self._board.snapshot().runs)

    def _train(self, chunk: Chunk, lane: int, hand: Hand) -> bool:
        """Train runs together until each has ended; return whether the hand is still there. Raises NeverBegunError."""
        left = {spec.run: spec for spec in chunk}
        try:
            self._work(left, lane, hand)
        except NeverBegunError:
            raise
        except HandLostError as error:
            self._begin_again(list(left.values()), lane, str(error))
            return False
        except OSError as error:
            self._fail(error)
            self._end_all(left, RunStatus.FAILED, str(error))
        except RepetitionError as error:
            self._give_up(str(error))
            self._end_all(left, RunStatus.FAILED, str(error))
        except BaseException as error:  # one run's failure must not take the others along: a panic of a library neither
            trace = error.trace if isinstance(error, FailedElsewhereError) else traceback.format_exc()
            for run in left:
                self._board.note(f"run {run} failed\n{trace}", LogLevel.ERROR)
            self._end_all(left, RunStatus.FAILED, told(error))
        return True

    def _work(self, left: dict[int, RunSpec], lane: int, hand: Hand) -> None:
        """Train the runs that are left, and take each out that has ended."""
        progress = {run: self._board.run_started(run, lane, node=hand.node) for run in left}
        stops = self._queue.stops(left.values())
        images = {}
        for run, spec in left.items():
            loaded = hand.load(spec, stops[run])
            images[run] = loaded.images
            self._board.run_loaded(run, loaded.steps_per_epoch, loaded.images, loaded.val_images)
        jobs = [
            job for spec in list(left.values()) if (job := self._job(spec, left, hand, progress, stops)) is not None
        ]
        known = {
            job.spec.run: {record.epoch: record for record in self._board.state(job.spec.run).records} for job in jobs
        }
        for run, news in hand.train(jobs, progress, stops) if jobs else ():
            match news:
                case Checkpointed(epoch, content):
                    self._recorder.checkpoint(run, epoch, content)
                case Kept(content):
                    self._recorder.kept(run, content)
                case Left():
                    self._end(left.pop(run), self._queue.end_of(run))
                case Outcome():
                    self._recorder.outcome(news, partial(self._board.outcome, news))
                    self._end(left.pop(run), RunStatus.DONE)
                case _:
                    if (recorded := known[run].get(news.epoch)) is not None:
                        require_same(recorded, news, exact=self._exact)
                        self._board.epoch_repeated(run, images[run] if news.epoch else 0)
                    else:
                        self._board.epoch_measured(news, images[run])
                        self._recorder.epoch(news, partial(self._board.epoch_done, news, images[run]))

    def _job(
        self,
        spec: RunSpec,
        left: dict[int, RunSpec],
        hand: Hand,
        progress: Mapping[int, Progress],
        stops: Mapping[int, Event],
    ) -> Job | None:
        """Return what is to be trained of a run, its rate found; None if it has ended without."""
        run = spec.run

        def search(tested: RunSpec, show: Callable[[FinderCurve], None]) -> FinderCurve | None:
            return hand.search(tested, show, stops[run], progress[run])

        if self._find_only:
            curve = self._rates.search(spec, search)
            if curve is not None and curve.chosen is not None:
                self._keep_rate(run, curve.chosen)
            self._end(left.pop(run), self._queue.end_of(run) if curve is None else RunStatus.DONE)
            return None
        if spec.finds_lr:
            found = self._rates.choose(spec, search, stops[run])
            if found is None:
                self._end(left.pop(run), self._queue.end_of(run))
                return None
            self._keep_rate(run, found)
            spec = replace(spec, found_lr=found)
        return Job(spec, self._checkpoint(run))

    def _end(self, spec: RunSpec, status: RunStatus, message: str = "") -> None:
        """A run is over: its end is shown once it is kept."""
        try:
            show = partial(self._board.run_ended, spec.run, status, message)
            self._recorder.run_ended(spec.run, status, message, show)
        except OSError as error:
            self._fail(error)
        except BaseException as error:  # an end that is not kept is none
            self._give_up(f"the end of run {spec.run} is lost: {told(error)}")
        finally:
            self._pool.release(spec)
            self._queue.over(spec.run)

    def _end_all(self, left: dict[int, RunSpec], status: RunStatus, message: str) -> None:
        while left:
            self._end(left.popitem()[1], status, message)

    def _begin_again(self, specs: Sequence[RunSpec], lane: int, why: str) -> None:
        """Whoever trained these runs is gone: they wait again, to go on from their checkpoints."""
        runs = numbered([spec.run for spec in specs])
        self._board.note(f"lane {lane}: its process {why}; {runs} begun again", LogLevel.WARNING)
        try:
            self._recorder.flush()  # what was told of them is known when they are taken up
        except OSError as error:
            self._fail(error)
        again = []
        for spec in specs:
            epochs, times = self._board.state(spec.run).epochs_done, 1
            if (before := self._lost.get(spec.run)) is not None and before[0] == epochs:
                times = before[1] + 1
            self._lost[spec.run] = epochs, times
            if times < _TRIES:
                again.append(spec)
            else:
                self._end(spec, RunStatus.FAILED, f"its process {why}, {_TRIES} times")
        self._put_back(again)

    def _put_back(self, specs: Sequence[RunSpec]) -> bool:
        """Runs that were taken up wait again, but for those that are to end; return whether there are others."""
        for spec in specs:
            self._board.run_waits(spec.run)
        ending = self._queue.put_back(specs)
        for spec in ending:
            self._end(spec, self._queue.end_of(spec.run))
        return len(ending) < len(specs)

    def _without_hand(self, lane: int, why: str) -> None:
        """A lane cannot train: what it took is for the others. The last one takes the study along."""
        with self._counting:
            self._able -= 1
            others = self._able
        sentence = f"lane {lane} cannot train: its process {why}"
        self._board.note(sentence, LogLevel.WARNING if others or self._stopped else LogLevel.ERROR)
        if not (others or self._stopped):
            self._deaths.append(sentence)

    def _keep_rate(self, run: int, lr: float) -> None:
        self._recorder.lr_found(run, lr, partial(self._board.lr_found, run, lr))

    def _checkpoint(self, run: int) -> bytes | None:
        """Return where a run is to be taken up; None if from its start."""
        if self._checkpoints is None:
            return None
        try:
            found = self._checkpoints.of(self._board.state(run))
        except DamagedCheckpointError:  # said when the study was resumed
            return None
        if found is None:
            return None
        self._board.note(f"run {run} goes on from its checkpoint of epoch {found.epoch}")
        return found.content

    def _fail(self, error: OSError) -> None:
        """The rows cannot be kept."""
        self._give_up(f"cannot write the study: {error.strerror or error}")

    def _give_up(self, why: str) -> None:
        """Nothing more is trained."""
        self._failure = self._failure or why
        self._board.note(self._failure, LogLevel.ERROR)
        self.stop_study()
