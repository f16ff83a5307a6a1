"""What the runs of a view say of the question its study asks. Takes some tenths of a second: for a thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtui.errors import LrtuiError
from lrtui.plots.view import View
from lrtui.study.records import RunStatus

if TYPE_CHECKING:
    from lrtui.analysis.answers.answer import Answer
    from lrtui.analysis.answers.exercise8 import Exercise8
    from lrtui.analysis.answers.families import Trained
    from lrtui.analysis.published import Comparison
    from lrtui.analysis.result import StudyResult

EXERCISE8 = "exercise8"
"""The experiment whose answer has several questions."""


@dataclass(frozen=True)
class Found:
    """The answer to the one question of an experiment, or the answers to those of exercise 8."""

    answer: "Answer | None"
    families: "tuple[Exercise8, ...]" = ()
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
    from lrtui.analysis.answers.exercise8 import exercise8
    from lrtui.analysis.answers.experiments import answer
    from lrtui.analysis.frames import study_result
    from lrtui.analysis.published import compare

    result = view.saved.result if view.saved is not None else study_result(view.study, view.snapshot.runs)
    if view.study.experiment == EXERCISE8:
        return Found(None, tuple(exercise8([_trained(view, result)])))
    return Found(answer(result), comparisons=tuple(compare(result)))


def _trained(view: View, result: "StudyResult") -> "Trained":
    from lrtui.analysis.answers.families import Trained

    document = _document(view)
    device: Mapping[str, Any] = document.get("device", {"kind": view.snapshot.device})
    return Trained(
        id=view.path.name if view.path is not None else view.study.name,
        result=result,
        device=f"{device.get('kind', 'unknown')}: {device.get('name', 'unknown')}",
        lanes=view.snapshot.lanes,
        data=tuple(document.get("data", ())),
    )


def _document(view: View) -> Mapping[str, Any]:
    """Return what the study's folder tells of the machine and the data; nothing where it cannot be read."""
    from lrtui.store.reader import read_document

    try:
        return read_document(view.path) if view.path is not None else {}
    except LrtuiError:
        return {}
