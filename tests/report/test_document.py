"""The report over one or several studies."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from markdown_it import MarkdownIt

from lrtui.errors import InputError
from lrtui.report.document import gather, report
from lrtui.store.folder import make_folders
from lrtui.store.resources import ResourcesFile
from lrtui.study import preset
from lrtui.study.experiments import EXPERIMENTS
from lrtui.study.networks import MODELS, NetworkConfig
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.resources import GpuUse, Resources
from tests.report.made import HOSTILE, Golden, Saved, mixed, of_a_text, paper

ADAM_FINALS = (93.0, 96.1, 97.9, 97.2, 55.0)


@pytest.mark.parametrize(("fmt", "ending"), [("text", "txt"), ("markdown", "md"), ("json", "json")])
def test_bytes_of_a_report_on_the_papers_sweep(fmt: str, ending: str, golden: Golden) -> None:
    golden(f"report.{ending}", report([paper()], fmt))


@pytest.mark.parametrize("width", [80, 120])
def test_a_report_over_three_studies_in_a_terminal(width: int, golden: Golden) -> None:
    adam = replace(
        paper("adam", finals=ADAM_FINALS), started=dt.datetime(2026, 11, 22, tzinfo=dt.timezone.utc), ended=None
    )
    text = report([paper(), adam, paper("rmsprop", epochs=3)], "text", width)
    assert max(map(len, text.splitlines())) <= width
    golden(f"report-three-{width}.txt", text)


def test_the_head_says_what_was_trained_where_and_on_what() -> None:
    text = report([paper()])
    assert "15: 5 scenarios × 3 replicates" in text
    assert "2026-11-21 17:57:19 UTC, after 1:02:07" in text
    assert "cpu: Made Processor 9, 2 cores, 2 lanes" in text
    assert "mnist: 60,000 training and 10,000 validation images; not the canonical copy" in text
    assert "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" in text


def test_the_head_says_what_was_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "resources" not in report([paper()])
    make_folders(paper().path)
    file = ResourcesFile(paper().path)
    gpu = GpuUse(0, "GPU-0", 90.0, 20 * 2**30, 80 * 2**30, 300.0, 60.0)
    other = GpuUse(1, "GPU-1", 50.0, 10 * 2**30, 80 * 2**30)
    file.take(Resources(1000.0, 1.0, 100.0, 50.0, 2**30, 2**31, 2**33, (gpu, other)))
    file.take(Resources(1003.0, 3.0, 200.0, 50.0, 2**31, 2**31, 2**33))
    file.write()
    (line,) = [line for line in report([paper()], width=None).splitlines() if "resources" in line]
    assert line.split(maxsplit=1)[1] == (
        "CPU 175 (at most 200) % of a core, memory 1.8 (at most 2.0) GiB, GPU 70 (at most 90) %, "
        "its memory 15.0 (at most 20.0) GiB, 300 (at most 300) W, 60 (at most 60) °C"
    )


def test_json_is_one_document_with_the_figures_of_the_text() -> None:
    document = json.loads(report([paper()], "json"), parse_constant=pytest.fail)
    (study,) = document["studies"]
    assert study["study"] == "20261121-165512-paper-mlp-mnist"
    assert study["data"][0]["train_count"] == 60000
    assert study["results"][3]["val_accuracy_mean"] == pytest.approx(94.1)
    assert study["results"][4]["final_val_loss_mean"] == "nan"
    beside = study["published"][0]
    figures = {key: beside.pop(key) for key in ("measured_accuracy", "measured_sd", "difference")}
    assert figures == pytest.approx({"measured_accuracy": 23.4, "measured_sd": 0.11, "difference": -70.01})
    assert beside == {
        "lr": 1e-5,
        "n": 3,
        "published_accuracy": 93.41,
        "published_sd": None,
        "measured_convergence": None,
        "published_convergence": 28,
        "measured_stable": 2.0,
        "verdict": "improving",
        "remark": "Sangat lambat, stabil (very slow, stable)",
    }
    assert [claim["number"] for claim in document["claims"]] == list(range(1, 15))
    assert document["claims"][0]["verdict"] == "did not hold"
    assert set(document["claims"][0]) >= {"number", "text", "criterion", "verdict", "figures", "reason"}


def test_several_studies_tell_which_optimizer_explains_the_published_table() -> None:
    document = json.loads(report([paper(), paper("adam", finals=ADAM_FINALS)], "json"))
    fits = {(fit["optimizer"], fit["pair"]): fit for fit in document["optimizers"]["fits"]}
    assert fits["sgd", "MLP/MNIST"]["mean_absolute_difference"] == pytest.approx(29.545)
    assert fits["adam", "MLP/MNIST"]["mean_absolute_difference"] == pytest.approx(1.01, abs=0.01)
    assert document["optimizers"]["sentence"].startswith("adam explains the published accuracies best: 1.01 points")


def test_what_disagrees_is_said_plainly_once_for_each_scenario() -> None:
    said = json.loads(report([paper()], "json"))["disagreements"]
    assert said[0] == (
        "MLP/MNIST at 1e-5: published 93.41 %, measured 23.40 ± 0.11 %, 70.01 points lower; "
        "published to converge at epoch 28, none of 3 converged."
    )
    assert said[4].startswith(
        "MLP/MNIST at 1e-1: published 58.72 %, measured 95.72 ± 0.39 %, 37.00 points higher; published "
    )
    assert sum(text.startswith("MLP/MNIST") for text in said) == 5
    assert [text[:20] for text in said[5:]] == [
        "Claim 1 did not hold",
        "Claim 2 did not hold",
        "Claim 4 did not hold",
        "Claim 9 did not hold",
        "Claim 13 did not hol",
    ]


def test_figures_close_to_the_published_ones_are_no_disagreement() -> None:
    close = paper(finals=(93.5, 96.0, 98.2, 96.5, 58.7))
    said = json.loads(report([close], "json"))["disagreements"]
    assert not any("points" in text for text in said)


def test_a_study_cut_short_disagrees_with_nothing() -> None:
    text = report([paper(epochs=3)])
    assert "All scenarios: 3 of 30 epochs; the difference says little about the published figure." in text
    assert "Nothing can: no finished run followed the paper's protocol." in text


def test_a_study_that_has_nothing_to_do_with_the_paper_is_not_judged() -> None:
    text = report([mixed()])
    assert "claim" not in text
    assert "published" not in text
    assert "running, 5 of 8 runs done" in text
    assert len(json.loads(report([mixed()], "json"))["claims"]) == 14


def test_a_stopped_study_says_why_and_what_could_not_be_read() -> None:
    saved = replace(mixed(), status=StudyStatus.STOPPED, message="the disk is full", warnings=["parts/1: is damaged"])
    text = report([saved])
    assert "stopped, 5 of 8 runs done: the disk is full" in text
    assert "warning   parts/1: is damaged" in text


def test_before_the_first_epoch_there_is_a_report_too() -> None:
    whole = paper()
    bare = replace(whole, states=tuple(type(run)(run.spec, RunStatus.WAITING) for run in whole.states))
    text = report([bare])
    assert "No run is done." in text
    assert "All scenarios: no finished run." in text
    assert "Of 14 claims 0 held, 0 did not hold, 0 are not decided by the replicates, and 14 cannot be judged" in text


def test_a_text_is_rows_and_its_report_says_how_it_is_read() -> None:
    found = report([of_a_text()])
    assert "bits/char (or bits/byte) is val loss over ln 2, perplexity" in found
    assert "Next token: losses are cross-entropy, nats per token" in found
    assert "other validation rows would" in found
    assert "images" not in found
    assert "other validation images would" in report([paper()])


def test_hostile_text_only_shows() -> None:
    saved = replace(mixed(), message=f"\x1b]0;x\x07{HOSTILE}", id="<b>id</b>")
    assert "\x1b" not in report([saved])
    tokens = MarkdownIt("commonmark").enable("table").parse(report([saved], "markdown"))
    inner = {child.type for token in tokens for child in token.children or ()}
    assert inner <= {"text", "strong_open", "strong_close"}
    json.loads(report([saved], "json"))


def test_the_later_of_two_studies_counts_whatever_their_order() -> None:
    later: Saved = replace(paper(finals=(1, 2, 99, 3, 4)), started=dt.datetime(2027, 1, 1, tzinfo=dt.timezone.utc))
    for studies in ([paper(), later], [later, paper()]):
        (found,) = {fit.mean_absolute_difference for fit in gather(studies).fits if fit.model is None}
        assert found == gather([later]).fits[-1].mean_absolute_difference


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match="expected text, markdown, json or html"):
        report([paper()], "pdf")


class ToyConfig(NetworkConfig):
    """`[model] name = "toy"`: a family that nobody else knows."""

    name: Literal["toy"] = "toy"


@pytest.mark.parametrize("protocol", ["own", "paper"])
def test_a_model_family_that_nobody_else_knows_has_its_report(monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    monkeypatch.setitem(MODELS, "toy", ToyConfig)
    known = paper()
    resolved = {**known.study.resolved, "model": {"name": "toy"}, "protocol": protocol}
    study = preset.from_resolved("toy", resolved)
    states = tuple(replace(state, spec=spec) for state, spec in zip(known.states, study.runs, strict=True))
    toy = replace(known, study=study, states=states)
    for fmt in ("text", "markdown", "json"):
        assert report([toy, known], fmt)
    document = json.loads(report([toy], "json"))
    assert document["studies"][0]["published"][0]["measured_accuracy"] == pytest.approx(23.4)
    assert {claim["verdict"] for claim in document["claims"]} == {"not measured"}
    if protocol == "paper":
        assert "a model that the paper does not have: toy" in report([toy])


@pytest.mark.parametrize("model", ["toy", "mlp"])
def test_an_experiment_of_any_family_is_answered(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.setitem(MODELS, "toy", ToyConfig)
    known = paper()
    for experiment in EXPERIMENTS:
        resolved = {**known.study.resolved, "model": {"name": model}, "experiment": experiment, "question": "Which?"}
        study = preset.from_resolved("asking", resolved)
        states = tuple(replace(state, spec=spec) for state, spec in zip(known.states, study.runs, strict=True))
        head = "Exercise 8, from the runs" if experiment == "exercise8" else "Which?"
        assert head in report([replace(known, study=study, states=states)])
