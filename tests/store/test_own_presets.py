"""Settings saved as a preset: the file gives the same study, and no name does harm."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lrtui.cli.main import cli
from lrtui.errors import InputError
from lrtui.store.own_presets import TakenError, checked_name, save, text_of
from lrtui.study import preset

CHANGED = (
    ("quickstart", ["optim.lr=1e-3..1 x4", "train.epochs=3"]),
    ("quickstart", ["sweep.search=bracket", "sweep.replicates=5", "sweep.budget=20"]),
    ("quickstart", ["data.train_limit="]),
    ("quickstart", ["optim.name=adam", "optim.clip_norm=1", 'title="a \\"b\\" # c"']),
    ("lab/initializers", ["model.depth=3", "sweep.variants=['tanh-glorot']"]),
    ("paper/mlp-mnist", []),
)


@pytest.mark.parametrize(("name", "overrides"), CHANGED)
def test_the_file_gives_the_same_study(name: str, overrides: list[str], tmp_path: Path) -> None:
    study = preset.load(name, overrides)
    again = preset.load_file(save(study, "mine/one", tmp_path))
    assert again.resolved == study.resolved and again.runs == study.runs


def test_what_was_changed_of_a_shipped_preset_extends_it() -> None:
    text = text_of(preset.load("quickstart", ["train.epochs=3"]))
    assert 'extends = "quickstart"' in text and len(text.splitlines()) < 9
    assert text.startswith("# Made from quickstart with lrtui") and "# Changed: train.epochs=3" in text


def test_settings_of_a_saved_study_say_where_they_are_from(tmp_path: Path) -> None:
    study = preset.from_resolved("own", preset.load("quickstart", ["train.epochs=3"]).resolved)
    file = save(study, "mine", tmp_path, title="New", made_from="20260101-000000-own")
    assert "# Made from the saved study 20260101-000000-own" in file.read_text()
    again = preset.load_file(file)
    assert (again.title, again.runs) == ("New", study.runs)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../up",
        "/abs",
        "a//b",
        ".hidden",
        "quickstart",
        "paper/mlp-mnist",
        "base",
        "x/base",
        "a b",
        "ä\n",
        "x" * 300,
    ],
)
def test_names_that_no_preset_can_have(name: str) -> None:
    with pytest.raises(InputError):
        checked_name(name)


def test_one_that_there_is_is_overwritten_only_if_asked_for(tmp_path: Path) -> None:
    study = preset.load("quickstart")
    file = save(study, "mine.toml", tmp_path)
    before = file.read_text()
    with pytest.raises(TakenError):
        save(preset.load("quickstart", ["train.epochs=3"]), "mine", tmp_path)
    assert file.read_text() == before
    save(preset.load("quickstart", ["train.epochs=3"]), "mine", tmp_path, overwrite=True)
    assert preset.load_file(file).runs[0].epochs == 3


def test_an_override_with_line_breaks_stays_a_comment(tmp_path: Path) -> None:
    study = preset.load("quickstart", ['note="""a\nsweep.replicates = 9"""'])
    assert preset.load_file(save(study, "mine", tmp_path)).runs == study.runs


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        save(preset.load("quickstart"), "mine", tmp_path / "file")


def test_the_command_saves_and_the_preset_is_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    done = runner.invoke(cli, ["save", "quickstart", "mine/fast", "--set", "train.epochs=2", "--title", "Fast"])
    assert done.exit_code == 0 and Path(done.output.strip()).is_file()
    study = preset.load("mine/fast")
    assert (study.title, study.runs[0].epochs) == ("Fast", 2)
