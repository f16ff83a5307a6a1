"""The commands: what they print, where, and the exit status they end with."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import click
import polars as pl
import pytest
import torch

from lrtui.cli.main import cli

Lrtui = Callable[..., object]

TINY = """
title = "Tiny [bold]title[/] \\u001b[31m"
[data]
name = "digits"
train_limit = 200
[model]
name = "mlp"
hidden = [8]
[optim]
name = "sgd"
[train]
epochs = 3
batch_size = 50
[sweep]
"optim.lr" = [1e-2, 1e-1, 1e30]
replicates = 2
[[published]]
"optim.lr" = 0.1
val_accuracy = 60.0
"""


@pytest.fixture
def tiny_file(tmp_path: Path) -> Path:
    path = tmp_path / "my tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture
def trained(lrtui: Lrtui, tiny_file: Path) -> dict[str, object]:
    """Return the document of `lrtui run --json` on a tiny study."""
    result = lrtui("run", tiny_file, "--json", "--device", "cpu", "--quiet")
    assert result.status == 0, result.err
    return json.loads(result.out)


def test_every_command_and_option_has_help() -> None:
    def visit(command: click.Command, path: str) -> None:
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and "--help" not in parameter.opts:
                assert parameter.help or parameter.type.name == "choice", f"{path} {parameter.opts}"
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                visit(inner, f"{path} {name}")

    visit(cli, "lrtui")


def test_every_command_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for name in cli.commands:
        assert f"lrtui {name}" in readme, name


def test_run_prints_one_json_document(trained: dict[str, object]) -> None:
    assert list(trained)[:3] == ["study", "path", "status"]
    assert trained["status"] == "done"
    runs = pl.read_parquet(Path(str(trained["path"])) / "runs.parquet")
    assert [list(run) for run in trained["runs"]] == [runs.columns] * 6
    assert {
        "n",
        "val_accuracy_mean",
        "val_accuracy_sd",
        "best_val_accuracy_mean",
        "convergence_epoch_median",
        "diverged",
    } < set(trained["scenarios"][0])
    assert [scenario["diverged"] for scenario in trained["scenarios"]] == [0, 0, 2]
    (comparison,) = trained["comparisons"]
    assert comparison["winner"] is False
    assert comparison["best"] in {scenario["scenario"] for scenario in trained["scenarios"]}
    assert {"verdict", "settling_epoch", "stable_epoch"} < set(trained["runs"][0])
    assert trained["runs"][5]["verdict"] == "diverged"
    assert trained["runs"][5]["final_val_loss"] in ("nan", "inf")


def test_run_prints_the_table_and_who_won_on_stdout_and_progress_on_stderr(lrtui: Lrtui, tiny_file: Path) -> None:
    result = lrtui("run", tiny_file, "--device", "cpu")
    assert result.status == 0
    assert "1e-1" in result.out
    assert "that of 1e-1." in result.out
    assert "Saved as " in result.out
    assert "\x1b" not in result.out
    assert result.err.count("epoch 3/3") == 4
    assert result.err.count("epoch 1/3") == 2, "a loss that is not finite ends the run"


def test_quiet_says_nothing_on_stderr(lrtui: Lrtui, tiny_file: Path) -> None:
    assert lrtui("run", tiny_file, "--quiet", "--device", "cpu", "--set", "train.epochs=1").err == ""


def test_set_overrides_like_the_file(lrtui: Lrtui, tiny_file: Path) -> None:
    result = lrtui("run", tiny_file, "--json", "--quiet", "--device", "cpu",
                   "--set", "optim.lr=0.03", "--set", "train.epochs=2", "--set", "sweep.replicates=1")  # fmt: skip
    runs = json.loads(result.out)["runs"]
    assert [(run["lr"], run["epochs"]) for run in runs] == [(0.03, 2)]


@pytest.mark.parametrize("per", ["scenario", "run", "epoch"])
def test_table_in_every_format(lrtui: Lrtui, trained: dict[str, object], per: str, tmp_path: Path) -> None:
    rows = {"scenario": 3, "run": 6, "epoch": sum(run["epochs"] + 1 for run in trained["runs"])}[per]
    assert len(list(csv.DictReader(io.StringIO(lrtui("table", "last", "--format", "csv", "--per", per).out)))) == rows
    for file_format in ("text", "markdown", "latex", "json"):
        result = lrtui("table", "last", "--format", file_format, "--per", per)
        assert result.status == 0
        assert "\x1b" not in result.out
    file = tmp_path / "table.parquet"
    assert lrtui("table", "last", "--format", "parquet", "--per", per, "-o", file).status == 0
    assert len(pl.read_parquet(file)) == rows


def test_a_row_per_epoch_is_the_one_on_disk(lrtui: Lrtui, trained: dict[str, object]) -> None:
    rows = json.loads(lrtui("table", "last", "--per", "epoch", "--format", "json").out)["rows"]
    stored = pl.read_parquet(Path(str(trained["path"])) / "epochs.parquet").to_dicts()
    assert [(row["run"], row["epoch"]) for row in rows] == [(row["run"], row["epoch"]) for row in stored]
    assert rows[3]["val_loss"] == stored[3]["val_loss"], "all digits"
    assert lrtui("table", "last", "--per", "epoch").out.splitlines()[1].startswith("accuracies in percent")


def test_the_indonesian_table_is_the_papers(lrtui: Lrtui, trained: dict[str, object]) -> None:
    assert "Keterangan" in lrtui("table", "last", "--lang", "id").out
    assert lrtui("table", "last", "--lang", "id", "--per", "run").status == 2


def test_report_of_one_study_and_of_several(lrtui: Lrtui, trained: dict[str, object], tmp_path: Path) -> None:
    text = lrtui("report", "last").out
    assert "60.00" in text  # the published figure
    assert "Tiny [bold]title[/]" in text
    document = json.loads(lrtui("report", "last", "last", "--format", "json").out)
    assert document
    file = tmp_path / "report.md"
    assert lrtui("report", "last", "--format", "markdown", "-o", file).status == 0
    assert file.read_text().startswith("#")


def test_plot_in_the_terminal_and_into_files(lrtui: Lrtui, trained: dict[str, object], tmp_path: Path) -> None:
    for metric in ("val_loss", "val_accuracy", "lr", "momentum", "grad_norm", "result"):
        result = lrtui("plot", "last", "--metric", metric)
        assert result.status == 0
        assert "┤" in result.out
    for name, start in (("plot.svg", b"<?xml"), ("plot.png", b"\x89PNG")):
        result = lrtui("plot", "last", "-o", tmp_path / name)
        assert (result.status, result.out, result.err) == (0, "", f"written: {tmp_path / name}\n")
        assert (tmp_path / name).read_bytes().startswith(start)
    wrong = lrtui("plot", "last", "--metric", "val_los")
    assert (wrong.status, "did you mean val_loss?" in wrong.err) == (2, True)


def test_studies_lists_what_was_saved(lrtui: Lrtui, trained: dict[str, object]) -> None:
    listed = json.loads(lrtui("studies", "--json").out)
    assert [(study["status"], study["runs_done"], study["runs_total"]) for study in listed] == [("done", 6, 6)]
    assert listed[0]["kind"] == "training"
    assert (listed[0]["changed"], listed[0]["winner"]) == ([], "none learned")
    assert listed[0]["leaders"] == [{"model": "mlp", "dataset": "digits", "won": False, "scenarios": []}]
    text = lrtui("studies").out
    assert listed[0]["id"] in text
    assert "KIND" in text
    assert "\x1b" not in text
    assert "[bold]title[/]" in text


def test_presets_lists_the_shipped_ones(lrtui: Lrtui) -> None:
    listed = {preset["name"]: preset for preset in json.loads(lrtui("presets", "--json").out)}
    assert listed["quickstart"]["runs"] == 15
    assert listed["paper/all"]["runs"] == 60
    assert "quickstart" in lrtui("presets").out


def test_show_prints_the_preset_resolved_and_its_runs(lrtui: Lrtui) -> None:
    shown = lrtui("show", "quickstart", "--set", "sweep.replicates=1").out
    assert "5 runs in 5 scenarios" in shown
    assert "[model]" in shown


def test_check_prints_every_error_of_every_file(lrtui: Lrtui, tiny_file: Path, tmp_path: Path) -> None:
    assert lrtui("check", tiny_file).status == 0
    bad = tmp_path / "bad.toml"
    bad.write_text(
        'title = "x"\n[data]\nname = "digits"\n[model]\nname = "mlp"\n[optim]\nlearning_rte = 1.0\nname = "sgd"\nlr = -1.0\n'
    )
    result = lrtui("check", bad, tiny_file)
    assert result.status == 2
    assert f"{bad}:7: optim.learning_rte: unknown key; did you mean optim.lr?" in result.err
    assert f"{bad}:9: optim.lr: must be greater than 0" in result.err


def test_what_the_images_do_not_allow_is_said_by_check_show_and_run_before_the_data_is_read(
    lrtui: Lrtui, tmp_path: Path
) -> None:
    preset = tmp_path / "long.toml"
    preset.write_text(
        'title = "x"\n[data]\nname = "mnist"\n[model]\nname = "mlp"\n[optim]\nname = "sgd"\nlr = 0.1\n'
        "[train]\nepochs = 1\n[schedule]\nwarmup = 938\n"
    )
    said = f"{preset}:12: schedule.warmup: must be less than the 938 steps of training, got 938"
    for command in ("check", "show", "run", "find-lr"):
        result = lrtui(command, preset)
        assert (result.status, result.out) == (2, "")
        assert said in result.err
        assert "fetch" not in result.err


def test_data_shows_what_is_there_and_where_it_looked(lrtui: Lrtui, tmp_path: Path) -> None:
    text = lrtui("data", "--data-dir", tmp_path / "elsewhere").out
    assert str(tmp_path / "elsewhere") in text
    assert "lrtui data fetch cifar10" in text


def test_doctor_looks_at_everything(lrtui: Lrtui) -> None:
    text = lrtui("doctor").out
    assert torch.backends.cpu.get_cpu_capability() in text
    for subject in ("torch", "cpu", "cuda", "resources", "terminal", "presets", "runs", "data"):
        assert subject in text
