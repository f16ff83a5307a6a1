"""Settings that are right by themselves and make no sense together."""

from collections.abc import Iterator

from lrtui.study.networks import CnnConfig
from lrtui.study.problems import Complaint
from lrtui.study.schedules import CyclicalConfig, OneCycleConfig, PerformanceConfig, PiecewiseConfig
from lrtui.study.schema import AdagradConfig, RunConfig


def senseless(config: RunConfig) -> Iterator[Complaint]:
    """Yield a complaint, with the reason, for every combination that cannot be trained or can have no effect."""
    yield from _normalization(config)
    yield from _schedule(config)
    if config.mc_dropout.samples > 0 and not _drops_anything(config):
        why = "the network has no hidden layers to drop" if config.model.dropout > 0 else "model.dropout is 0"
        yield ("mc_dropout", "samples"), f"needs dropout, and {why}"


def _normalization(config: RunConfig) -> Iterator[Complaint]:
    if not config.model.has_batch_norm:
        return
    if config.train.batch_size == 1:
        yield ("train", "batch_size"), "must be at least 2: batch normalization takes mean and variance of the batch"
    if config.data.train_limit == 1:
        yield ("data", "train_limit"), "must be at least 2: batch normalization takes mean and variance of the batch"


def _drops_anything(config: RunConfig) -> bool:
    model = config.model
    has_hidden = isinstance(model, CnnConfig) or bool(model.hidden)
    return model.dropout > 0 and (has_hidden or model.dropout_where in ("inputs", "everywhere"))


def _schedule(config: RunConfig) -> Iterator[Complaint]:
    schedule, epochs = config.schedule, config.train.epochs
    per_epoch = isinstance(schedule, PerformanceConfig) or getattr(schedule, "per", "step") == "epoch"
    if per_epoch and schedule.warmup >= epochs:
        yield ("schedule", "warmup"), f"must be less than the {epochs} epochs of training, got {schedule.warmup}"
    elif per_epoch and isinstance(schedule, PiecewiseConfig):
        for index, boundary in enumerate(schedule.boundaries):
            if schedule.warmup + boundary >= epochs:
                after = f" after {schedule.warmup} of warm-up" if schedule.warmup else ""
                yield (
                    ("schedule", "boundaries", index),
                    f"lies beyond the {epochs} epochs of training, got {boundary}{after}",
                )
    if isinstance(config.optim, AdagradConfig):
        if isinstance(schedule, OneCycleConfig) and schedule.form == "guide":
            yield ("schedule", "form"), "guide cycles momentum, which adagrad has none of; handson does not"
        if isinstance(schedule, CyclicalConfig) and schedule.momentum_high is not None:
            yield ("schedule", "momentum_high"), "adagrad has no momentum to cycle"
