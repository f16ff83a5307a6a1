"""Accuracy against milliseconds: every way of predicting beside the others, the quickest first, in every format."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lrtui.analysis.inference import ways
from lrtui.report.document import report
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study.records import FoldedFigures, InferenceFigures
from lrtui.study.spec import Study


def state(scenario: str, formats: dict[str, tuple[float, float]], folded: FoldedFigures | None = None) -> Any:
    """Return a run with the seconds and the accuracy of every format."""
    figures = tuple(InferenceFigures(name, 100, *pair, 0.1) for name, pair in formats.items())
    outcome = SimpleNamespace(inference=figures, folded=folded, test_accuracy=90.0)
    return SimpleNamespace(spec=scenario, outcome=outcome)


def found(*states: Any) -> list[tuple[Any, ...]]:
    return [(way.label, way.form, way.n, way.ratio, way.points, way.best) for way in ways(states, lambda one: one.spec)]


def test_the_quickest_is_first_and_what_is_slower_and_no_better_is_not_marked() -> None:
    small = state("small", {"float32": (0.002, 80.0), "int8": (0.001, 80.0)})
    large = state("large", {"float32": (0.004, 90.0), "int8": (0.008, 89.5)}, FoldedFigures(0.003, 0.006, 1e-6))
    assert found(large, small) == [
        ("small", "int8", 1, 0.5, 0.0, True),
        ("small", "float32", 1, None, None, False),
        ("large", "float32, folded", 1, 0.5, 0.0, True),
        ("large", "float32", 1, None, None, False),
        ("large", "int8", 1, 2.0, -0.5, False),
    ]


def test_replicates_are_compared_with_themselves_and_one_without_numbers_is_left_out() -> None:
    one = state("net", {"float32": (0.1, 90.0), "int8": (0.2, 89.0)})
    other = state("net", {"float32": (0.4, 92.0), "int8": (0.2, 90.0)})
    lost = state("net", {"float32": (0.4, float("nan")), "int8": (9.0, float("nan"))})
    quickest, slower = found(one, other, lost)
    assert quickest == ("net", "int8", 2, pytest.approx(1.0), -1.5, True)
    assert slower == ("net", "float32", 2, None, None, True)


def test_a_study_without_other_formats_has_no_such_section() -> None:
    assert found(state("net", {}, FoldedFigures(0.1, 0.2, 0.0))) == []
    assert found(SimpleNamespace(spec="net", outcome=None)) == []


def test_every_format_of_a_report_has_it(tiny: Callable[..., Study], train_study: Callable[..., Session]) -> None:
    session = train_study(tiny("inference.dtypes=['int8']", "train.epochs=1", "model.batch_norm=before"))
    assert session.wait(60)
    saved = open_study(Path(session.path))
    text = report([saved])
    assert "Accuracy against milliseconds" in text
    assert "float32, folded" in text
    assert "<h2>Accuracy against milliseconds</h2>" in report([saved], "html")
    entries = json.loads(report([saved], "json"))["studies"][0]["inference"]
    assert {entry["format"] for entry in entries} == {"float32", "float32, folded", "int8"}
    assert entries[0]["best"] is True
    assert sorted(entry["milliseconds"] for entry in entries) == [entry["milliseconds"] for entry in entries]
