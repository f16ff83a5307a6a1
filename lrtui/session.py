"""One study being trained: engine, store and board joined. The command line and the workbench both start here."""

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lrtui.analysis.bracket import told
from lrtui.control import ControlServer
from lrtui.data.feasible import infeasible
from lrtui.data.pretrained import fetch_again, with_pretrained
from lrtui.engine import process_hand
from lrtui.engine.board import Board
from lrtui.engine.choice import chunked, hands, searching
from lrtui.engine.data_pool import DataPool
from lrtui.engine.engine import Engine
from lrtui.engine.lanes import Lanes
from lrtui.engine.means import Means, choose, same_kind
from lrtui.engine.proving import prove, prove_parts
from lrtui.engine.resumption import Checkpoints
from lrtui.errors import InputError, WorkError
from lrtui.going_on import require_same_code, require_same_computation, require_same_data, to_go_on
from lrtui.resources import Meter, Sampler
from lrtui.store.folder import checkpoint_file, make_folders
from lrtui.store.journal import as_os_error
from lrtui.store.log import LogFile, read_log
from lrtui.store.reader import open_study
from lrtui.store.resources import ResourcesFile
from lrtui.store.sittings import trained_before
from lrtui.store.weights import with_starts
from lrtui.store.writer import StudyWriter, cannot_write, read_checkpoint, versions
from lrtui.study.beginnings import beginnings
from lrtui.study.binding import bound, starts_of, with_layers
from lrtui.study.problems import dotted
from lrtui.study.records import StudyStatus
from lrtui.study.reused import continued_lines, reused_sentence
from lrtui.study.run_key import run_keys
from lrtui.study.spec import Study
from lrtui.study.stacking import sentences
from lrtui.study.states import BoardSnapshot, LogLevel, first_state
from lrtui.taking_over import TakenOver
from lrtui.text import count as quantity
from lrtui.trust import code_of, require


class Session:
    """A study under way. Made by `start`; over when `wait` returns True."""

    def __init__(
        self,
        study: Study,
        board: Board,
        writer: StudyWriter,
        means: Means,
        pool: DataPool,
        checkpoints: Checkpoints,
        *,
        lanes: int,
        give_way: bool,
    ) -> None:
        self.study, self.board, self.path = study, board, writer.path
        self.device: dict[str, Any] = writer.document["device"]
        """Kind, name and size of what trains."""
        self.fingerprints: list[dict[str, Any]] = writer.document["data"]
        """What each data set is, as study.json has it."""
        self.notes: tuple[str, ...] = ()
        """What a person should know of how it was begun, in sentences."""
        self.error: WorkError | None = None
        """Why the study failed, once it is over."""
        self._writer, self._means, self._lanes = writer, means, lanes
        states = board.snapshot().runs
        find_only = writer.document["kind"] == "finder"
        engine: Engine = Lanes(
            study,
            pool,
            board,
            writer,
            device=means.kind,
            engine=means.engine,
            exact=means.exact,
            hands=hands(pool, means, lanes=lanes, nice=give_way, note=board.note),
            chunks=chunked(means, study, states, lanes, find_only=find_only),
            search=searching(means, study, lanes) if study.searches and not find_only else None,
            find_only=find_only,
            checkpoints=checkpoints,
        )
        self._engine = engine
        meter = Meter(lambda: tuple(process_hand.alive), self.device if means.cluster is None else {})
        self._sampler = Sampler(meter, board.measured, ResourcesFile(writer.path))
        self._control = ControlServer(writer.path, self)
        writer.on_failure(lambda _: engine.stop_study())
        writer.on_remark = partial(board.note, level=LogLevel.WARNING)
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="session")

    @classmethod
    def start(
        cls,
        study: Study,
        *,
        device: str = "auto",
        engine: str = "auto",
        lanes: int | None = None,
        threads: int = 1,
        give_way: bool = False,
        find_only: bool = False,
        fresh: bool = False,
        ray: str | None = None,
        runs_dir: Path,
        data_dir: Path,
    ) -> "Session":
        """Check everything that can be checked, make the study's folder, and begin to train.

        Blocks while the data is loaded. `device` is as `engine.device.choose` has it, `engine` one of `study.machine.ENGINES`.
        `lanes` None means one per core on a CPU; `threads` are intra-op threads a lane; `give_way` is for a screen in the
        same process, which then never waits for a core. With `find_only` every run is a range test of the learning-rate
        finder and nothing is trained. Runs that a study of the runs folder has finished are taken over from there before
        training begins, unless `fresh`. `ray` is the address of a Ray cluster that trains, empty for one of this machine.
        Raises InputError for a missing device, data that is missing or damaged, settings that the data does not allow, a
        runs folder that cannot be written.
        """
        if study.shard is not None and not study.own:
            raise InputError(f"shard {study.shard} has no run: the study has {quantity(len(study.runs), 'run')}")
        if study.shard is not None and study.searches:
            raise InputError("a search has no shards: what it trains next depends on all that is trained")
        _require_writable(runs_dir)
        _require_sense(study)
        means = choose(device, engine, lanes=lanes, threads=threads, ray=ray)
        with _closing_on_failure(means):
            code = code_of(study)
            require(code)
            sha256 = {one.name: one.sha256 for one in code}
            study = bound(study, [], sha256)  # what loads data is what was trusted
            pool = DataPool(data_dir, means.home, study.own)
            fingerprints = pool.load_all()
            study = bound(study, [one.as_dict() for one in fingerprints], sha256)
            study = with_pretrained(with_starts(study, runs_dir))
            _require_sense(study)
            prove(study.own, pool.found, pool.rows)
            study = with_layers(study, prove_parts(study.own, pool.found))
            conditions = means.conditions(versions()["torch"])
            data = {one.name: one.sha256 for one in fingerprints}
            keys = {} if find_only else run_keys(study, conditions, data)
            over = TakenOver(study, keys, conditions, data=data, device=means.device, runs_dir=runs_dir, fresh=fresh)
            begun = over.done | over.begun
            states = [begun.get(spec.run) or first_state(study, spec, keys.get(spec.run, "")) for spec in study.runs]
            count = means.lanes(len(study.own) - len(over.done))
            writer = StudyWriter.create(
                runs_dir,
                study,
                device=means.described(),
                lanes=count,
                threads=threads,
                fingerprints=[fingerprint.as_dict() for fingerprint in fingerprints],
                code=sha256,
                starts=starts_of(study),
                kind="finder" if find_only else "training",
                numerics=conditions.numerics,
                origins=over.origins,
                states=states,
            )
            over.put_into(writer)
            for state in over.done.values():
                pool.release(state.spec)
            most = study.budget if study.searches and not find_only else None
            board = Board(study.runs, states=states, find_only=find_only, most=most, log=LogFile(writer.path).write)
            checkpoints = Checkpoints(lambda run: read_checkpoint(writer.path, run), means.device, threads)
            session = cls(study, board, writer, means, pool, checkpoints, lanes=count, give_way=give_way)
            session.notes = (*over.notes, *beginnings(study.own), *filter(None, [means.note]))
            session._begin()
        return session

    @classmethod
    def resume(
        cls,
        path: Path,
        *,
        device: str | None = None,
        lanes: int | None = None,
        threads: int | None = None,
        give_way: bool = False,
        handed_over: bool = False,
        ray: str | None = None,
        data_dir: Path,
    ) -> "Session":
        """Go on with a saved study in its own folder, from the checkpoints of its runs, to the rows it would have had.

        Runs that are done or were skipped stay as they are; those that failed are tried again. Device, threads and lanes
        (where there are so many cores) are those it was trained with, unless given. Blocks while the data is loaded.
        `handed_over` by another process (`hand_over`), a study goes on as if nothing had been: what was stopped, or failed,
        stays so.
        Raises InputError if nothing is left to do, if a living process trains it, if it was trained on another kind of
        device, on other data or by another computation than there are here, or if its folder cannot be written.
        """
        saved = open_study(path)
        threads = threads or saved.threads
        engine = saved.device.get("engine", "lanes")
        wanted = saved.device["kind"] if device in (None, "auto") else device
        means = choose(wanted, engine, lanes=lanes, threads=threads, ray=ray)
        with _closing_on_failure(means):
            same_kind(means, saved.device["kind"], saved.id)
            conditions = means.conditions(versions()["torch"])
            require_same_computation(saved, conditions)
            code = code_of(saved.study)
            require(code)
            require_same_code(saved, code)
            states = to_go_on(saved, conditions, handed_over=handed_over)
            left = [state for state in states if not state.status.ended]
            count = means.lanes(len(left) if lanes else min(saved.lanes, len(left)))
            checkpoints = Checkpoints(lambda run: read_checkpoint(path, run), means.device, threads)
            notes = checkpoints.check(left)
            pool = DataPool(data_dir, means.home, [state.spec for state in left])
            require_same_data(saved, [fingerprint.as_dict() for fingerprint in pool.load_all()])
            prove([state.spec for state in left], pool.found, pool.rows)
            fetch_again(state.spec for state in left if not checkpoint_file(path, state.spec.run).is_file())
            writer = StudyWriter.reopen(
                path,
                saved.study,
                states,
                device=means.described(),
                lanes=count,
                threads=threads,
                handed_over=handed_over,
            )
            board = Board(
                saved.study.runs,
                states=states,
                find_only=saved.kind == "finder",
                most=saved.snapshot().most if saved.kind == "training" else None,
                before=trained_before(writer.document),
                events=read_log(path),
                log=LogFile(path).write,
            )
            session = cls(saved.study, board, writer, means, pool, checkpoints, lanes=count, give_way=give_way)
            board.note(f"study {saved.study.name} resumed")
            for note in (*notes, *filter(None, [means.note])):
                board.note(note, LogLevel.WARNING)
            session._train()
        return session

    def snapshot(self) -> BoardSnapshot:
        """Return the study as it stands."""
        return self.board.snapshot()

    def note(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Add to its log."""
        self.board.note(text, level)

    def stop_study(self) -> None:
        """End the study at the next batch; finished epochs are kept."""
        self._engine.stop_study()

    def hand_over(self) -> None:
        """End the study for another process to go on with: its folder is left as it is, with every row in it."""
        self._engine.hand_over()

    def stop_run(self, run: int) -> None:
        """Stop one run at its next batch."""
        self._engine.stop_run(run)

    def skip_scenario(self, scenario: str) -> None:
        """Skip what is left of a scenario."""
        self._engine.skip_scenario(scenario)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the study has ended and is on disk; return whether it has."""
        if self._over.wait(timeout):
            self._supervisor.join()
            return True
        return False

    def _begin(self) -> None:
        shard = f", shard {self.study.shard}" if self.study.shard else ""
        self.board.note(f"study {self.study.name}{shard}")
        for sentence in self.study.advice:
            self.board.note(sentence, LogLevel.WARNING)
        for data in self.fingerprints:
            self.board.note(f"data {data['name']} sha256 {data['sha256']} {data['note']}".rstrip())
        if reused := reused_sentence(state.reused_from for state in self.board.snapshot().runs):
            self.board.note(reused)
        continued = {state.spec.run: (state.continued_from, state.epochs_done) for state in self.board.snapshot().runs}
        for note in (*continued_lines(continued), *self.notes):
            self.board.note(note)
        self._train()

    def _train(self) -> None:
        try:
            self._control.start()
        except OSError as error:
            self.board.note(f"cannot say who trains the study: {error.strerror or error}", LogLevel.WARNING)
        if self._means.engine == "stack":
            left = [state.spec for state in self.board.snapshot().own if not state.status.ended]
            for sentence in sentences(left, self._lanes) if left else ():
                self.board.note(sentence)
        self._engine.start()
        self._sampler.start()
        self._supervisor.start()

    def _supervise(self) -> None:
        status, message = StudyStatus.FAILED, ""
        try:
            status, message = self._engine.join()
            self._means.close()
            self._sampler.stop()  # before another process may go on with the study
            self.board.saving()
            ended = self.board.snapshot()
            if message:
                self.error = WorkError(message)
            if self.study.searches and ended.most is not None:
                self.board.note(told(self.study, ended.runs))
            if status is StudyStatus.INTERRUPTED:  # it is handed over
                self._writer.let_go()
            else:
                self.board.note(": ".join(filter(None, (f"study {status.value}", message))), _LEVELS[status])
                self._writer.finish(status, message, ended.runs, seconds=round(ended.elapsed, 3))
        except BaseException as error:  # whatever it was: a study whose end is not on disk is not done
            status, message = StudyStatus.FAILED, message or cannot_write(as_os_error(error))
            self.error = self.error or WorkError(message)
        finally:
            self._sampler.stop()
            self._control.stop()
            self.board.end(status, message)
            self._over.set()


@contextlib.contextmanager
def _closing_on_failure(means: Means) -> Iterator[None]:
    """Let go of what was taken if a study cannot be begun after all."""
    try:
        yield
    except BaseException:
        means.close()
        raise


_LEVELS = {
    StudyStatus.DONE: LogLevel.INFO,
    StudyStatus.STOPPED: LogLevel.WARNING,
    StudyStatus.FAILED: LogLevel.ERROR,
}


def _require_sense(study: Study) -> None:
    """Refuse what only makes sense with more or other images than there are, before anything is loaded."""
    for scenario, (path, message) in infeasible(study):
        raise InputError(f"{scenario}: {dotted(path)}: {message}")


def _require_writable(runs_dir: Path) -> None:
    try:
        make_folders(runs_dir)
        with tempfile.TemporaryFile(dir=runs_dir):
            pass
    except OSError as error:
        raise InputError(f"cannot write to the runs folder {runs_dir}: {error.strerror or error}") from None
