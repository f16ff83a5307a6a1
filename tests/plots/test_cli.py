"""`lrtui plot` in the terminal: variants, layers, range tests."""

import pytest

from lrtui.cli.plot import draw
from lrtui.errors import InputError
from tests.report.made import paper, variants
from tests.report.made_layers import layered, searched, trained_after_a_search


def test_variants_share_a_picture_and_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for metric in ("val_loss", "lr", "momentum", "grad_norm"):
        picture = draw(variants().view, metric)
        assert picture.count("epoch") == 1
        assert "plain" in picture
        assert "adam" in picture


def test_layers_are_drawn_of_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "run 1 of 4, the least healthy" in draw(layered().view, "gradient_rms")
    best = draw(layered().view, "gradient_rms", 3)
    assert "run 3 of 4" in best
    assert best.splitlines()[-1] == "epoch 4: healthy: gradients of all layers within a factor of 100"
    assert "\x1b" not in best
    assert "run 1 of 4" in draw(layered().view, "activation_sd", 1)
    with pytest.raises(InputError, match=r"health\.measure = true"):
        draw(paper().view, "gradient_rms")


def test_range_tests_are_drawn_of_all_scenarios_or_of_a_runs() -> None:
    assert draw(searched().view).count("smoothed loss by learning rate") == 2
    one = draw(trained_after_a_search().view, "finder", 1)
    assert one.count("smoothed loss by learning rate") == 1
    assert "V valley 1e-3       S steepest 1e-2     M minimum/10 1e-1" in one
    assert "validation loss" in draw(trained_after_a_search().view)
