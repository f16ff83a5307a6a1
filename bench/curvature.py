"""What measuring the curvature costs. `python bench/curvature.py [REPEATS] [mlp] [cnn] [digits] [seldom] [sharpness]`; real
MNIST and CIFAR-10 needed for mlp, sharpness and cnn.

Each is trained with it and without it in turn, in one process on one thread; and the time within the measurements is told
as a share of the training's own, which does not tremble with the machine.
"""

import statistics
import sys
import time
from threading import Event
from types import SimpleNamespace
from unittest import mock

import torch
from common import alternate, load, ratio, say

from lrtui import paths
from lrtui.data.load import load as load_data
from lrtui.study.spec import Study
from lrtui.train.curvature import CurvatureProbe
from lrtui.train.loop import Training
from lrtui.train.tensors import TrainingData

REPEATS = 5
OFF, ON = "without", "with curvature"


def train(study: Study, data: TrainingData, shares: list[float] | None = None) -> float:
    """Train the study's first run, its outcome left out; return the seconds, and add the share that measuring had."""
    within = 0.0
    plain = CurvatureProbe.measure

    def timed(probe: CurvatureProbe, epoch: int, lr: float) -> object:
        nonlocal within
        started = time.perf_counter()
        found = plain(probe, epoch, lr)
        within += time.perf_counter() - started
        return found

    training = Training(study.runs[0], data)
    progress = SimpleNamespace(step=0, evaluated=0)
    with mock.patch.object(CurvatureProbe, "measure", timed):
        started = time.perf_counter()
        for record in training.run(progress, Event()):
            if record.epoch == study.runs[0].epochs:
                break
        seconds = time.perf_counter() - started
    if shares is not None:
        shares.append(100 * within / (seconds - within))
    return seconds


def beside(title: str, preset: str, repeats: int, *said: str) -> None:
    """Print one benchmark: `preset` at the defaults of [curvature], or what is `said`."""
    off = load(preset, "sweep.replicates=1", "optim.lr=0.01", *(one for one in said if "curvature" not in one))
    on = load(preset, "sweep.replicates=1", "optim.lr=0.01", "curvature.measure=true", *said)
    spec, shares = off.runs[0], []
    layout = spec.config.model.layout
    data = TrainingData.place(load_data(spec.config.data, paths.data_dir()), layout, torch.device("cpu"))
    times = alternate({OFF: lambda: train(off, data), ON: lambda: train(on, data, shares)}, repeats)
    counted = sorted(shares[1:])  # the first was to warm up
    share = {"median": statistics.median(counted), "min": counted[0], "max": counted[-1]}
    say(title, times, {"with / without (at most 1.03)": ratio(times, ON, OFF), "percent within": share})


def mlp(repeats: int) -> None:
    """paper/mlp-mnist, one run of 4 epochs, the defaults of [curvature]."""
    beside(mlp.__doc__ or "", "paper/mlp-mnist", repeats, "train.epochs=4")


def cnn(repeats: int) -> None:
    """paper/cnn-cifar10, one run of 1 epoch, the defaults of [curvature]."""
    beside(cnn.__doc__ or "", "paper/cnn-cifar10", min(repeats, 3), "train.epochs=1")


def digits(repeats: int) -> None:
    """quickstart (1,437 images), one run of 100 epochs, the defaults of [curvature]: small data, of which it is a larger part."""
    beside(digits.__doc__ or "", "quickstart", repeats, "train.epochs=100")


def seldom(repeats: int) -> None:
    """quickstart, one run of 100 epochs, every 10 epochs, as few images want it."""
    beside(seldom.__doc__ or "", "quickstart", repeats, "train.epochs=100", "curvature.every=10")


def sharpness(repeats: int) -> None:
    """paper/mlp-mnist, one run of 4 epochs, the largest eigenvalue of the Hessian too."""
    beside(sharpness.__doc__ or "", "paper/mlp-mnist", repeats, "train.epochs=4", "curvature.sharpness=true")


BENCHMARKS = {"mlp": mlp, "cnn": cnn, "digits": digits, "seldom": seldom, "sharpness": sharpness}

if __name__ == "__main__":
    torch.set_num_threads(1)
    counts = [int(one) for one in sys.argv[1:] if one.isdigit()]
    for name in [one for one in sys.argv[1:] if not one.isdigit()] or BENCHMARKS:
        BENCHMARKS[name](counts[0] if counts else REPEATS)
