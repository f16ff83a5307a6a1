"""Writing presets and reading what is said of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study import preset
from lrtui.study.problems import PresetError
from lrtui.study.spec import Study

GOOD = """\
title = "A small study"
[data]
name = "digits"
[model]
name = "mlp"
[optim]
name = "sgd"
lr = 0.1
"""
"""A preset of one run, its eight lines to be added to."""

Loader = Callable[..., Study]
Complainer = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Return a function that writes a file into the test's folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def load(write: Callable[[str, str | bytes], Path]) -> Loader:
    """Return a function that loads a preset from its text and overrides."""

    def load(content: str | bytes, *overrides: str) -> Study:
        return preset.load_file(write("my.toml", content), overrides=overrides)

    return load


@pytest.fixture
def complaints(load: Loader, tmp_path: Path) -> Complainer:
    """Return a function that gives the lines of the error that a preset ends in, without the folder."""

    def complaints(content: str | bytes, *overrides: str) -> list[str]:
        with pytest.raises(PresetError) as caught:
            load(content, *overrides)
        assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
        return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]

    return complaints
