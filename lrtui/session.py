"""One study being trained: engine, store and board joined. The command line and the workbench both start here."""

import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

from lrtui.data.feasible import infeasible
from lrtui.engine import device as devices
from lrtui.engine.board import Board
from lrtui.engine.cores import usable_cores
from lrtui.engine.data_pool import DataPool
from lrtui.engine.engine import Engine
from lrtui.engine.lanes import Lanes
from lrtui.errors import InputError, WorkError
from lrtui.store.folder import make_folders
from lrtui.store.journal import as_os_error
from lrtui.store.known import known_runs
from lrtui.store.log import LogFile
from lrtui.store.writer import StudyWriter, cannot_write, versions
from lrtui.study.problems import dotted
from lrtui.study.records import StudyStatus
from lrtui.study.reused import reused_sentence
from lrtui.study.run_key import Conditions, run_keys
from lrtui.study.spec import Study
from lrtui.study.states import LogLevel, RunState
from lrtui.train.numerics import NUMERICS


class Session:
    """A study under way. Made by `start`; over when `wait` returns True."""

    def __init__(self, study: Study, board: Board, engine: Engine, writer: StudyWriter) -> None:
        self.study, self.board, self.path = study, board, writer.path
        self.device: dict[str, Any] = writer.document["device"]
        """Kind, name and size of what trains."""
        self.fingerprints: list[dict[str, Any]] = writer.document["data"]
        """What each data set is, as study.json has it."""
        self.error: WorkError | None = None
        """Why the study failed, once it is over."""
        self._engine, self._writer = engine, writer
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="session")

    @classmethod
    def start(
        cls,
        study: Study,
        *,
        device: str = "auto",
        lanes: int | None = None,
        threads: int = 1,
        give_way: bool = False,
        find_only: bool = False,
        fresh: bool = False,
        runs_dir: Path,
        data_dir: Path,
    ) -> "Session":
        """Check everything that can be checked, make the study's folder, and begin to train.

        Blocks while the data is loaded. `lanes` None means one per core on a CPU; `threads` are intra-op threads a lane;
        `give_way` is for a screen in the same process, which then never waits for a core. With `find_only` every run is
        a range test of the learning-rate finder and nothing is trained. Runs that a study of the runs folder has finished
        are taken over from there before training begins, unless `fresh`.
        Raises InputError for a missing device, data that is missing or damaged, settings that the data does not allow, a
        runs folder that cannot be written.
        """
        chosen = devices.choose(device)
        if chosen.type == "cuda" and lanes not in (None, 1):
            raise InputError("--lanes is for the CPU; on CUDA one run trains after another")
        _require_writable(runs_dir)
        _require_sense(study)
        pool = DataPool(data_dir, chosen, study.runs)
        fingerprints = pool.load_all()
        conditions = Conditions(NUMERICS, versions()["torch"], chosen.type, threads)
        keys = {} if find_only else run_keys(study, conditions, {data.name: data.sha256 for data in fingerprints})
        known = {} if fresh else known_runs(study, keys, conditions, runs_dir)
        states = [known.get(spec.run) or RunState(spec, run_key=keys.get(spec.run, "")) for spec in study.runs]
        count = 1 if chosen.type == "cuda" else lanes or usable_cores()
        count = max(1, min(count, len(states) - len(known)))
        writer = StudyWriter.create(
            runs_dir,
            study,
            device=devices.describe(chosen),
            lanes=count,
            threads=threads,
            fingerprints=[fingerprint.as_dict() for fingerprint in fingerprints],
            kind="finder" if find_only else "training",
            numerics=NUMERICS,
            states=states,
        )
        for state in known.values():
            pool.release(state.spec)
        board = Board(study.runs, states=states, find_only=find_only, log=LogFile(writer.path).write)
        engine = Lanes(
            study,
            pool,
            board,
            writer,
            device=chosen.type,
            lanes=count,
            threads=threads,
            give_way=give_way,
            find_only=find_only,
        )
        writer.on_failure(lambda _: engine.stop_study())
        writer.on_remark = partial(board.note, level=LogLevel.WARNING)
        session = cls(study, board, engine, writer)
        session._begin()
        return session

    def stop_study(self) -> None:
        """End the study at the next batch; finished epochs are kept."""
        self._engine.stop_study()

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
        self.board.note(f"study {self.study.name}")
        for sentence in self.study.advice:
            self.board.note(sentence, LogLevel.WARNING)
        for data in self.fingerprints:
            self.board.note(f"data {data['name']} sha256 {data['sha256']} {data['note']}".rstrip())
        if reused := reused_sentence(state.reused_from for state in self.board.snapshot().runs):
            self.board.note(reused)
        self._engine.start()
        self._supervisor.start()

    def _supervise(self) -> None:
        status, message = StudyStatus.FAILED, ""
        try:
            status, message = self._engine.join()
            self.board.saving()
            ended = self.board.snapshot()
            if message:
                self.error = WorkError(message)
            self.board.note(": ".join(filter(None, (f"study {status.value}", message))), _LEVELS[status])
            self._writer.finish(status, message, ended.runs, seconds=round(ended.elapsed, 3))
        except BaseException as error:  # whatever it was: a study whose end is not on disk is not done
            status, message = StudyStatus.FAILED, message or cannot_write(as_os_error(error))
            self.error = self.error or WorkError(message)
        finally:
            self.board.end(status, message)
            self._over.set()


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
