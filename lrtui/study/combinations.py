"""Settings that are right by themselves and make no sense together, or not with the images there are."""

from collections.abc import Iterator, Sequence

from lrtui.study.model_config import ModelConfig
from lrtui.study.problems import Complaint
from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.schedules import PiecewiseConfig
from lrtui.study.schema import RunConfig


def senseless(config: RunConfig) -> Iterator[Complaint]:
    """Yield a complaint, with the reason, for every combination that cannot be trained or can have no effect."""
    yield from _normalization(config)
    if config.schedule.counts_epochs:
        yield from beyond_training(config, steps_per_epoch=1)
    yield from _momentum(config)
    if config.curvature.measure and config.optim.averages:
        yield (
            ("curvature", "measure"),
            f"measures a step from where the network is, and {config.optim.name} steps from elsewhere",
        )
    if config.model.width_multiplier != 1 and not config.optim.step_of:
        yield (
            ("model", "parametrization"),
            f"mup has no rule for {config.optim.name}, whose steps keep their size by themselves (optim.adjust)",
        )
    if config.task.per_token and not (config.model.per_token or config.model.foreign):
        yield (
            ("model", "name"),
            f"{config.model.name} gives one answer for a row, and {config.task.name} wants one for every token; rnn, lstm, gru, "
            "transformer, or a network of your own, give them",
        )
    if config.data.task and config.task.name != config.data.task:
        yield ("task", "name"), f"{config.data.name} is for {config.data.task}"
    if isinstance(config.pruning, PruneGraduallyConfig) and config.early_stopping.restores:
        yield (
            ("early_stopping", "patience"),
            "the weights of the best epoch, which it keeps, may be from before gradual pruning reaches its target; give "
            "restore_best = false, or prune after training",
        )
    if config.mc_dropout.samples > 0 and not config.task.classifies:
        yield ("mc_dropout", "samples"), f"averages the probabilities of classes, and {config.task.name} has none"
    elif not config.model.foreign and config.mc_dropout.samples > 0 and not _drops_anything(config):
        why = "the network has no hidden layers to drop" if config.model.dropout > 0 else "model.dropout is 0"
        yield ("mc_dropout", "samples"), f"needs dropout, and {why}"


def beyond_training(config: RunConfig, steps_per_epoch: int) -> Iterator[Complaint]:
    """Yield a complaint about a warm-up as long as the training, and about every boundary that lies beyond its end.

    A schedule that counts epochs does not look at `steps_per_epoch`.
    """
    schedule, epochs = config.schedule, config.train.epochs
    unit, total = ("epochs", epochs) if schedule.counts_epochs else ("steps", epochs * steps_per_epoch)
    if schedule.warmup >= total:
        yield ("schedule", "warmup"), f"must be less than the {total:,} {unit} of training, got {schedule.warmup:,}"
    elif isinstance(schedule, PiecewiseConfig):
        after = f" after {schedule.warmup:,} of warm-up" if schedule.warmup else ""
        for index, boundary in enumerate(schedule.boundaries):
            if schedule.warmup + boundary >= total:
                yield (
                    ("schedule", "boundaries", index),
                    f"lies beyond the {total:,} {unit} of training, got {boundary:,}{after}",
                )


def lone_image(config: RunConfig, images: int) -> Iterator[Complaint]:
    """Yield a complaint if batch normalization would meet a batch of one of the `images` trained on."""
    size = config.train.batch_size
    if config.model.has_batch_norm and images % size == 1:
        yield (
            ("train", "batch_size"),
            f"{images:,} training images in batches of {size:,} leave a last batch of one image, of which batch "
            "normalization has no variance; choose another, or another data.train_limit",
        )


def too_small(config: ModelConfig, shape: Sequence[int]) -> Iterator[Complaint]:
    """Yield a complaint if images of `shape` (C, H, W) do not suit the network."""
    yield from ((("model", key), reason) for key, reason in config.misfits(shape))


def _normalization(config: RunConfig) -> Iterator[Complaint]:
    if not config.model.has_batch_norm:
        return
    if config.train.batch_size == 1:
        yield ("train", "batch_size"), "must be at least 2: batch normalization takes mean and variance of the batch"
    if config.data.train_limit == 1:
        yield ("data", "train_limit"), "must be at least 2: batch normalization takes mean and variance of the batch"


def _drops_anything(config: RunConfig) -> bool:
    model = config.model
    return model.dropout > 0 and (model.has_hidden or model.dropout_where in ("inputs", "everywhere"))


def _momentum(config: RunConfig) -> Iterator[Complaint]:
    key, optim = config.schedule.momentum_cycle, config.optim
    if key is None or optim.momentum_key is not None:
        return
    if key == "form":
        yield (
            ("schedule", "form"),
            f"{getattr(config.schedule, key)} cycles momentum, which {optim.name} has none of; handson does not",
        )
    else:
        yield ("schedule", key), f"{optim.name} has no momentum to cycle"
