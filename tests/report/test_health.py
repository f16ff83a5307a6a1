"""The report's section on the layers."""

import json
from dataclasses import replace

import pytest

from lrtui.report.document import report
from lrtui.study.records import LayerRecord
from tests.report.made import of_a_text, paper
from tests.report.made_layers import layered

HEADING = "Health of the layers"
VANISHING = "layers 1–2: gradients up to 100,000 times smaller than at the top: vanishing"
HEALTHY = "healthy: gradients of all layers within a factor of 100"


@pytest.mark.parametrize("fmt", ["text", "markdown"])
def test_one_line_for_each_scenario(fmt: str) -> None:
    text = report([layered()], fmt)
    assert text.count(HEADING) == 1
    lines = [line for line in text.splitlines() if ", epoch " in line]
    assert lines == [f"- flat, epoch 4: {VANISHING}", f"- steep, epoch 4: {HEALTHY}"]
    assert "first replicate, after the last epoch measured, on 64 training images" in text


def test_rows_are_no_images() -> None:
    text = of_a_text()
    (run,) = text.states
    health = LayerRecord(1, 2, 1, "gru 1", 8, 0.0, 1.0, None, None, 8, 0.1, None)
    records = (*run.records[:-1], replace(run.records[-1], layers=(health,)))
    assert "on 256 training rows. Layers" in report([replace(text, states=(replace(run, records=records),))])


def test_json_has_the_sentence_and_the_figures_behind_it() -> None:
    (study,) = json.loads(report([layered()], "json"))["studies"]
    flat, steep = study["health"]
    assert flat == {
        "scenario": "flat",
        "run": 1,
        "seed": 1,
        "epoch": 4,
        "sentence": VANISHING,
        "ills": [{"kind": "vanishing", "layers": [1, 2], "worst": pytest.approx(1e5), "than": None}],
    }
    assert (steep["run"], steep["sentence"], steep["ills"]) == (3, HEALTHY, [])


def test_nothing_is_said_where_nothing_was_measured() -> None:
    assert HEADING not in report([paper()])
    assert "health" not in json.loads(report([paper()], "json"))["studies"][0]
