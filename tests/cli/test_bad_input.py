"""Bad input: a clear line, exit status 2, nothing written, no traceback (the `lrtui` fixture sees to the last)."""

from collections.abc import Callable
from pathlib import Path

import pytest

Lrtui = Callable[..., object]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "quikstart"], "unknown preset; did you mean quickstart"),
        (["run", "mlp-mnist"], "did you mean paper/mlp-mnist"),
        (["run", "nowhere.toml"], "nowhere.toml"),
        (["run", "quickstart", "--set", "optim.learning_rte=1"], "did you mean optim.lr?"),
        (["run", "quickstart", "--set", "optim.lr=0"], "must be greater than 0"),
        (["run", "quickstart", "--set", "optim.lr=nan"], "must be a finite number"),
        (["run", "quickstart", "--set", "train.epochs=0"], "must be at least 1"),
        (["run", "quickstart", "--set", "train.batch_size=0"], "must be at least 1"),
        (["run", "quickstart", "--set", "train.epochs=many"], "expected a whole number"),
        (["run", "quickstart", "--set", "optim.lr=[]"], "empty"),
        (["run", "quickstart", "--set", "epochs"], "expected KEY=VALUE"),
        (["run", "quickstart", "--lanes", "0"], "--lanes"),
        (["run", "quickstart", "--device", "tpu"], "tpu"),
        (["run", "paper/mlp-mnist"], "lrtui data fetch mnist"),
        (["table", "last"], "no studies"),
        (["report", "nothing"], "no studies"),
        (["plot", "last"], "no studies"),
        (["data", "fetch", "imagenet"], "imagenet"),
        (["check", "absent.toml"], "absent.toml"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_clear_line(lrtui: Lrtui, arguments: list[str], said: str, tmp_path: Path) -> None:
    result = lrtui(*arguments)
    assert result.status == 2
    assert said in result.err
    assert result.out == ""
    assert not list((tmp_path / "runs").glob("*"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title = \n", "bad.toml:1: not valid TOML"),
        (b'title = "\xff"\n', "is not UTF-8"),
        (b'extends = "bad.toml"\n', "circle"),
        (b'extends = "absent.toml"\n', "no such file"),
    ],
)
def test_a_file_that_is_no_preset(lrtui: Lrtui, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    result = lrtui("run", path)
    assert (result.status, said in result.err) == (2, True), result.err


def test_control_characters_in_an_error_are_shown_not_sent(lrtui: Lrtui) -> None:
    result = lrtui("run", "\x1b[31mred\x07")
    assert result.status == 2
    assert "\x1b" not in result.err
    assert "\\x1b[31mred\\x07" in result.err


def test_the_workbench_without_a_terminal(lrtui: Lrtui) -> None:
    result = lrtui()
    assert result.status == 2
    assert "the workbench needs a terminal; `lrtui run PRESET` works without one" in result.err


def test_a_runs_folder_below_a_file(lrtui: Lrtui, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = lrtui("run", "quickstart", "--runs-dir", tmp_path / "file" / "runs")
    assert (result.status, "cannot write to the runs folder" in result.err) == (2, True)


def test_an_output_folder_that_is_not_there(lrtui: Lrtui, tmp_path: Path) -> None:
    run = lrtui(
        "run", "quickstart", "--quiet", "--device", "cpu", "--set", "train.epochs=1", "--set", "sweep.replicates=1"
    )
    assert run.status == 0
    result = lrtui("table", "last", "-o", tmp_path / "absent" / "table.csv")
    assert (result.status, "there is no folder" in result.err) == (2, True)
