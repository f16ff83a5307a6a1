"""How the analysis writes its figures in sentences."""

import math
from collections.abc import Mapping, Sequence

from lrtui.analysis.statistics import mean, sd
from lrtui.analysis.verdicts import FAILED
from lrtui.study.references import stem
from lrtui.text import shown_number

_DATASETS = {
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "digits": "digits",
    "synthetic": "synthetic",
}


def pair_name(model: str, dataset: str) -> str:
    """Return `MLP/MNIST`."""
    network = model.upper() if model.isidentifier() else stem(model)
    return f"{network}/{_DATASETS.get(dataset) or stem(dataset)}"


def accuracy_text(accuracies: Sequence[float]) -> str:
    """Return mean and sample standard deviation, `96.02 ± 0.31 %`; of one value, `96.02 %`; NaN does not count.

    Scores that may be below 0 have a true minus.
    """
    known = [accuracy for accuracy in accuracies if not math.isnan(accuracy)]
    average, spread = mean(known), sd(known)
    if average is None:
        return "no accuracy"
    shown = f"{average:.2f}".replace("-", "−")
    return f"{shown} %" if spread is None else f"{shown} ± {spread:.2f} %"


def fates(verdicts: Mapping[str, int]) -> str:
    """Return what became of the runs that know nothing, of how many had which verdict: `2 of 3 diverged`; empty without any."""
    runs = sum(verdicts.values())
    lost = [(verdict.value, number) for verdict in FAILED if (number := verdicts.get(verdict.value))]
    return ", ".join(name if number == runs else f"{number} of {runs} {name}" for name, number in lost)


def p_text(p: float | None) -> str:
    """Return `p = 0.016`, in two digits."""
    return "no p" if p is None else f"p = {shown_number(p, 2)}"


def listing(items: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
