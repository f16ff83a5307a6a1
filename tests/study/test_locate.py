"""Finding presets by name and by path."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui import paths
from lrtui.errors import InputError
from lrtui.study import locate, preset
from tests.study.conftest import GOOD

Write = Callable[[str, str | bytes], Path]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "own_presets", lambda: tmp_path / "own")


def test_by_name_with_or_without_ending() -> None:
    assert preset.load("paper/mlp-mnist").name == "paper/mlp-mnist"
    assert preset.load("paper/mlp-mnist.toml").name == "paper/mlp-mnist"
    assert locate.find("quickstart").origin == "shipped"


def test_by_path(write: Write) -> None:
    path = write("some where/my study.toml", GOOD)
    for name in (str(path), "some where/my study.toml", "./some where/my study.toml"):
        found = locate.find(name)
        assert (found.name, found.origin) == ("my study", "own")
        assert found.path.samefile(path)


def test_a_shipped_name_means_the_shipped_preset_whatever_lies_here(write: Write) -> None:
    write("quickstart", "not a preset")
    write("own/quickstart.toml", GOOD)
    assert locate.find("quickstart").origin == "shipped"
    (mine,) = locate.own()
    assert preset.load(mine.name).title == "A small study"


def test_own_presets_by_name(write: Write) -> None:
    path = write("own/deep/mine.toml", GOOD)
    assert locate.find("deep/mine") == locate.PresetFile("deep/mine", path, "own")


def test_own_presets_are_those_of_the_folder_and_what_looks_like_one_here(write: Write, tmp_path: Path) -> None:
    for name in ("own/b-1e-1", "own/b-1e-5", "own/b", "own/a/x", "mine"):
        write(f"{name}.toml", GOOD)
    write("own/base.toml", "note = 'to be extended'")
    write("broken.toml", "[data")
    write("pyproject.toml", "[project\n")
    write("other.toml", "[package]\nname = 'x'\n[data]\n")
    write("extending.toml", "extends = 'mine.toml'")
    (tmp_path / "folder.toml").mkdir()
    assert [found.name for found in locate.own()] == [
        "b",
        "b-1e-5",
        "b-1e-1",
        "a/x",
        "broken.toml",
        "extending.toml",
        "mine.toml",
    ]


def test_there_may_be_no_own_presets() -> None:
    assert locate.own() == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("quikstart", "quikstart: unknown preset; did you mean quickstart?"),
        ("mlp-mnist", "mlp-mnist: unknown preset; did you mean paper/mlp-mnist?"),
        ("zzz", "zzz: unknown preset; `lrtui presets` lists them"),
        ("quikstart.toml", "quikstart.toml: no such file; did you mean quickstart?"),
        ("nowhere/zzz.toml", "nowhere/zzz.toml: no such file; `lrtui presets` lists them"),
        ("/", "/: is a folder, not a preset file"),
        ("", "empty name: unknown preset; `lrtui presets` lists them"),
        ("z\0z", "z\\x00z: unknown preset; `lrtui presets` lists them"),
        ("z\x1b[31m", "z\\x1b[31m: unknown preset; `lrtui presets` lists them"),
        ("~nobody-of-that-name/x", "~nobody-of-that-name/x: unknown preset; `lrtui presets` lists them"),
    ],
)
def test_what_is_not_found(name: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        preset.load(name)
    assert str(caught.value) == expected


def test_a_name_too_long_for_a_file() -> None:
    with pytest.raises(InputError, match="unknown preset"):
        locate.find("z" * 10_000)


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_a_link_to_nowhere_is_no_preset(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "gone.toml").symlink_to(tmp_path / "nothing")
    (tmp_path / "round.toml").symlink_to(tmp_path / "round.toml")
    assert locate.own() == []
    with pytest.raises(InputError, match="no such file"):
        locate.find("round.toml")


@pytest.mark.parametrize("name", ["lab", "lab/"])
def test_a_folder_of_presets_is_told_with_what_is_in_it(name: str) -> None:
    with pytest.raises(InputError, match=r"^lab/?: is a folder of presets: lab/activations, .*lab/zero-bias$"):
        locate.find(name)
