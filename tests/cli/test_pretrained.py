"""torchvision's trained weights on the command line: what `show` says, and what a failing download does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Result

Lrtui = Callable[..., Result]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\n[data]\nname = "digits"\n[model]\nname = "resnet18"\nstart = "torchvision:DEFAULT"\n'
        '[optim]\nname = "sgd"\nlr = 0.1\n'
    )
    return path


def test_show_says_which_layers_and_the_name(lrtui: Lrtui, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(mine.parent / "torch"))
    result = lrtui("show", mine, "--device", "cpu")
    assert 'start = "torchvision:IMAGENET1K_V1"' in result.out
    line = "resnet18 begins with torchvision's IMAGENET1K_V1: all layers but the last, which is drawn for 10 classes"
    assert f"\n# {line}\n" in result.out
    assert json.loads(lrtui("show", mine, "--device", "cpu", "--json").out)["begins_with"] == [line]
    assert lrtui("check", mine).status == 0
    assert not (mine.parent / "torch").exists(), "nothing is downloaded to be shown"


def test_a_download_that_fails_is_one_line(lrtui: Lrtui, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lrtui.data import pretrained
    from lrtui.data.download import NetworkError

    def stream(_: str) -> Iterator[tuple[bytes, int | None]]:
        yield b"", 100
        raise NetworkError("Network is unreachable")

    monkeypatch.setenv("TORCH_HOME", str(mine.parent / "torch"))
    monkeypatch.setattr(pretrained, "stream", stream)
    result = lrtui("run", mine, "--device", "cpu")
    assert result.status == 1
    assert result.out == ""
    assert result.err.splitlines()[1:] == [
        "downloading resnet18-f37072fd.pth",
        "lrtui: cannot download https://download.pytorch.org/models/resnet18-f37072fd.pth (Network is unreachable); where there "
        f"is no network, put the file into {mine.parent / 'torch' / 'hub' / 'checkpoints'}",
    ]
    assert not list((mine.parent / "runs").glob("*")), "no study has begun"
