"""`lrtui run`: train a study without a screen, with a live line per lane."""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from lrtui.cli.output import abandon_stdout, as_json_text, complain, is_closed, terminal_width
from lrtui.cli.progress import Progress
from lrtui.errors import InputError
from lrtui.store.reader import open_study
from lrtui.study.spec import Study
from lrtui.text import count, literal

if TYPE_CHECKING:
    from lrtui.session import Session

POLL_SECONDS = 0.2


class Show(Protocol):
    """What prints a study that has come to its end."""

    def __call__(self, path: Path, *, whole: bool) -> None:
        """Print the study in the folder `path`; not `whole`: some of its rows could not be kept."""


def run_study(
    study: Study,
    *,
    device: str,
    lanes: int | None,
    threads: int,
    runs_dir: Path,
    data_dir: Path,
    quiet: bool,
    show: Show,
    find_only: bool = False,
    fresh: bool = False,
) -> int:
    """Train `study`, print its results, and return the exit status: 0, 1 when it failed, 130 or 143 when ended by a signal.

    `show` prints what became of the study in a folder. With `find_only` every run is a range test and nothing is trained.
    Runs that the runs folder knows are taken over, unless `fresh`.
    """

    def start(kind: "type[Session]") -> "Session":
        return kind.start(
            study,
            device=device,
            lanes=lanes,
            threads=threads,
            find_only=find_only,
            fresh=fresh,
            runs_dir=runs_dir,
            data_dir=data_dir,
        )

    return follow(f"{literal(study.title)}: {count(len(study.runs), 'run')}; loading", start, quiet=quiet, show=show)


def follow(text: str, start: "Callable[[type[Session]], Session]", *, quiet: bool, show: Show) -> int:
    """Start a session, show its progress, print what became of it, and return the exit status as `run_study` does.

    `text` says what is being prepared.
    """
    with _signals() as signals, Progress(quiet=quiet) as progress:
        progress.say(text)
        from lrtui.session import Session  # torch comes with it

        signals.armed = True
        session = start(Session)
        for note in (*session.study.advice, *notes(session.fingerprints)):
            progress.note(note)
        progress.begin(session.board.snapshot())
        try:
            while not session.wait(POLL_SECONDS):
                progress.update(session.board.snapshot())
                if signals.received is not None:
                    session.stop_study()
            progress.update(session.board.snapshot())
        finally:
            session.stop_study()
            session.wait()
    _print(session, show)
    if session.error is not None:
        complain(str(session.error))
        return session.error.exit_status
    return 0 if signals.received is None else 128 + signals.received


def _print(session: "Session", show: Show) -> None:
    """Print what became of the study. A standard output that was closed from the start was not to be read: no error."""
    try:
        show(session.path, whole=session.error is None)
        sys.stdout.flush()
    except InputError:
        if session.error is None:  # else that says why there is nothing to show
            raise
    except OSError as error:
        if not is_closed(error):
            raise
        abandon_stdout()
        complain(f"standard output is closed; saved as {session.path}")


def print_json(path: Path, *, whole: bool) -> None:
    """Print the study in `path` as one JSON document, in which `status` says whether it is whole."""
    from lrtui.report.summary import summary

    print(as_json_text(summary(open_study(path))))


def print_results(path: Path, *, whole: bool) -> None:
    """Print the study in `path`: its table, who won, and where it is saved."""
    saved = open_study(path)
    from lrtui.analysis.winner import comparisons
    from lrtui.report.render import render
    from lrtui.report.table import results_table

    print(str(render(results_table(saved.result, per="scenario"), "text", width=terminal_width())).rstrip())
    for comparison in comparisons(saved.runs, saved.study.equal_within):
        print("\n" + " ".join(comparison.sentences()))
    for note in notes(saved.fingerprints):
        print(f"\n{literal(note)}")
    print(f"\nSaved {'' if whole else 'incompletely '}as {literal(str(path))}")


def notes(fingerprints: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is to be known of the data a study was trained on, a sentence each."""
    return list(dict.fromkeys(str(fingerprint["note"]) for fingerprint in fingerprints if fingerprint.get("note")))


class _Signals:
    """Which signal asked for the end. Until there is a study to end (`armed`), it ends the command at once."""

    def __init__(self) -> None:
        self.armed = False
        self.received: int | None = None

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Remember the first signal; the loop sees it within `POLL_SECONDS`."""
        if not self.armed:
            sys.exit(128 + number)
        self.received = self.received or number


@contextmanager
def _signals() -> Iterator[_Signals]:
    signals = _Signals()
    wanted = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, signals.handle) for number in wanted}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
