"""How the analysis writes its figures in sentences."""

import math
import statistics
from collections.abc import Sequence

_DATASETS = {
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "digits": "digits",
    "synthetic": "synthetic",
}


def pair_name(model: str, dataset: str) -> str:
    """Return `MLP/MNIST`."""
    return f"{model.upper()}/{_DATASETS.get(dataset, dataset)}"


def accuracy_text(accuracies: Sequence[float]) -> str:
    """Return mean and sample standard deviation, `96.02 ± 0.31 %`; of one value, `96.02 %`; NaN does not count."""
    known = [accuracy for accuracy in accuracies if not math.isnan(accuracy)]
    if not known:
        return "no accuracy"
    mean = f"{statistics.fmean(known):.2f}"
    return f"{mean} ± {statistics.stdev(known):.2f} %" if len(known) > 1 else f"{mean} %"


def listing(items: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
