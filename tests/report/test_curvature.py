"""The report's section on what the loss can take, and the lines of a study's results."""

import json
from collections.abc import Callable

from lrtui.report.curvature import curvature_blocks, curvature_document
from lrtui.report.document import report
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study.spec import Study
from tests.report.made import paper

HEADING = "What the loss can take"


def test_one_line_for_each_scenario_and_the_figures_behind_it(
    tiny: Callable[..., Study], train_study: Callable[..., Session]
) -> None:
    session = train_study(tiny("curvature.measure=true", "curvature.images=32", "optim.lr=[0.1, 1e9]"))
    assert session.wait(60)
    saved = open_study(session.path)
    text = report([saved])
    assert text.count(HEADING) == 1
    lines = [line for line in text.splitlines() if line.startswith("- ") and "what the loss can take" in line]
    assert len(lines) == len(saved.study.scenarios)
    assert "at 1e9 the rate is" in lines[-1]
    (study,) = json.loads(report([saved], "json"))["studies"]
    assert [entry["scenario"] for entry in study["curvature"]] == list(study_scenarios(saved.study))
    assert study["curvature"][-1]["highest"] > 1e3
    assert study["curvature"][0]["noise_scale"] is None or study["curvature"][0]["noise_scale"] > 0
    assert HEADING in report([saved], "markdown")


def study_scenarios(study: Study) -> dict[str, None]:
    return dict.fromkeys(spec.scenario for spec in study.runs)


def test_nothing_is_said_where_nothing_was_measured() -> None:
    assert HEADING not in report([paper()])
    assert "curvature" not in json.loads(report([paper()], "json"))["studies"][0]
    assert list(curvature_blocks(paper().states, 2)) == curvature_document(paper().states) == []
