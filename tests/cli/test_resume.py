"""`lrtui resume`: which study, what it prints, and its exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lrtui import trust
from lrtui.cli.run import print_results
from lrtui.engine import loop_hand
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study import preset
from tests.conftest import TINY

Lrtui = Callable[..., Any]
Stop = Callable[..., SavedStudy]


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stop:
    """Return a function that trains a tiny study and stops it when its second run, or range test, begins."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)

    def stop(*overrides: str, find_only: bool = False, path: str = "tiny.toml") -> SavedStudy:
        study = preset.load_file(tmp_path / path, overrides=overrides)
        folders = {"runs_dir": tmp_path / "runs", "data_dir": tmp_path / "data"}
        module, name = loop_hand, "find" if find_only else "Training"
        original, calls = getattr(module, name), []

        def braked(*arguments: Any) -> Any:
            calls.append(arguments)
            if len(calls) == 2:
                session._engine.stop_study()
            return original(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(module, name, braked)
            patch.setattr(Session, "_train", lambda _: None)
            session = Session.start(study, device="cpu", lanes=1, fresh=True, find_only=find_only, **folders)
            patch.undo()
            patch.setattr(module, name, braked)
            session._train()
            assert session.wait(60)
        return open_study(session.path)

    return stop


def test_the_newest_study_goes_on_and_its_results_are_printed(lrtui: Lrtui, stopped: Stop) -> None:
    saved = stopped()
    assert saved.runs["status"].to_list() == ["done", "stopped", "stopped", "stopped"]
    result = lrtui("resume")
    assert result.status == 0
    assert "Tiny: 3 of 4 runs left" in result.err
    assert result.err.count(" seed ") == 3  # a line for each run that was trained
    assert "The study was resumed once on " in result.out
    assert "after it was stopped." in result.out
    assert open_study(saved.path).runs["status"].to_list() == ["done"] * 4


def test_json_is_one_document(lrtui: Lrtui, stopped: Stop) -> None:
    saved = stopped()
    result = lrtui("resume", saved.id[:15], "--quiet", "--json", "--lanes", "2", "--device", "cpu", "--threads", "1")
    assert (result.status, result.err) == (0, "")
    document = json.loads(result.out)
    assert (document["study"], document["status"]) == (saved.id, "done")
    assert [sitting["status"] for sitting in document["sittings"]] == ["stopped", "done"]


def test_a_study_that_is_done_is_printed_as_it_is(lrtui: Lrtui, stopped: Stop) -> None:
    saved = stopped()
    assert lrtui("resume", "tiny", "--quiet").status == 0
    before = (saved.path / "study.json").read_bytes()
    result = lrtui("resume", saved.path)
    assert result.status == 0
    assert "nothing is left to train" in result.err
    assert "Saved as" in result.out
    assert (saved.path / "study.json").read_bytes() == before


def test_what_cannot_go_on_is_bad_input(lrtui: Lrtui, stopped: Stop) -> None:
    assert lrtui("resume").status == 2  # there is no study
    saved = stopped()
    for arguments, sentence in (
        (["nothing-of-the-kind"], "no such study"),
        (["last", "--threads", "2"], "was trained with threads 1, and here it is 2"),
        (["last", "--device", "mps"], "mps"),
    ):
        result = lrtui("resume", *arguments)
        assert result.status == 2
        assert sentence in result.err
    assert len(open_study(saved.path).sittings) == 1


def test_range_tests_go_on_and_suggest(lrtui: Lrtui, stopped: Stop) -> None:
    saved = stopped(
        "optim.lr=find", "optim.name=adam", "model.hidden=[[8], [16]]", "sweep.replicates=1", find_only=True
    )
    assert saved.runs["status"].to_list() == ["done", "stopped"]
    result = lrtui("resume")
    assert result.status == 0
    assert "lrtui run tiny" in result.out
    assert open_study(saved.path).runs["status"].to_list() == ["done", "done"]
    assert [test["status"] for test in json.loads(lrtui("resume", "--json", "--quiet").out)["tests"]] == ["done"] * 2


def test_a_study_that_was_stopped_says_how_it_is_gone_on_with(
    stopped: Stop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = stopped()
    print_results(saved.path, whole=True)
    assert capsys.readouterr().out.endswith(f"`lrtui resume {saved.id}` goes on with it\n")
    monkeypatch.setenv("LRTUI_RUNS", "elsewhere")
    print_results(saved.path, whole=True)
    assert capsys.readouterr().out.endswith(f"`lrtui resume {saved.path}` goes on with it\n")


def test_own_code_goes_on_as_it_was_and_only_so(lrtui: Lrtui, stopped: Stop, tmp_path: Path) -> None:
    net = (
        "import math\nfrom torch import nn\n\ndef build(shape, classes):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), classes))\n"
    )
    (tmp_path / "net.py").write_text(net)
    (tmp_path / "mine.toml").write_text('extends = "tiny.toml"\ntitle = "Mine"\nmodel.name = "net.py:build"\n')
    trust.trust(trust.code_of(preset.load_file(tmp_path / "mine.toml")))
    saved = stopped(path="mine.toml")
    assert saved.runs["status"].to_list() == ["done", "stopped", "stopped", "stopped"]

    (tmp_path / "net.py").write_text(net + "# another\n")
    for options in ((), ("--trust",)):
        result = lrtui("resume", *options)
        assert result.status == 2
        assert "net.py" in result.err
    assert open_study(saved.path).runs["status"].to_list() == saved.runs["status"].to_list()

    (tmp_path / "net.py").write_text(net)
    result = lrtui("resume", "--trust")
    assert result.status == 0, result.err
    assert open_study(saved.path).runs["status"].to_list() == ["done"] * 4
