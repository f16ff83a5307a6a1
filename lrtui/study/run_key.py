"""Runs known by what they are: the key of everything that decides a run's numbers, and of what it has to contain."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lrtui.study import references
from lrtui.study.datasets import OwnDataConfig
from lrtui.study.diagnostics import CurvatureConfig
from lrtui.study.model_config import ModelConfig
from lrtui.study.networks import OwnNetworkConfig
from lrtui.study.spec import RunSpec, Study

KEY_VERSION = 2
"""Raised whenever the same run comes to have another key, as when the schema gets a key with a default.

A study whose keys are of another version is known by its settings: its runs' keys are made anew from what it recorded.
"""

KEY_LENGTH = 32
"""Hexadecimal digits of a key: 128 bits of a SHA-256."""

_UNDECISIVE = {"train": ("checkpoint_seconds", "keep")}
"""Keys that decide no number; a model names more of its own that only say others in other words."""
_LATER: dict[str, Any] = {
    "train.tf32": False,
    "task.name": "classification",
    "task.label_smoothing": 0.0,
    "task.class_weights": "none",
    "model.parametrization": "standard",
    "model.base_width": None,
    "data.augment": None,
    "data.shuffle": False,
    "data.only": None,
    **{f"curvature.{key}": field.default for key, field in CurvatureConfig.model_fields.items()},
}
"""Keys that came later, with the value that stands for what was before: with it they are no part of what a run is known by."""
_HEALTH = ("measure", "images")
"""The keys of `health` that decide which numbers there are; the others say how these are judged."""


@dataclass(frozen=True)
class Conditions:
    """What decides the numbers of a study's runs besides their specifications and their data."""

    numerics: int
    """`train.numerics.NUMERICS`."""
    torch: str
    """Version of torch, with its build: `2.9.0+cpu`."""
    device: str
    """Kind of device: `cpu` or `cuda`."""
    threads: int
    """Intra-op threads of a lane. They decide the order of sums on a CPU, and nothing elsewhere."""
    arithmetic: str = ""
    """How the device reckons where that differs between devices of its kind: a CPU's instruction set, a GPU's precision.

    Empty if a study does not say.
    """

    @property
    def decisive(self) -> dict[str, Any]:
        """Return them by name, without the threads where these decide nothing."""
        named: dict[str, Any] = {"numerics": self.numerics, "torch": self.torch, "device": self.device}
        if self.device == "cpu":
            named["threads"] = self.threads
        if self.arithmetic:
            named["arithmetic"] = self.arithmetic
        return named


def decides(dotted: str, model: ModelConfig | None = None) -> bool:
    """Return whether a key of a run may decide what its numbers are, or which there are; `finder` does if the rate is found.

    Without the run's `model` it is whether it may in some run.
    """
    table, _, key = dotted.partition(".")
    if model is not None and table == "model" and key in model.in_other_words:
        return False
    return table != "indicators" and key not in _UNDECISIVE.get(table, ()) and (table != "health" or key in _HEALTH)


def says(dotted: str, value: Any) -> bool:
    """Return whether a run's value of a key says more than a run of an earlier version does that has no such key."""
    return dotted not in _LATER or value != _LATER[dotted]


def run_key(spec: RunSpec, conditions: Conditions, data: str, finder_seed: int | None = None) -> str:
    """Return the key of a run trained under `conditions` on the data set with the SHA-256 `data`: 32 hexadecimal digits.

    `finder_seed` is the seed of the range test if the finder chooses the rate. Two runs of one key have the same numbers
    and contain the same: the health of the layers, the curvature, MC dropout and number formats count, as they add rows and
    figures, and their thresholds do not. How a run is judged and what it is called does not count either.
    """
    document = {
        **conditions.decisive,
        "data": data,
        "seed": spec.seed,
        "config": _deciding(spec),
        **({"finder_seed": finder_seed} if spec.finds_lr else {}),
    }
    text = json.dumps(document, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def run_keys(study: Study, conditions: Conditions, data: Mapping[str, str]) -> dict[int, str]:
    """Return the key of every run of a study, by run; `data` are the SHA-256 of its data sets, by name.

    Runs of a data set that is not in `data` have none.
    """
    finder_seeds = {spec.scenario: spec.seed for spec in reversed(study.runs)}
    return {
        spec.run: run_key(spec, conditions, data[spec.dataset], finder_seeds[spec.scenario])
        for spec in study.runs
        if spec.dataset in data
    }


def with_epochs(spec: RunSpec, epochs: int) -> RunSpec:
    """Return a run as it is with another number of epochs."""
    train = spec.config.train.model_copy(update={"epochs": epochs})
    return replace(spec, config=spec.config.model_copy(update={"train": train}))


def same_but_epochs(one: RunSpec, other: RunSpec) -> bool:
    """Return whether two runs have the same settings and seed, but for their epochs."""
    return one.seed == other.seed and _deciding(with_epochs(one, other.epochs)) == _deciding(other)


def _deciding(spec: RunSpec) -> dict[str, Any]:
    """Return the settings that decide what a run's numbers are and which there are."""
    config = spec.config.model_dump(mode="json", exclude_none=True)
    if not spec.finds_lr:
        del config["finder"]
    if not spec.config.health.measure:
        del config["health"]
    if not spec.config.curvature.measure:
        del config["curvature"]
    by_content(config, spec)
    deciding = {
        table: {
            key: _plain(value)
            for key, value in keys.items()
            if decides(f"{table}.{key}", spec.config.model) and says(f"{table}.{key}", value)
        }
        for table, keys in config.items()
    }
    return {table: keys for table, keys in deciding.items() if keys}


def by_content(config: dict[str, Any], spec: RunSpec) -> None:
    """Have files go by what is in them, not by where they lie: that of data is known besides."""
    data, model = spec.config.data, spec.config.model
    if isinstance(data, OwnDataConfig):
        config["data"]["name"] = data.kind
        config["data"].pop("test", None)
    if model.start is not None:
        begun = model.begins_with
        config["model"]["start"] = "" if begun is None else begun.sha256
        if model.start_layers is not None and model.name not in (
            "mlp",
            "cnn",
        ):  # of others they were counted otherwise once
            config["model"]["start_layers"] = f"{model.start_layers} layers"
    if isinstance(model, OwnNetworkConfig):
        config["model"]["name"] = f"{model.sha256}:{references.parts(model.name)[1]}"


def _plain(value: Any) -> Any:
    """Return a setting without the sign of a zero."""
    return 0.0 if isinstance(value, float) and value == 0 else value
