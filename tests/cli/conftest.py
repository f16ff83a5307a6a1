"""The command line in this process: what it prints, and its exit status."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lrtui.cli import main


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


@pytest.fixture
def lrtui(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs `lrtui ARGUMENTS…` and never lets a traceback pass for an answer."""

    def call(*arguments: object) -> Result:
        monkeypatch.setattr("sys.argv", ["lrtui", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(ended.value.code or 0, captured.out, captured.err)

    return call
