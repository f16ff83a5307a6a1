"""`lrtui run`: train a study without a screen, with a live line per lane."""

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lrtui import paths
from lrtui.cli.output import abandon_stdout, as_json_text, complain, is_closed, terminal_width
from lrtui.cli.progress import Progress
from lrtui.detached import Report
from lrtui.detached import start as start_detached
from lrtui.errors import InputError, LrtuiError
from lrtui.notices import Notices
from lrtui.store.reader import SavedStudy, open_study
from lrtui.store.sittings import resumed
from lrtui.study.spec import RunSpec, Study
from lrtui.supervision import end, supervise
from lrtui.terminal import Signals, Terminal
from lrtui.text import count, literal

if TYPE_CHECKING:
    from lrtui.session import Session


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
    engine: str = "auto",
    ray: str | None = None,
    find_only: bool = False,
    fresh: bool = False,
    notify: str | None = None,
    bell: bool = True,
) -> int:
    """Train `study`, print its results, and return the exit status: 0, 1 when it failed, 130 or 143 when ended by a signal.

    `show` prints what became of the study in a folder. With `find_only` every run is a range test and nothing is trained.
    Runs that the runs folder knows are taken over, unless `fresh`. `notify` and `bell` are as `follow` has them.
    """

    def start(kind: "type[Session]") -> "Session":
        return kind.start(
            study,
            device=device,
            engine=engine,
            lanes=lanes,
            ray=ray,
            threads=threads,
            find_only=find_only,
            fresh=fresh,
            runs_dir=runs_dir,
            data_dir=data_dir,
        )

    shard = f" of shard {study.shard}" if study.shard else ""
    text = f"{literal(study.title)}: {count(len(study.own), 'run')}{shard}; loading"
    return follow(text, start, quiet=quiet, show=show, notify=notify, bell=bell, runs=study.runs)


def follow(
    text: str,
    start: "Callable[[type[Session]], Session]",
    *,
    quiet: bool,
    show: Show,
    over: Iterable[int] = (),
    notify: str | None = None,
    bell: bool = True,
    runs: Iterable[RunSpec] = (),
) -> int:
    """Start a session, show its progress, print what became of it, and return the exit status as `run_study` does.

    `text` says what is being prepared; runs that were `over` before need no line. `notify` is a command that is called at
    what matters, `bell` rings then. What `runs` begin with is downloaded first, which a signal ends.
    """
    terminal = Terminal()
    with Signals(terminal) as signals, Progress(terminal, quiet=quiet) as progress:
        notices = Notices(notify, progress.bell if bell else lambda: None)
        progress.say(text)
        from lrtui.data.pretrained import fetch  # torch comes with it
        from lrtui.session import Session

        report = Report()
        try:
            fetch(runs, progress.arriving)
            signals.armed = True
            session = start(Session)
        except LrtuiError as error:
            report.failed(error)
            raise
        report.began(session.path)
        try:
            for note in (*session.study.advice, *notes(session.fingerprints), *session.notes):
                progress.note(note)
            progress.begin(session.snapshot(), over)
            supervise(session, signals, terminal, progress.update, notices)
        finally:
            end(session)
    _print(session, show)
    if session.error is not None:
        complain(str(session.error))
        return session.error.exit_status
    return 0 if signals.received is None else 128 + signals.received


def detach(arguments: Sequence[str], runs_dir: Path, *, as_json: bool) -> None:
    """Do what `lrtui ARGUMENTS…` does in a process of its own, and say how to look at it once it trains.

    Raises InputError or WorkError if it does not come to that.
    """
    begun = start_detached([argument for argument in arguments if argument != "--detach"])
    if as_json:
        print(as_json_text({"study": begun.path.name, "path": str(begun.path), "pid": begun.pid}))
        return
    study = begun.path.name if runs_dir == paths.runs_dir() else shlex.quote(str(begun.path))
    print(f"{literal(begun.path.name)} trains in the background (process {begun.pid})")
    print(f"  lrtui attach {literal(study)}   shows it")
    print(f"  lrtui status {literal(study)}   says how it stands")
    print(f"  lrtui stop {literal(study)}     ends it; finished epochs are kept")


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
    from lrtui.plots.curvature import line as curvature_line
    from lrtui.plots.view import View
    from lrtui.report.render import render
    from lrtui.report.table import results_table

    print(str(render(results_table(saved.result, per="scenario"), "text", width=terminal_width())).rstrip())
    for comparison in comparisons(saved.runs, saved.study.equal_within, saved.study.looks):
        print("\n" + " ".join(comparison.sentences()))
    if told := curvature_line(View.of_saved(saved)):
        print("\n" + told)
    for note in notes(saved.fingerprints):
        print(f"\n{literal(note)}")
    if text := resumed(saved.sittings):
        print(f"\nThe study was {literal(text)}.")
    print(f"\nSaved {'' if whole else 'incompletely '}as {literal(str(path))}")
    if text := how_to_go_on(saved):
        print(text)


def how_to_go_on(saved: SavedStudy) -> str:
    """Return the line that says how a study is gone on with; empty if it is done, or being trained."""
    if saved.complete or not saved.left or not saved.status.ended:
        return ""
    study = saved.id if saved.path.parent == paths.runs_dir() else shlex.quote(str(saved.path))
    return f"`lrtui resume {literal(study)}` goes on with it"


def notes(fingerprints: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is to be known of the data a study was trained on, a sentence each."""
    return list(dict.fromkeys(str(fingerprint["note"]) for fingerprint in fingerprints if fingerprint.get("note")))
