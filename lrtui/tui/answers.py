"""What the runs of a view say of the question its study asks. Takes some tenths of a second: for a thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtui.errors import LrtuiError
from lrtui.plots.view import View
from lrtui.study.records import RunStatus

if TYPE_CHECKING:
    from lrtui.book.answer import Answer
    from lrtui.book.published import Comparison
    from lrtui.book.scenario import Trained


@dataclass(frozen=True)
class Found:
    """The answers to what a study asks, and what was published beside it."""

    answers: "tuple[Answer, ...]"
    comparisons: "tuple[Comparison, ...]" = ()
    """Measured beside published; exercise 8 has it among its figures."""


def asks(view: View | None) -> bool:
    """Return whether a study has a question that its runs answer: range tests answer none."""
    return view is not None and bool(view.study.experiment) and not view.finder


def done_runs(view: View) -> tuple[int, ...]:
    """Return the runs that an answer is made of."""
    return tuple(state.spec.run for state in view.snapshot.runs if state.status is RunStatus.DONE)


def find(view: View) -> Found:
    """Return the answer as far as the runs that are done give it."""
    from lrtui.book import exercise8
    from lrtui.book.lab.experiments import answer
    from lrtui.book.published import beside_published

    trained = _trained(view)
    if view.study.experiment == exercise8.EXPERIMENT:
        return Found(tuple(exercise8.answers([trained])))
    own = answer(trained)
    return Found((own,) if own else (), tuple(beside_published(trained.result)))


def _trained(view: View) -> "Trained":
    from lrtui.analysis.frames import study_result
    from lrtui.book.scenario import Trained, device_name

    document = _document(view)
    device: Mapping[str, object] = document.get("device", {"kind": view.snapshot.device})
    return Trained(
        id=view.path.name if view.path is not None else view.study.name,
        result=view.saved.result if view.saved is not None else study_result(view.study, view.snapshot.runs),
        device=device_name(device),
        lanes=view.snapshot.lanes,
        data=tuple(document.get("data", ())),
    )


def _document(view: View) -> Mapping[str, Any]:
    """Return what the study's folder tells of the machine and the data; nothing where it cannot be read."""
    from lrtui.store.document import read_document

    try:
        return read_document(view.path) if view.path is not None else {}
    except LrtuiError:
        return {}
