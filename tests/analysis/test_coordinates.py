"""What tells the scenarios of a study from each other, and how a rate is written."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lrtui.analysis.coordinates import rate_text, telling
from lrtui.analysis.frames import runs_frame
from lrtui.analysis.winner import comparisons
from lrtui.study.spec import Study
from lrtui.study.states import RunState


def keys(study: Study) -> list[str]:
    return telling(runs_frame(RunState(spec) for spec in study.runs))


def test_what_varies_tells(study: Callable[..., Study]) -> None:
    assert keys(study(rates=[0.1])) == []
    assert keys(study(rates=[0.1, 0.2], sweep={"model.hidden": [[8], [4]], "optim.momentum": [0.9]})) == [
        "lr",
        "model.hidden",
    ]


def test_what_a_variant_fixes_goes_without_saying(study: Callable[..., Study]) -> None:
    variants = {"a": {"train": {"batch_size": 16}}, "b": {"optim": {"name": "adam"}}}
    assert keys(study(rates=[0.1], variants=variants)) == ["variant"]
    assert keys(study(rates=[0.1, 0.2], variants=variants)) == ["variant", "lr"]


def test_a_found_rate_tells_nothing(study: Callable[..., Study]) -> None:
    made = study(rates=["find"], sweep={"train.batch_size": [16, 32]}, replicates=2)
    found = [replace(spec, found_lr=spec.batch_size / 100) for spec in made.runs[:3]]
    runs = runs_frame(RunState(spec) for spec in (*found, made.runs[3]))
    assert telling(runs) == ["batch_size"]
    assert keys(study(rates=["find", 0.1])) == ["lr"]


def test_winners_go_by_their_variant_or_by_how_their_rate_was_found(study: Callable[..., Study]) -> None:
    made = study(rates=["find", 0.1], replicates=1)
    specs = [replace(spec, found_lr=0.00123456) if spec.finds_lr else spec for spec in made.runs]
    runs = runs_frame(RunState(spec) for spec in specs)
    done = runs.with_columns(status=runs["status"].replace("waiting", "done"), final_val_accuracy=90.0 + runs["run"])
    (comparison,) = comparisons(done)
    assert (comparison.best.label, comparison.rivals[0].scenario.label) == ("1e-1", "find → 1.23e-3")


@pytest.mark.parametrize(
    ("lr", "found", "text"),
    [
        (1e-3, False, "1e-3"),
        (0.000123456, True, "find → 1.23e-4"),
        (None, True, "find"),
        (None, False, ""),
        (0.1, None, "1e-1"),
    ],
)
def test_a_rate_says_whether_it_was_found(lr: float | None, found: bool | None, text: str) -> None:
    assert rate_text(lr, found) == text
