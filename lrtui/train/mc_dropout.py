"""MC dropout: the same images many times through a trained network whose dropout stays active, and what the passes say."""

import math
import time
from threading import Event

import torch
from torch import Tensor

from lrtui.nn.dropout import only_dropout
from lrtui.nn.models import Network
from lrtui.study.records import McFigures
from lrtui.train.evaluation import batches
from lrtui.train.tensors import TrainingData


@torch.inference_mode()
def mc_dropout(
    network: Network, data: TrainingData, samples: int, generator: torch.Generator, stop: Event
) -> McFigures | None:
    """Return the figures of `samples` stochastic passes over the test images, or None when stopped meanwhile.

    Only dropout layers are active: batch normalization goes by its running statistics. They draw from `generator`, which
    the network keeps; one in the same state gives the same figures. Memory holds one batch at a time: the mean of the
    probabilities and their squared deviations (Welford's running sums, float64). The standard deviation is the
    population's, as NumPy's `std` of the passes.
    """
    started = time.perf_counter()
    network.set_noise(generator)
    sums = torch.zeros(4, dtype=torch.float64, device=data.test_images.device)
    with only_dropout(network):
        for images, labels in batches(data, data.test_images, data.test_labels):
            passes = _passes(network, images, samples, stop)
            if passes is None:
                return None
            sums += _figures(*passes, labels)
    right, loss, sd, entropy = (sums / len(data.test_labels)).tolist()
    accuracy = math.nan if math.isnan(loss) else 100 * right
    return McFigures(samples, accuracy, loss, sd, entropy, time.perf_counter() - started)


def _passes(network: Network, images: Tensor, samples: int, stop: Event) -> tuple[Tensor, Tensor] | None:
    """Return mean and standard deviation (N, classes) of the probabilities over the passes, or None when stopped."""
    mean = squares = torch.zeros((), dtype=torch.float64, device=images.device)
    for done in range(1, samples + 1):
        if stop.is_set():
            return None
        probabilities = network(images).double().softmax(1)
        deviation = probabilities - mean
        mean = mean + deviation / done
        squares = squares + deviation * (probabilities - mean)
    return mean, (squares / samples).sqrt()


def _figures(mean: Tensor, sd: Tensor, labels: Tensor) -> Tensor:
    """Return, summed over the images: right ones, negative log-likelihood, deviation of the predicted class, entropy."""
    predicted = mean.argmax(1)
    likelihood = mean.gather(1, labels[:, None])
    deviation = sd.gather(1, predicted[:, None])
    return torch.stack(
        [
            (predicted == labels).sum().double(),
            -likelihood.log().sum(),
            deviation.sum(),
            torch.special.entr(mean).sum(),
        ]
    )
