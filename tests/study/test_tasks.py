"""Which tasks go with which networks and data, and what their losses and scores are called."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study.problems import PresetError
from lrtui.study.words import words
from tests.study.conftest import Loader

BASE = """
title = "T"
data.name = "{data}"
model.name = "{model}"
optim.name = "sgd"
optim.lr = 0.1
{more}
"""


def test_a_text_is_for_the_next_token(load: Loader) -> None:
    study = load(BASE.format(data="constitution", model="gru", more=""))
    assert study.runs[0].config.task.name == "next_token"


@pytest.mark.parametrize(
    ("data", "model", "more", "message"),
    [
        ("constitution", "mlp", "", "mlp gives one answer for a row"),
        ("constitution", "gru", 'task.name = "classification"', "constitution is for next_token"),
        (
            "digits",
            "mlp",
            'task.name = "reconstruction"\nmc_dropout.samples = 5\nmodel.dropout = 0.1',
            "probabilities of classes",
        ),
        ("digits", "mlp", 'task.name = "regresion"', "did you mean regression?"),
        ("digits", "mlp", "task.label_smoothing = 1.0", "must be less than 1"),
        ("digits", "mlp", 'task.name = "rotation"\ntask.label_smoothing = 0.1', "belongs to classification"),
        ("digits", "mlp", "data.only = [3]", "needs at least 2 items"),
        ("digits", "mlp", "data.only = [3, 3]", "must differ from each other"),
        ("digits", "mlp", "model.start_layers = 1", "goes with start"),
    ],
)
def test_what_does_not_go_together_is_refused(load: Loader, data: str, model: str, more: str, message: str) -> None:
    with pytest.raises(PresetError, match=message):
        load(BASE.format(data=data, model=model, more=more))


def test_losses_scores_and_rows_are_called_what_they_are(
    load: Loader, write: Callable[[str, str | bytes], Path]
) -> None:
    write("r.npz", b"")
    plain = load(BASE.format(data="digits", model="mlp", more="")).words
    assert plain.said("Accuracies of images, nats; val acc %") == "Accuracies of images, nats; val acc %"
    assert plain.sentence == ""
    numbers = load(BASE.format(data="r.npz", model="mlp", more='task.name = "regression"')).words
    assert numbers.said("Accuracy, val acc %, images") == "R², val R² %, rows"
    assert numbers.said("loss (nats)") == "loss (mean squared error / variance)"
    assert "R² in percent" in numbers.sentence
    mixed = load(
        BASE.format(data="digits", model="mlp", more="[variants.a]\n[variants.b]\ntask.name = 'reconstruction'")
    )
    assert (mixed.words.score, mixed.words.unit, mixed.words.points) == ("score", "each its own", "points")


def test_that_labels_are_smoothed_and_classes_weighted_is_told(load: Loader) -> None:
    more = 'task.label_smoothing = 0.1\ntask.class_weights = "balanced"'
    told = words(spec.config for spec in load(BASE.format(data="digits", model="mlp", more=more)).runs)
    assert told.sentence == (
        "classification: losses are cross-entropy, nats (2.3 for a network that knows nothing), scores accuracy in percent; "
        "trained with labels smoothed by 0.1, classes weighted, which losses are told without"
    )
    assert told.minimized == "labels smoothed by 0.1, classes weighted"


def test_groups_and_transforms_are_shown_as_people_read_them(load: Loader) -> None:
    more = """
data.augment = [{name = "RandomAffine", degrees = 10}, {name = "RandomHorizontalFlip"}]
optim.groups = [{layers = ["dense 1"], factor = 0.1, until = 10}, {layers = ["output"], frozen = true}]
"""
    config = load(BASE.format(data="digits", model="mlp", more=more)).runs[0].config
    assert list(map(str, config.optim.groups)) == ["dense 1 × 0.1 after 10 epochs", "output frozen"]
    assert list(map(str, config.data.augment)) == ["RandomAffine degrees=10", "RandomHorizontalFlip"]
