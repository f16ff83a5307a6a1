"""The answers to exercise 8 in the report, in every format."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from lrtui.report.document import report
from lrtui.study import preset
from lrtui.study.records import FoldedFigures, McFigures
from lrtui.study.spec import RunSpec
from tests.report.made import FINGERPRINT, Golden, Saved, falling, outcome, rising, state

ACCURACIES = {"b": 47.0, "c": 54.0, "d": 48.0, "e": 49.0, "f": 52.0}
FLOORS = {"b": 1.50, "c": 1.30, "d": 1.48, "e": 1.46, "f": 1.35}


def handson(name: str = "handson/all", *overrides: str, **about: Any) -> Saved:
    """Return a study of the published presets, six epochs of each run, its parts in the published order."""
    study = preset.load(name, overrides)
    states = []
    for spec in study.runs:
        part = spec.variant or name[-1]
        final = ACCURACIES[part] + 0.25 * (spec.replicate - 2)
        losses = falling(6, 2.3, FLOORS[part] + 0.01 * spec.replicate, 0.7)
        states.append(replace(state(spec, losses, rising(6, final, 0.7)), outcome=_outcome(spec, part, final)))
    cifar = {**FINGERPRINT, "name": "cifar10", "train_count": 45000, "val_count": 5000}
    usual = {"id": f"20261121-165512-{name.replace('/', '-')}", "fingerprints": [cifar, cifar], "lanes": 1}
    return Saved(study, tuple(states), **{**usual, **about})


def _outcome(spec: RunSpec, part: str, final: float) -> Any:
    more: dict[str, Any] = {"val_accuracy": final, "test_accuracy": final - 1, "test_loss": 1.5}
    more["stopped_early"] = part != "f"
    if part in "ef":
        more["mc"] = McFigures(10, final - 1 + 0.1 * (spec.replicate - 2), 1.4, 0.05, 1.2, 0.1)
    if part == "c":
        more["folded"] = FoldedFigures(0.015, 0.02, 2.5e-6)
    return outcome(spec.run, 6, **more)


@pytest.mark.parametrize(("fmt", "ending"), [("text", "txt"), ("markdown", "md"), ("json", "json")])
def test_bytes_of_a_report_on_the_published_presets(fmt: str, ending: str, golden: Golden) -> None:
    golden(f"exercise8.{ending}", report([handson()], fmt))


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(width: int) -> None:
    assert max(map(len, report([handson()], "text", width).splitlines())) <= width


def test_the_report_does_not_speak_of_the_papers_claims() -> None:
    text = report([handson()])
    assert "claim" not in text
    assert "paper" not in text.replace("as in the paper's presets", "")
    document = json.loads(report([handson()], "json"))
    assert (document["claims"], document["disagreements"], document["optimizers"]["fits"]) == ([], [], [])


def test_json_has_the_answers_in_numbers() -> None:
    (found,) = json.loads(report([handson()], "json"), parse_constant=pytest.fail)["exercise8"]
    assert found["family"] == "handson"
    verdicts = [question["verdict"] for question in found["questions"]]
    assert verdicts == ["not decided", "not decided", "agrees", "agrees", "agrees"]  # all epochs cost the same
    rows = {row["arm"]: row for row in found["tables"]["learning"]["rows"]}
    assert rows["c"]["val_accuracy"] == {"mean": 54.0, "sd": 0.25, "values": [53.75, 54.0, 54.25]}
    assert rows["b"]["epochs_to_common_loss"]["values"] == [4.0, 4.0, 6.0]


def test_one_seed_has_verdicts_of_its_own() -> None:
    one = handson("handson/all", "sweep.replicates=1")
    (found,) = json.loads(report([one], "json"), parse_constant=pytest.fail)["exercise8"]
    verdicts = [question["verdict"] for question in found["questions"]]
    assert verdicts == ["one seed agrees", "one seed agrees", "not decided", "one seed agrees", "one seed agrees"]
    assert [finding["verdict"] for finding in found["questions"][0]["findings"]] == [
        "one seed, not judged",
        "one seed agrees",
        "one seed, not judged",
    ]
    assert " 2. Part c is better than part b: ONE SEED AGREES" in report([one])


def test_answers_come_first_and_what_limits_them_before_the_points() -> None:
    text = report([handson("handson/all", "sweep.replicates=1")])
    marks = ("from the runs of handson", "these runs  Of one seed each", "The figures", "What limits", "Point by point")
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_studies_given_together_stand_apart_and_are_answered_once() -> None:
    text = report([handson(f"handson/{part}") for part in "fbcde"])
    assert text.count("Exercise 8, from the runs of handson") == 1
    assert text.count("Measured beside published") == 1
    assert text.count("c 53.98 > f 51.98 > e 48.90 > d 47.92 > b 47.62 %, of one seed each") == 1


def test_of_two_studies_of_a_part_the_one_begun_later_counts_whatever_their_order() -> None:
    later = dt.datetime(2027, 1, 1, tzinfo=dt.timezone.utc)
    both = [handson("handson/b", id="early"), handson("handson/b", "train.epochs=7", id="late", started=later)]
    for studies in (both, both[::-1]):
        text = report(studies)
        assert "early (b) is left out: a later study has this scenario with other settings." in text


def test_data_scaled_in_several_ways_is_named_once() -> None:
    assert report([handson()]).count("45,000 training and 5,000 validation images") == 1
