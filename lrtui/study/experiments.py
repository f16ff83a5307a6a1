"""The names of the experiments whose question the report can answer; a preset gives one at its top.

Only the names: presets are checked without the book, whose `lab/experiments.py` has what stands behind each. A test holds
that it has them all.
"""

import difflib

from lrtui.text import one_of

EXPERIMENTS = (
    "same-weights",
    "zero-bias",
    "selu-vs-relu",
    "activations",
    "momentum-too-high",
    "sparse-three-ways",
    "dropout-cost",
    "initializers",
    "clipping",
    "optimizers",
    "schedules",
    "batchnorm-placement",
    "batchnorm-permits",
    "regularizers",
    "half-precision",
    "default-settings",
    "self-normalizing",
    "recipe-deep",
    "recipe-shallow",
    "recipe-self-normalizing",
    "recipe-sparse",
    "recipe-risk",
    "regularization",
    "low-latency",
    "widths",
    "exercise8",
)
"""In the order of the guide: exercises 1 to 7, what stands beside them, its recipes, exercise 8."""


def check_experiment(name: str) -> str:
    """Return the name, which may be empty. Raises ValueError, with the nearest name, if there is no such experiment."""
    if name and name not in EXPERIMENTS:
        close = difflib.get_close_matches(name.lower(), EXPERIMENTS, n=1, cutoff=0.6)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"expected {one_of(EXPERIMENTS)}{hint}")
    return name
