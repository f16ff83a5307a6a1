"""`lrtui plot` in the terminal, of studies that compare something else than rates."""

import pytest

from lrtui.cli.plot import draw
from tests.report.made import variants


def test_variants_share_a_picture_and_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for metric in ("val_loss", "lr", "momentum", "grad_norm"):
        picture = draw(variants().result, metric)
        assert picture.count("mean of replicates, by epoch") == 1
        assert "plain" in picture
        assert "adam" in picture
