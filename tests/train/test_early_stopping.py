"""Early stopping against the decisions of Keras's callback, kept in a fixture."""

import json
from pathlib import Path

import pytest

from lrtui.study.records import EpochRecord
from lrtui.study.regularization import EarlyStoppingConfig
from lrtui.train.early_stopping import EarlyStopping

NAN = float("nan")
CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "keras_early_stopping.json").read_text())


def record(epoch, **values):
    figures = {"train_loss": 1.0, "train_accuracy": 50.0, "val_loss": 1.0, "val_accuracy": 50.0} | values
    return EpochRecord(run=1, epoch=epoch, lr=0.1, momentum=0.0, grad_norm=None, seconds=0.0, **figures)


def follow(stopping, values, monitor="val_loss"):
    """Return the epochs that were the best so far, and the number of epochs until it says stop, or of all."""
    best = []
    for epoch, value in enumerate(values, start=1):
        if stopping.update(record(epoch, **{monitor: float(value)})):
            best.append(epoch)
        if stopping.should_stop:
            return best, epoch
    return best, len(values)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['patience']}-{case['values'][:4]}")
def test_it_decides_as_keras_does(case):
    monitor = "val_accuracy" if case["larger_is_better"] else "val_loss"
    stopping = EarlyStopping(EarlyStoppingConfig(patience=case["patience"], monitor=monitor))
    best, epochs = follow(stopping, case["values"], monitor)
    assert (epochs, stopping.should_stop) == (case["epochs"], case["stopped"])
    assert stopping.best_epoch == case["best_epoch"] == best[-1]


def test_the_worked_example():
    stopping = EarlyStopping(EarlyStoppingConfig(patience=2))
    assert follow(stopping, [1.0, 0.8, 0.9, 0.8, 0.1]) == ([1, 2], 4)


@pytest.mark.parametrize(
    ("monitor", "best_epoch"), [("val_loss", 2), ("train_loss", 3), ("val_accuracy", 4), ("train_accuracy", 1)]
)
def test_each_monitor_reads_its_own_figure(monitor, best_epoch):
    stopping = EarlyStopping(EarlyStoppingConfig(monitor=monitor))
    rows = [(0.5, 60.0, 0.9, 99.0), (0.1, 61.0, 0.5, 50.0), (0.2, 62.0, 0.1, 40.0), (0.3, 63.0, 0.4, 30.0)]
    for epoch, (val_loss, val_accuracy, train_loss, train_accuracy) in enumerate(rows, start=1):
        stopping.update(
            record(
                epoch,
                val_loss=val_loss,
                val_accuracy=val_accuracy,
                train_loss=train_loss,
                train_accuracy=train_accuracy,
            )
        )
    assert stopping.best_epoch == best_epoch


def test_without_patience_it_never_stops_and_knows_the_best_epoch():
    stopping = EarlyStopping(EarlyStoppingConfig())
    assert follow(stopping, [1.0, 0.5] + [2.0] * 50) == ([1, 2], 52)
    assert stopping.best_epoch == 2


def test_the_state_before_training_does_not_count():
    stopping = EarlyStopping(EarlyStoppingConfig(patience=1))
    assert not stopping.update(record(0, val_loss=0.1))
    assert stopping.best_epoch == 0
    assert stopping.update(record(1, val_loss=2.0))
    assert not stopping.should_stop


def test_a_number_improves_on_a_nan_of_the_first_epoch():
    stopping = EarlyStopping(EarlyStoppingConfig(patience=3))
    assert follow(stopping, [NAN, NAN, 5.0, NAN, NAN, NAN]) == ([1, 3], 6)
    assert stopping.best_epoch == 3
