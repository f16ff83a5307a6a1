"""After training: prune, look at the test images once, MC dropout, batch normalization folded, half precision, int8."""

import copy
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Event

import torch
from torch import Tensor, nn

from lrtui.nn.folding import can_fold, fold
from lrtui.nn.int8 import quantized
from lrtui.nn.models import Network
from lrtui.study.pruning import PruneAfterConfig
from lrtui.study.records import FoldedFigures, InferenceFigures, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train import seeds
from lrtui.train.evaluation import batches, evaluate
from lrtui.train.mc_dropout import mc_dropout
from lrtui.train.pruning import prune, sparsity
from lrtui.train.tensors import TrainingData

TIMED_PASSES = 5
"""A pass's wall time is the median of so many, or of as many as fit into `TIMED_SECONDS`."""
TIMED_SECONDS = 0.5
FEW_CLASSES = 10
"""Of so many classes the five likeliest say little."""
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
    inference = tuple(_in_format(name, model, data, stop) for name in _formats(config.inference.dtypes))
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
        test_top5_accuracy=_top5(model, data),
        test_seconds=test_seconds,
        sparsity=sparsity(model.kernels),
        unpruned_accuracy=unpruned,
        mc=mc,
        folded=_folded(model, data) if can_fold(model) else None,
        inference=tuple(figures for figures in inference if figures is not None),
    )


@torch.inference_mode()
def _top5(model: Network, data: TrainingData) -> float | None:
    """Return the share of test rows, or tokens, whose class is among the five likeliest, percent; None of ten or fewer."""
    if data.classes <= FEW_CLASSES or not (data.task.classifies or data.task.per_token):
        return None
    model.eval()
    right, count = torch.zeros((), dtype=torch.int64, device=data.test_images.device), 0
    for images, labels in batches(data, data.test_images, data.test_labels):
        right += (model(images).topk(5, -1).indices == labels[..., None]).sum()
        count += labels.numel()
    return 100 * right.item() / count


class _Float32Logits(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network(images).float()  # type: ignore[no-any-return]


def _formats(dtypes: Sequence[str]) -> tuple[str, ...]:
    return (
        tuple(name for name in ("float32", "float16", "bfloat16", "int8") if name == "float32" or name in dtypes)
        if dtypes
        else ()
    )


@torch.inference_mode()
def _in_format(name: str, model: Network, data: TrainingData, stop: Event) -> InferenceFigures | None:
    """Return what a copy of the network gives whose weights, and whose images, are in a number format.

    In int8 those of its dense and convolution layers; None if it has no layer that can be. None also when stopped meanwhile.
    """
    network: nn.Module
    if name == "int8":
        network, layers = quantized(model)
        if not layers:
            return None
        cast = data
    else:
        dtype = getattr(torch, name)
        network = copy.deepcopy(model).to(dtype)
        numbers = data.test_images.is_floating_point()  # tokens stay what they are
        cast = replace(data, test_images=data.test_images.to(dtype)) if numbers else data
    if (found := evaluate(_Float32Logits(network), cast, cast.test_images, cast.test_labels, stop)) is None:
        return None
    return InferenceFigures(
        dtype=name,
        bytes=sum(tensor.nbytes for tensor in network.state_dict().values()),
        seconds=_seconds_of_a_pass(network, cast),
        accuracy=found.accuracy,
        loss=found.loss,
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
