"""What can be plotted of a study, and what is said where something cannot."""

from dataclasses import replace

import pytest

from lrtui.analysis.columns import CURVATURE, EPOCHS, LAYERS
from lrtui.errors import InputError
from lrtui.plots.metrics import METRICS, RESULT, find_metric, has
from lrtui.study.records import RunStatus
from tests.report.made import paper
from tests.report.made_layers import layered, searched, trained_after_a_search


def test_every_figure_of_an_epoch_and_of_a_layer_is_a_metric() -> None:
    of_epochs = {column.name for column in EPOCHS} - {"run", "epoch", "lr_first", "momentum_first"}
    of_layers = {column.name for column in LAYERS} - {"run", "epoch", "layer", "name", "units", "step"}
    of_the_loss = {"critical_lr", "sharpness", "noise_scale"}
    assert of_the_loss <= {column.name for column in CURVATURE}
    assert set(METRICS) == of_epochs | of_layers | of_the_loss | {"result", "finder"}
    assert find_metric("result", paper().view) is RESULT
    assert find_metric("val_loss", paper().view).axis == "validation loss (nats)"
    assert find_metric("lr", paper().view).axis == "learning rate"


def test_without_a_name_it_is_the_loss_or_the_range_tests_where_nothing_was_trained() -> None:
    for saved in (paper(), layered(), trained_after_a_search()):
        assert find_metric(None, saved.view).name == "val_loss"
    assert find_metric(None, searched().view).name == "finder"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("val_los", "val_loss"),
        ("loss", "val_loss"),
        ("Accuracy", "val_accuracy"),
        ("gradnorm", "grad_norm"),
        ("gradient_rsm", "gradient_rms"),
        ("finde", "finder"),
    ],
)
def test_an_unknown_metric_is_refused_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"unknown metric {name}; did you mean {meant}"):
        find_metric(name, paper().view)


def test_nothing_near_lists_what_the_study_has() -> None:
    with pytest.raises(InputError, match=r"unknown metric \\x1b\[0m \(this study has val_loss, .*, result\)"):
        find_metric("\x1b[0m", paper().view)
    with pytest.raises(InputError, match=r"\(this study has finder\)"):
        find_metric("zzz", searched().view)
    assert has(layered().view)[-6:] == [
        "gradient_rms",
        "activation_sd",
        "activation_mean",
        "dead",
        "update_ratio",
        "distinct_units",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dead", "no dead units to plot: this study does not measure its layers; health.measure = true"),
        ("finder", 'optim.lr = "find" does before training, `lrtui find-lr PRESET` without'),
    ],
)
def test_what_a_study_lacks_and_how_to_get_it(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_metric(name, paper().view)


def test_what_cannot_be_measured_says_why() -> None:
    with pytest.raises(InputError, match="no saturated outputs to plot: only logistic and tanh saturate"):
        find_metric("saturated", layered().view)
    with pytest.raises(InputError, match="no epoch is finished; it searched learning rates: --metric finder"):
        find_metric("val_loss", searched().view)


def test_before_anything_is_measured() -> None:
    for saved, name, said in (
        (layered(), "dead", "no layer is measured yet"),
        (searched(), "finder", "none is over"),
        (paper(), "result", "no epoch is finished$"),
    ):
        bare = replace(saved, states=tuple(type(run)(run.spec, RunStatus.WAITING) for run in saved.states))
        with pytest.raises(InputError, match=said):
            find_metric(name, bare.view)


def test_a_run_cannot_be_chosen_where_all_are_drawn() -> None:
    with pytest.raises(InputError, match="--run: val_loss is drawn of all runs; of one there is gradient_rms, "):
        find_metric("val_loss", layered().view, run=1)
    with pytest.raises(InputError, match=r"drawn of all runs$"):
        find_metric("result", paper().view, run=1)
