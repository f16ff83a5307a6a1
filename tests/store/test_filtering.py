"""The filter of saved studies."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.store.catalogue import StudySummary
from lrtui.store.filtering import FilterError, parse
from lrtui.study import preset
from lrtui.study.records import StudyStatus


def summary(name: str = "quickstart", *overrides: str, **fields: Any) -> StudySummary:
    study = preset.load(name, overrides)
    made: dict[str, Any] = {
        "id": "20260101-000000-x",
        "name": name,
        "title": study.title,
        "status": StudyStatus.DONE,
        "started": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        "runs_done": 1,
        "runs_total": 1,
        "device": "cpu",
        "path": Path("x"),
        "changed": overrides,
        "preset": study.resolved,
    }
    return StudySummary(**made | fields)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("quick digits", True),
        ("quick cifar", False),
        ('"handwritten digits"', True),
        ('"digits handwritten"', False),
        ("tag:base", True),
        ("tag:BASE", True),
        ("tag:bas", False),
        ("status:done", True),
        ("status:stopped", False),
        ("preset:quickstart", True),
        ("preset:paper", False),
        ("optim.lr>1e-3", True),
        ("optim.lr>10", False),
        ("optim.lr>=10", True),
        ("optim.lr<1e-3", False),
        ("optim.lr=0.1", True),
        ("optim.lr==1e-1", True),
        ("train.epochs=30", True),
        ("train.epochs!=30", False),
        ("model.name=mlp", True),
        ("model.name=MLP", True),
        ("model.hidden=64-32", True),
        ("optim.nesterov=false", True),
        ("sweep.replicates>=3", True),
        ("note-word", True),
        ("tag:base optim.lr>1 quick", True),
        ("tag:base optim.lr>10 quick", False),
        ("optim.beta1>0", False),
    ],
)
def test_what_a_study_must_have(text: str, holds: bool) -> None:
    assert parse(text).admits(summary(tags=("base",), note="a note-word")) is holds


def test_settings_of_variants_count() -> None:
    study = summary("lab/initializers")
    assert parse("model.activation=tanh").admits(study) and not parse("model.activation=relu").admits(study)


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("optim.lrr>1", 0, "did you mean optim.lr?"),
        ("a b optim.lr>", 13, "needs a value"),
        ("optim.lr<x", 9, "compares numbers"),
        ('quick "open', 6, "not closed"),
        ("stauts:done", 0, "did you mean status:?"),
        ("x status:don", 9, "did you mean done?"),
        ("tag:", 4, "needs a value"),
    ],
)
def test_what_does_not_parse_says_where(text: str, at: int, said: str) -> None:
    with pytest.raises(FilterError, match=said.replace("?", r"\?")) as error:
        parse(text)
    assert error.value.at == at and f"column {at + 1}" in str(error.value)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_says_where_not(text: str) -> None:
    try:
        parse(text).admits(summary())
    except FilterError as error:
        assert 0 <= error.at <= len(text)
