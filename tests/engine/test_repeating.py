"""What is compared of an epoch that is trained once more."""

import math
from dataclasses import replace

import pytest

from lrtui.engine.repeating import ON_GPU, RepetitionError, require_same
from lrtui.study.records import CurvatureRecord, EpochRecord, LayerRecord

LAYER = LayerRecord(3, 7, 1, "dense 1", 16, 0.1, 0.2, 0.0, None, 16, 1e-3, 1e-4)
AROUND = CurvatureRecord(3, 7, 0.1, 0.4, 0.2, 5, None, 1.0, 2.0, 2.0)
EPOCH = EpochRecord(3, 7, 0.5, 80.0, 0.6, 79.0, 0.1, 0.9, 1.5, 2.0, 0.2, None, (LAYER,), AROUND)


def test_seconds_may_differ_and_nan_equals_nan() -> None:
    diverged = replace(EPOCH, train_loss=math.nan, train_accuracy=math.nan, val_loss=math.inf)
    for one in (EPOCH, diverged):
        require_same(one, replace(one, seconds=99.0), exact=True)
    require_same(diverged, replace(diverged), exact=False)


@pytest.mark.parametrize(
    ("again", "named"),
    [
        (replace(EPOCH, val_loss=math.nextafter(0.6, 1)), "val_loss was recorded as 0.6 and is 0.6000000000000001 now"),
        (replace(EPOCH, train_accuracy=80.5), "train_accuracy was recorded as 80.0 and is 80.5 now"),
        (replace(EPOCH, lr=0.2), "lr was recorded as 0.1 and is 0.2 now"),
        (replace(EPOCH, grad_norm=None), "grad_norm was recorded as 1.5 and is None now"),
        (replace(EPOCH, momentum_first=0.8), "momentum_first was recorded as None and is 0.8 now"),
        (replace(EPOCH, val_loss=math.nan), "val_loss was recorded as 0.6 and is nan now"),
        (
            replace(EPOCH, layers=(replace(LAYER, update_ratio=2e-4),)),
            "dense 1 update_ratio was recorded as 0.0001 and is 0.0002 now",
        ),
        (
            replace(EPOCH, curvature=replace(AROUND, critical_lr=0.3)),
            "curvature's critical_lr was recorded as 0.2 and is 0.3 now",
        ),
    ],
)
def test_any_other_column_is_named_with_run_epoch_and_both_values(again: EpochRecord, named: str) -> None:
    with pytest.raises(RepetitionError, match="run 3, epoch 7: ") as raised:
        require_same(EPOCH, again, exact=True)
    assert named in str(raised.value)


def test_without_a_promise_of_bits_losses_may_be_a_little_apart() -> None:
    near = replace(EPOCH, train_loss=0.5 * (1 + ON_GPU / 2), val_loss=0.6 * (1 - ON_GPU / 2), grad_norm=9.0)
    require_same(EPOCH, near, exact=False)
    for far in (replace(EPOCH, val_loss=0.6 + 3 * ON_GPU), replace(EPOCH, train_loss=math.nan)):
        with pytest.raises(RepetitionError):
            require_same(EPOCH, far, exact=False)
