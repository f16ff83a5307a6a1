"""One study being trained: engine, store and board joined. The command line and the workbench both start here."""

import contextlib
import logging
import tempfile
import threading
from pathlib import Path

from lrtui.data.feasible import infeasible
from lrtui.data.fingerprint import Fingerprint
from lrtui.engine import device as devices
from lrtui.engine.board import Board
from lrtui.engine.data_pool import DataPool
from lrtui.engine.lanes import Lanes
from lrtui.errors import InputError, WorkError
from lrtui.store.folder import LOG_FILE
from lrtui.store.writer import StudyWriter
from lrtui.study.problems import dotted
from lrtui.study.spec import Study
from lrtui.text import literal

log = logging.getLogger("lrtui")


class Session:
    """A study under way. Made by `start`; over when `wait` returns True."""

    def __init__(self, study: Study, board: Board, lanes: Lanes, writer: StudyWriter) -> None:
        self.study, self.board, self.path = study, board, writer.path
        self.error: WorkError | None = None
        self._lanes, self._writer = lanes, writer
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
        runs_dir: Path,
        data_dir: Path,
    ) -> "Session":
        """Check everything that can be checked, make the study's folder, and begin to train.

        Blocks while the data is loaded. `lanes` None means one per core on a CPU; `threads` are intra-op threads a lane;
        `give_way` is for a screen in the same process, which then never waits for a core. With `find_only` every run is
        a range test of the learning-rate finder and nothing is trained.
        Raises InputError for an absent device, data that is absent or damaged, settings that the data does not allow, a
        runs folder that cannot be written.
        """
        chosen = devices.choose(device)
        if chosen.type == "cuda" and lanes not in (None, 1):
            raise InputError("--lanes is for the CPU; on CUDA one run trains after another")
        _require_writable(runs_dir)
        count = min(1 if chosen.type == "cuda" else lanes or devices.usable_cores(), len(study.runs))
        _require_sense(study)
        pool = DataPool(data_dir, chosen, study.runs)
        fingerprints = pool.load_all()
        board = Board(study.runs)
        writer = StudyWriter.create(
            runs_dir,
            study,
            device=devices.describe(chosen),
            lanes=count,
            threads=threads,
            fingerprints=[fingerprint.as_dict() for fingerprint in fingerprints],
            kind="finder" if find_only else "training",
        )
        engine = Lanes(
            study.training_order,
            pool,
            board,
            writer,
            device=chosen.type,
            lanes=count,
            threads=threads,
            give_way=give_way,
            find_only=find_only,
        )
        session = cls(study, board, engine, writer)
        session._begin(fingerprints)
        return session

    def stop_study(self) -> None:
        """End the study at the next batch; finished epochs are kept."""
        self._lanes.stop_study()

    def stop_run(self, run: int) -> None:
        """Stop one run at its next batch."""
        self._lanes.stop_run(run)

    def skip_scenario(self, scenario: str) -> None:
        """Skip what is left of a scenario."""
        self._lanes.skip_scenario(scenario)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the study has ended and is on disk; returns whether it has."""
        if self._over.wait(timeout):
            self._supervisor.join()
            return True
        return False

    def _begin(self, fingerprints: list[Fingerprint]) -> None:
        handler = _LogFile(self.path / LOG_FILE, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
        self._handler = handler
        log.info("study %s: %d runs", literal(self.study.name), len(self.study.runs))
        for sentence in self.study.advice:
            log.warning("%s", literal(sentence))
        for fingerprint in fingerprints:
            log.info("data %s sha256 %s %s", fingerprint.name, fingerprint.sha256, fingerprint.note)
        self._lanes.start()
        self._supervisor.start()

    def _supervise(self) -> None:
        status, message = self._lanes.join()
        try:
            if message:
                self.error = WorkError(message)
            log.info("study %s %s", status.value, literal(message))
            self._writer.finish(status, message, self.board.snapshot().runs)
        except OSError as error:
            self.error = self.error or WorkError(f"cannot write the study: {error.strerror or error}")
        finally:
            log.removeHandler(self._handler)
            self._handler.close()
            self.board.end(status, message)
            self._over.set()


class _LogFile(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """A log that cannot be written must not end the training, nor write over the screen."""

    def close(self) -> None:
        """Close, also where what is left cannot be written."""
        with contextlib.suppress(OSError):
            super().close()


def _require_sense(study: Study) -> None:
    """Refuse what only makes sense with more or other images than there are, before anything is loaded."""
    for scenario, (path, message) in infeasible(study):
        raise InputError(f"{scenario}: {dotted(path)}: {message}")


def _require_writable(runs_dir: Path) -> None:
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=runs_dir):
            pass
    except OSError as error:
        raise InputError(f"cannot write to the runs folder {runs_dir}: {error.strerror or error}") from None
