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
        (["data", "fetch", "imagenet"], "imagenet: unknown data set; there are mnist"),
        (["data", "fetch", "minst"], "did you mean mnist?"),
        (
            ["run", "quickstart", "--set", "model.name=cnn", "--set", "model.channels=[4,4,4,4]"],
            "4 poolings leave nothing",
        ),
        (["table", "x" * 5000], "no studies"),
        (["--runs-dir", "/dev/null", "run", "quickstart"], "cannot write to the runs folder /dev/null"),
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


def test_options_before_the_command_hold_for_it(lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(tmp_path / "elsewhere") in lrtui("--data-dir", tmp_path / "elsewhere", "data").out
    assert str(tmp_path / "none") in lrtui("--runs-dir", tmp_path / "none", "studies").out
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "no CUDA device" in lrtui("--device", "cuda", "run", "quickstart").err


def test_control_characters_of_a_title_are_shown_not_sent(lrtui: Lrtui, tmp_path: Path) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(
        'title = "c1 \\u009b31m rtl \\u202e esc \\u001b[31m"\n[data]\nname = "digits"\n[model]\nname = "mlp"\n'
        '[optim]\nname = "sgd"\nlr = 0.1\n[train]\nepochs = 1\n',
        "utf-8",
    )
    assert lrtui("run", path, "--quiet", "--device", "cpu").status == 0
    for command in (["show", path], ["studies"], ["studies", "--json"], ["table", "last"], ["report", "last"]):
        out = lrtui(*command).out
        assert not set(out) & {"\x1b", "\x9b", "\u202e"}, command


def test_a_file_name_that_is_not_utf8_trains(lrtui: Lrtui, tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.toml"
    path.write_text(
        'title = "t"\n[data]\nname = "digits"\n[model]\nname = "mlp"\n[optim]\nname = "sgd"\nlr = 0.1\n[train]\nepochs = 1\n'
    )
    result = lrtui("run", path, "--device", "cpu", "--runs-dir", tmp_path / "r\udce9")
    assert result.status == 0, result.err
    assert "caf" in lrtui("studies", "--runs-dir", tmp_path / "r\udce9").out
