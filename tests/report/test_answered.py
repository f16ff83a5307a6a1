"""The answer to an experiment's question, in the report."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from lrtui.report.document import report
from lrtui.study import preset
from lrtui.study.records import RunStatus
from lrtui.study.spec import Study
from tests.report.made import Saved, falling, paper, rising, state


def saved(study: Study, status: RunStatus = RunStatus.DONE) -> Saved:
    """Return a study whose second scenario ends at a lower accuracy and a higher loss than its first."""
    worse = {scenario: place for place, scenario in enumerate(study.scenarios)}
    states = tuple(
        state(
            spec,
            falling(6, 2.3, 0.1 + 0.2 * worse[spec.scenario], 0.5),
            rising(6, 95.0 - 10 * worse[spec.scenario] + 0.5 * spec.replicate, 0.5),
            status,
        )
        for spec in study.runs
    )
    return Saved(study, states)


@pytest.fixture
def zero_bias() -> Study:
    return preset.load("lab/zero-bias", ["sweep.replicates=3"])


def section(text: str) -> str:
    return text.partition("The answer\n")[2].partition("How to read the tables")[0]


def test_the_report_answers_the_question_with_figures_and_a_conclusion(zero_bias: Study) -> None:
    said = section(report([saved(zero_bias)]))
    assert zero_bias.question in said
    assert "the guide   Yes. Biases that begin at zero do no harm" in said
    assert "this agrees with the guide" in said.lower()
    assert "96.00 ± 0.50" in said
    assert " 1. Biases that begin at zero cost no accuracy: AGREES" in said


def test_what_was_not_measured_has_no_column(zero_bias: Study) -> None:
    nothing = saved(preset.load("lab/same-weights"))
    figures = section(report([nothing])).partition("The figures")[2].partition("What limits")[0]
    assert "val acc %" in figures
    assert "distinct units" not in figures
    assert "no count of distinct units" in report([nothing])


def test_json_has_the_answer_in_numbers(zero_bias: Study) -> None:
    (study,) = json.loads(report([saved(zero_bias)], "json"), parse_constant=pytest.fail)["studies"]
    answer = study["answer"]
    assert answer["verdict"] == "agrees"
    assert [row["arm"] for row in answer["figures"]] == ["zero", "uniform"]
    assert answer["figures"][0]["val_accuracy"] == {"mean": 96.0, "sd": 0.5, "values": [95.5, 96.0, 96.5]}
    assert answer["figures"][0]["n"] == answer["figures"][0]["planned"] == 3
    assert [finding["verdict"] for finding in answer["findings"]] == ["agrees", "agrees"]


def test_a_study_that_is_no_experiment_has_no_answer() -> None:
    assert "The answer" not in report([paper()])
    assert "answer" not in json.loads(report([paper()], "json"))["studies"][0]


def test_an_unfinished_experiment_says_so_in_every_format(zero_bias: Study) -> None:
    begun = saved(zero_bias, RunStatus.RUNNING)
    for fmt in ("text", "markdown", "json"):
        assert "zero: no run is done, 3 running." in report([begun], fmt)


def test_markdown_gives_the_figures_as_a_table(zero_bias: Study) -> None:
    text = report([saved(zero_bias)], "markdown")
    assert "## The answer" in text
    assert re.search(r"^\| zero +\| +3 \| +96\.00 ± 0\.50 \|", text, re.MULTILINE)


@pytest.mark.parametrize("overrides", [[], ["data.scale=unit", "train.epochs=30"]])
def test_an_experiment_on_the_papers_data_is_not_judged_by_its_claims(overrides: list[str]) -> None:
    study = preset.load("lab/zero-bias", ["data.name=mnist", "optim.lr=1e-3", "optim.momentum=0.0", *overrides])
    text = report([saved(study)])
    assert "claim" not in text
    assert "published" not in text


def test_an_experiment_beside_the_papers_study_leaves_its_claims_as_they_were(zero_bias: Study) -> None:
    def claims(*studies: Saved) -> Any:
        return json.loads(report(studies, "json"))["claims"]

    both = claims(paper(), replace(saved(preset.load("lab/zero-bias", ["data.name=mnist"]))))
    assert both == claims(paper())


def test_claims_that_cannot_be_judged_for_the_same_reason_take_a_line_each() -> None:
    said = report([paper(epochs=4)]).partition("The paper's claims")[2].partition("What limits")[0]
    claims = [line for line in said.splitlines() if re.match(r" ?\d+\. ", line)]
    assert len(claims) == 14
    reasons = [line for line in said.splitlines() if line.startswith("    - ")]
    assert len(reasons) == len(set(reasons)) < 6, "each reason once"
    assert any("4 of 30 epochs" in reason for reason in reasons)
    assert sum(line.endswith("NOT MEASURED, as 1") for line in claims) >= 8
    assert "CANNOT BE SAID" not in said
    (study,) = [json.loads(report([paper(epochs=4)], "json"))]
    assert all(claim["findings"] for claim in study["claims"]), "programs have all of it"
