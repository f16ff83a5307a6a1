"""The share of rows whose class is among the five likeliest, against NumPy."""

import numpy as np
import torch

from lrtui.nn import models
from lrtui.study.networks import MlpConfig
from lrtui.train.after_training import _top5
from lrtui.train.tensors import TrainingData


def test_it_is_the_share_of_rows_with_their_class_among_the_five_likeliest() -> None:
    draws = torch.Generator().manual_seed(2)
    images, labels = torch.randn(300, 6, generator=draws), torch.randint(12, (300,), generator=draws)
    data = TrainingData(images, labels, images, labels, images, labels, (6,), 12, "flat")
    network = models.build(MlpConfig(hidden=(8,)), (6,), 12, torch.Generator().manual_seed(1))
    with torch.no_grad():
        likeliest = np.argsort(-network(images).numpy(), 1)[:, :5]
    wanted = 100 * int((likeliest == labels.numpy()[:, None]).any(1).sum()) / 300
    assert _top5(network, data) == wanted
    few = TrainingData(images, labels % 10, images, labels % 10, images, labels % 10, (6,), 10, "flat")
    assert _top5(models.build(MlpConfig(hidden=(8,)), (6,), 10, torch.Generator().manual_seed(1)), few) is None
