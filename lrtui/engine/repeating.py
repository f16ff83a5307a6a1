"""Epochs that are trained once more because a study was broken off after its last checkpoint: they come to the same figures."""

import math
from dataclasses import fields

from lrtui.study.records import CurvatureRecord, EpochRecord, LayerRecord

ON_GPU = 1e-3
"""How far apart a loss may be, relatively or in nats, where the same bits are not promised."""

_Row = EpochRecord | LayerRecord | CurvatureRecord


class RepetitionError(Exception):
    """An epoch did not come to the figures that it was recorded with; says which."""


def require_same(recorded: EpochRecord, again: EpochRecord, *, exact: bool) -> None:
    """Raise RepetitionError, naming run, epoch, column and both values, unless an epoch came to what was recorded of it.

    Every column has to be equal but the seconds, NaN equal to NaN; if not `exact`, the losses within `ON_GPU` of each other.
    """
    for name, was, is_now in _columns(recorded, again) if exact else _losses(recorded, again):
        if not (_equal(was, is_now) if exact else _near(was, is_now)):
            raise RepetitionError(
                f"run {recorded.run}, epoch {recorded.epoch}: {name} was recorded as {was!r} and is {is_now!r} now. What trains "
                "here computes otherwise than what trained the study (another version of torch, processor or number of threads); "
                "nothing was added to the run"
            )


def _columns(recorded: EpochRecord, again: EpochRecord) -> list[tuple[str, object, object]]:
    pairs: list[tuple[str, _Row, _Row]] = [("", recorded, again)]
    pairs += [(f"{one.name} ", one, other) for one, other in zip(recorded.layers, again.layers, strict=False)]
    if recorded.curvature is not None and again.curvature is not None:
        pairs.append(("curvature's ", recorded.curvature, again.curvature))
    return [
        (f"{prefix}{field.name}", getattr(one, field.name), getattr(other, field.name))
        for prefix, one, other in pairs
        for field in fields(one)
        if field.name not in ("seconds", "layers", "curvature")
    ]


def _losses(recorded: EpochRecord, again: EpochRecord) -> list[tuple[str, object, object]]:
    return [(name, getattr(recorded, name), getattr(again, name)) for name in ("train_loss", "val_loss")]


def _equal(one: object, other: object) -> bool:
    return one == other or (_is_nan(one) and _is_nan(other))


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _near(one: object, other: object) -> bool:
    assert isinstance(one, float)
    assert isinstance(other, float)
    return _equal(one, other) or math.isclose(one, other, rel_tol=ON_GPU, abs_tol=ON_GPU)
