"""Studies saved by the first version: they open, and are judged by today's rules."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SAVED = Path(__file__).parent.parent / "fixtures" / "format1"
STUDIES = sorted(path.name for path in SAVED.iterdir())
TRAINED = [name for name in STUDIES if name != "range-tests"]

Lrtui = Callable[..., object]


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """Return a folder of the old studies: a copy, since opening one must not change it."""
    shutil.copytree(SAVED, tmp_path / "saved")
    return tmp_path / "saved"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", STUDIES)
def test_an_old_study_has_tables_reports_and_plots(lrtui: Lrtui, runs_dir: Path, tmp_path: Path, name: str) -> None:
    study, before = runs_dir / name, _contents(runs_dir / name)
    for arguments in (
        ("table", study),
        ("table", study, "--per", "run", "--format", "csv"),
        ("table", study, "--format", "markdown"),
        ("table", study, "--format", "latex"),
        *([("table", study, "--lang", "id")] if name != "range-tests" else []),  # which are refused
        ("report", study),
        ("report", study, "--format", "markdown"),
        ("plot", study),
        ("plot", study, "-o", tmp_path / "plot.svg"),
    ):
        result = lrtui(*arguments)
        nothing_trained = (
            name == "range-tests" and "--lang" in arguments
        )  # the paper's tables have nothing to say of it
        assert result.status == (2 if nothing_trained else 0), (arguments, result.err)
    for arguments in (("table", study, "--format", "json"), ("report", study, "--format", "json")):
        assert json.loads(lrtui(*arguments).out)
    assert _contents(study) == before


def test_old_studies_are_listed(lrtui: Lrtui, runs_dir: Path) -> None:
    listed = json.loads(lrtui("studies", "--runs-dir", runs_dir, "--json").out)
    assert len(listed if isinstance(listed, list) else listed["studies"]) == len(STUDIES)


def _runs(lrtui: Lrtui, study: Path) -> list[dict[str, object]]:
    document = json.loads(lrtui("table", study, "--per", "run", "--format", "json").out)
    return document if isinstance(document, list) else document["rows"]


def test_an_old_study_is_judged_anew(lrtui: Lrtui, runs_dir: Path) -> None:
    runs = _runs(lrtui, runs_dir / "five-rates")
    assert [run["verdict"] for run in runs if run["lr"] == 100.0] == ["stalled"] * 3  # saved as diverged


def test_a_network_that_gave_no_numbers_has_no_accuracy(lrtui: Lrtui, runs_dir: Path) -> None:
    """The first version saved the share of class 0."""
    runs = [run for run in _runs(lrtui, runs_dir / "not-a-number") if run["lr"] == 1e30]
    assert [(run["verdict"], run["final_val_accuracy"]) for run in runs] == [("diverged", None)] * 2


def test_an_old_study_keeps_what_was_trained(runs_dir: Path) -> None:
    """Defaults that have changed since then are not read into it."""
    from lrtui.store.reader import open_study

    pruned = open_study(runs_dir / "pruned").study
    assert {spec.config.optim.eps_inside for spec in pruned.runs} == {False}
    assert {spec.config.train.stop_on_nan for spec in pruned.runs} == {False}
    assert pruned.training_order == pruned.runs
