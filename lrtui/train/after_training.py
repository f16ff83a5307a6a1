"""After training: prune, look at the test images once, MC dropout, batch normalization folded."""

import statistics
import time
from threading import Event

import torch
from torch import nn

from lrtui.nn.folding import can_fold, fold
from lrtui.nn.models import Network
from lrtui.study.pruning import PruneAfterConfig
from lrtui.study.records import FoldedFigures, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train import seeds
from lrtui.train.evaluation import batches, evaluate
from lrtui.train.mc_dropout import mc_dropout
from lrtui.train.pruning import prune, sparsity
from lrtui.train.tensors import TrainingData

TIMED_PASSES = 5
"""A pass's wall time is the median of so many, or of as many as fit into `TIMED_SECONDS`."""
TIMED_SECONDS = 0.5
LONG_PASS = 0.03
"""A pass over the test images that takes so many seconds is timed as it is made; only shorter ones are made again."""


def measure_outcome(
    spec: RunSpec, model: Network, data: TrainingData, kept_epoch: int, stopped_early: bool, stop: Event
) -> Outcome | None:
    """Return what the weights kept give on the validation and test images, or None when stopped meanwhile.

    This is the only place where the test images are looked at. Where they are the validation images, both figures agree.
    """
    config = spec.config
    unpruned = None
    if isinstance(config.pruning, PruneAfterConfig):
        if (before := evaluate(model, data, data.test_images, data.test_labels, stop)) is None:
            return None
        unpruned = before.accuracy
        prune(model.kernels, config.pruning)
    started = time.perf_counter()
    if (tested := evaluate(model, data, data.test_images, data.test_labels, stop)) is None:
        return None
    test_seconds = time.perf_counter() - started
    if test_seconds < LONG_PASS:
        test_seconds = _seconds_of_a_pass(model, data)
    validated = tested
    if data.test_images is not data.val_images:
        if (measured := evaluate(model, data, data.val_images, data.val_labels, stop)) is None:
            return None
        validated = measured
    mc = None
    if config.mc_dropout.samples:
        generator = seeds.mc(spec.seed, data.test_images.device)
        mc = mc_dropout(model, data, config.mc_dropout.samples, generator, stop)
        if mc is None:
            return None
    if stop.is_set():
        return None
    return Outcome(
        run=spec.run,
        kept_epoch=kept_epoch,
        stopped_early=stopped_early,
        val_loss=validated.loss,
        val_accuracy=validated.accuracy,
        test_loss=tested.loss,
        test_accuracy=tested.accuracy,
        test_entropy=tested.entropy,
        test_seconds=test_seconds,
        sparsity=sparsity(model.kernels),
        unpruned_accuracy=unpruned,
        mc=mc,
        folded=_folded(model, data) if can_fold(model) else None,
    )


@torch.inference_mode()
def _folded(model: Network, data: TrainingData) -> FoldedFigures:
    """Return how a network without its batch normalization compares: the same logits, in less time."""
    model.eval()
    folded = fold(model).eval()
    differences = [
        (folded(images) - model(images)).abs().max() for images, _ in batches(data, data.test_images, data.test_labels)
    ]
    return FoldedFigures(
        seconds=_seconds_of_a_pass(folded, data),
        unfolded_seconds=_seconds_of_a_pass(model, data),
        difference=float(torch.stack(differences).max()),
    )


@torch.inference_mode()
def _seconds_of_a_pass(model: nn.Module, data: TrainingData) -> float:
    """Return the wall time of one pass over the test images: logits only."""
    model.eval()
    times: list[float] = []
    while len(times) < TIMED_PASSES and sum(times) < TIMED_SECONDS:
        started = time.perf_counter()
        for images, _ in batches(data, data.test_images, data.test_labels):
            logits = model(images)
        if logits.is_cuda:
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
