"""`lrtui run` on what is known: said on the screen, in tables, reports and JSON; a saved study is a preset too."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TINY

Lrtui = Callable[..., Any]


@pytest.fixture
def train(lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Return `lrtui run --json …` in a folder with tiny.toml; four runs of two rates."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)

    def run(*arguments: object) -> dict[str, Any]:
        result = lrtui("run", *arguments, "--quiet", "--json", "--device", "cpu")
        assert result.status == 0, result.err
        return json.loads(result.out)

    return run


Train = Callable[..., dict[str, Any]]


def origins(document: dict[str, Any]) -> list[str | None]:
    return [run["reused_from"] for run in document["runs"]]


def test_what_is_known_is_said_wherever_the_run_is_shown(lrtui: Lrtui, train: Train) -> None:
    first = train("tiny.toml")
    assert first["reused"] == 0 and origins(first) == [None] * 4
    assert len({run["run_key"] for run in first["runs"]}) == 4
    result = lrtui("run", "tiny.toml", "--set", "sweep.replicates=3")
    said = f"4 of 6 runs known from {first['study']}"
    assert said in result.err and said in result.out
    assert result.err.count(" seed ") == result.err.count(" seed 3 ") == 2  # a line for each run that was trained
    by_run = lrtui("table", "last", "--per", "run").out
    assert said in by_run and by_run.count(first["study"]) == 5 and by_run.count(" here") == 2
    assert first["study"] not in lrtui("table", first["study"], "--per", "run").out
    assert [one["reused"] for one in json.loads(lrtui("studies", "--json").out)] == [4, 0]
    report = lrtui("report", "last").out
    assert said in report and f"runs 1-2, 4-5 were trained in {first['study']}" in report
    (document,) = json.loads(lrtui("report", "last", "--format", "json").out)["studies"]
    assert document["reused"] == 4
    assert origins(document) == [first["study"]] * 2 + [None] + [first["study"]] * 2 + [None]


def test_fresh_trains_anew(train: Train) -> None:
    train("tiny.toml")
    assert train("tiny.toml", "--fresh")["reused"] == 0
    assert train("tiny.toml")["reused"] == 4


def test_a_study_goes_on_with_more_replicates_and_more_rates(train: Train) -> None:
    first = train("tiny.toml", "--set", "train.epochs=2")
    more = train(first["study"], "--set", "sweep.replicates=3")
    assert (more["reused"], len(more["runs"])) == (4, 6)
    assert more["changed"] == ["train.epochs=2", "sweep.replicates=3"]
    wider = train("last", "--set", "optim.lr=[0.01, 0.1, 1.0]", "--set", "sweep.replicates=3")
    assert (wider["reused"], len(wider["runs"])) == (6, 9)
    assert wider["changed"] == ["train.epochs=2", "optim.lr=[0.01, 0.1, 1.0]", "sweep.replicates=3"]
    assert {run["epochs"] for run in wider["runs"]} == {2}


def test_a_study_is_a_preset_for_show_and_find_lr_too(lrtui: Lrtui, train: Train) -> None:
    path = train("tiny.toml")["path"]
    assert "replicates = 2" in lrtui("show", "last").out
    assert "replicates = 7" in lrtui("show", path, "--set", "sweep.replicates=7").out
    found = json.loads(lrtui("find-lr", "last", "--set", "finder.iterations=12", "--json", "--quiet").out)
    assert len(found["tests"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2",), "several studies begin so"),
        (("nothing-like-it",), "unknown preset"),
        (("last", "--set", "optim.lr=x"), '--set optim.lr=x: optim.lr: expected a number or "find"'),
        (("last", "--set", "sweep.replicate=3"), "did you mean replicates"),
        (("last", "--set", "optim.beta1=0.5"), "optim.beta1"),
    ],
)
def test_a_study_that_cannot_be_trained_so_is_bad_input(
    lrtui: Lrtui, train: Train, arguments: tuple[str, ...], said: str
) -> None:
    train("tiny.toml")
    train("tiny.toml")
    result = lrtui("run", *arguments)
    assert result.status == 2 and said in result.err and result.err.count("\n") == 1


def test_a_preset_comes_before_a_study_of_its_name_and_says_so(lrtui: Lrtui, train: Train, tmp_path: Path) -> None:
    study = train("tiny.toml")
    shutil.copy(tmp_path / "tiny.toml", tmp_path / study["study"])
    result = lrtui("show", study["study"])
    assert result.status == 0
    assert (
        result.err == f"lrtui: {study['study']}: the preset is meant; for the study of that name say {study['path']}\n"
    )
    assert lrtui("show", "tiny.toml").err == ""


def test_a_damaged_study_is_no_preset(lrtui: Lrtui, train: Train) -> None:
    path = Path(train("tiny.toml")["path"])
    document = json.loads((path / "study.json").read_text())
    for broken in ({**document, "preset": []}, {key: value for key, value in document.items() if key != "preset"}):
        (path / "study.json").write_text(json.dumps(broken))
        result = lrtui("run", path)
        assert result.status == 2 and "study.json" in result.err


def test_a_shard_says_that_it_is_one(lrtui: Lrtui, train: Train) -> None:
    share = train("tiny.toml", "--shard", "2/3")
    assert share["shard"] == "2/3" and share["status"] == "done"
    assert sorted(run["status"] for run in share["runs"]) == ["done", "elsewhere", "elsewhere", "elsewhere"]
    assert "shard 2/3" in lrtui("studies").out and "1/1" in lrtui("studies").out
    assert json.loads(lrtui("studies", "--json").out)[0]["shard"] == "2/3"
    assert "2/3: 1 run of its own" in lrtui("report", "last").out
    assert "1 elsewhere" in lrtui("table", "last").out
    assert "done, 1 of 1 run done" in lrtui("status", "last").out
    whole = train("last")
    assert (whole["shard"], whole["reused"], len(whole["runs"])) == (None, 1, 4)


@pytest.mark.parametrize("text", ["0/3", "4/3", "x"])
def test_a_wrong_shard_is_bad_input(lrtui: Lrtui, train: Train, text: str) -> None:
    result = lrtui("run", "tiny.toml", "--shard", text)
    assert result.status == 2 and f"as in 3/8, got {text}" in result.err


def test_merge_prints_what_run_prints(lrtui: Lrtui, train: Train, tmp_path: Path) -> None:
    shards = [train("tiny.toml", "--shard", f"{index}/2")["study"] for index in (1, 2)]
    result = lrtui("merge", *shards)
    assert result.status == 0 and result.err == ""
    assert f"4 runs known from {shards[0]} (2), {shards[1]} (2)" in result.out
    document = json.loads(lrtui("merge", *shards, "-o", tmp_path / "joined", "--json").out)
    assert (document["status"], document["reused"], document["path"]) == ("done", 4, str(tmp_path / "joined"))
    assert (document["study"], sorted(set(origins(document)))) == ("joined", sorted(shards))


@pytest.mark.parametrize(
    ("more", "said"),
    [((), "two studies or more"), (("last",), "is given twice"), (("nothing",), "no such study")],
)
def test_what_cannot_be_merged_is_bad_input(lrtui: Lrtui, train: Train, more: tuple[str, ...], said: str) -> None:
    train("tiny.toml", "--set", "sweep.replicates=1")
    result = lrtui("merge", "last", *more)
    assert result.status == 2 and said in result.err and result.err.count("\n") == 1
