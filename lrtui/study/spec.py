"""A study, expanded: which runs it is made of."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lrtui.study.components import extras
from lrtui.study.references import stem
from lrtui.study.schema import PublishedConfig, RunConfig
from lrtui.study.shards import Shard
from lrtui.study.words import Words, words
from lrtui.text import format_rate, format_value

STANDARD_COORDINATES = {
    "model.name": "model",
    "data.name": "dataset",
    "optim.name": "optimizer",
    "optim.lr": "lr",
    "train.batch_size": "batch_size",
}
"""Dotted keys that every run has as a column of its own, under a shorter name."""


@dataclass(frozen=True)
class RunSpec:
    """One training run, whole: the same spec on the same CPU build gives the same bits."""

    run: int
    """Position in the study, from 1."""
    config: RunConfig
    replicate: int
    """Position among the replicates of its scenario, from 1."""
    seed: int
    """Seeds all that is drawn for the run: initialization, shuffling, dropout, MC dropout, and the finder."""
    swept: tuple[tuple[str, Any], ...] = ()
    """The swept keys, dotted, and this run's value of each, in the order of the sweep."""
    variant: str = ""
    """Name of the preset's variant this run belongs to; empty if it has none."""
    found_lr: float | None = None
    """What the finder chose, if `optim.lr` is `find` and it has chosen."""
    folder: str = ""
    """Where the files lie that the configuration names; empty if it names none."""

    @property
    def model(self) -> str:
        """Return the model's name."""
        return self.config.model.name

    @property
    def dataset(self) -> str:
        """Return the data set's name."""
        return self.config.data.name

    @property
    def optimizer(self) -> str:
        """Return the optimizer's name."""
        return self.config.optim.name

    @property
    def lr(self) -> float:
        """Return the learning rate; NaN while the finder has not chosen it."""
        if self.config.optim.lr == "find":
            return math.nan if self.found_lr is None else self.found_lr
        return self.config.optim.lr

    @property
    def finds_lr(self) -> bool:
        """Return whether the finder chooses the learning rate."""
        return self.config.optim.lr == "find"

    @property
    def batch_size(self) -> int:
        """Return the images per step."""
        return self.config.train.batch_size

    @property
    def epochs(self) -> int:
        """Return how many epochs the run is to train."""
        return self.config.train.epochs

    @property
    def other_swept(self) -> tuple[tuple[str, Any], ...]:
        """Return the swept keys that have no standard column, with this run's values."""
        return tuple((key, value) for key, value in self.swept if key not in STANDARD_COORDINATES)

    @property
    def coordinates(self) -> dict[str, object]:
        """Return what it shares with its replicates, but for the rate: see `coordinates.telling`."""
        return {
            "variant": self.variant,
            "model": self.model,
            "dataset": self.dataset,
            "optimizer": self.optimizer,
            "batch_size": self.batch_size,
            **dict(self.other_swept),
        }

    @cached_property
    def scenario(self) -> str:
        """Return the label shared by the replicates of one scenario: `mlp-mnist-sgd-1e-2`, other swept keys after it.

        Of a preset with variants it is the variant's name, and what is swept besides.
        """
        rate = format_rate(self.config.optim.lr)
        parts = {
            "model.name": stem(self.model),
            "data.name": stem(self.dataset),
            "optim.name": self.optimizer,
            "optim.lr": rate,
        }
        if self.variant:
            swept = {key for key, _ in self.swept}
            parts = {"variant": self.variant} | {key: text for key, text in parts.items() if key in swept}
        base = "-".join(parts.values())
        if any(key == "train.batch_size" for key, _ in self.swept):
            base += f"-batch{self.batch_size}"
        return base + "".join(f" {key}={format_value(value)}" for key, value in self.other_swept)


class Published(PublishedConfig):
    """A published figure and the scenario it belongs to."""

    coordinates: tuple[tuple[str, Any], ...]
    """Dotted keys (and `variant`) and the values a run must have for the figure to be its own."""

    def matches(self, spec: RunSpec) -> bool:
        """Return whether a run is what the figure speaks of."""
        return all(value_of(spec, key) == value for key, value in self.coordinates)


@dataclass(frozen=True)
class Study:
    """A resolved preset and the runs it expands to, in the order of tables and run numbers."""

    name: str
    """The preset's name: `paper/mlp-mnist`, or the stem of a person's own file."""
    title: str
    source: str
    note: str
    resolved: dict[str, Any]
    """The preset after `extends` and overrides with every default written out, as plain TOML values in a canonical form:
    presets that say the same resolve to the same. `preset.from_resolved` gives the study back."""
    runs: tuple[RunSpec, ...]
    seeds: tuple[int, ...]
    published: tuple[Published, ...]
    overrides: tuple[str, ...] = ()
    """What a person changed of the preset: `KEY=VALUE`, as given."""
    question: str = ""
    """What the study is to answer."""
    experiment: str = ""
    """Which of the report's answers fits it."""
    protocol: str = "own"
    """What published figures presume: `own`, the preset as it is; `paper`, the paper's protocol."""
    order: str = "seed"
    """`sweep.order`: which runs are trained first."""
    advice: tuple[str, ...] = ()
    """Warnings about what will train but not do what one may expect, one sentence each."""
    search: str = "none"
    """`sweep.search`: `none`, or how the rates to be trained are found."""
    most: int | None = None
    """`sweep.budget`: how many runs a search trains at most; None: half of all."""
    folder: str = ""
    """Where the files lie that the preset names, as its own network or data; empty if it names none."""
    shard: Shard | None = None
    """Which share of the runs is trained; None: all of them."""

    @cached_property
    def own(self) -> tuple[RunSpec, ...]:
        """Return the runs that are the study's own, in the order of training: all, or those of its shard."""
        return self.training_order if self.shard is None else self.shard.own(self.training_order)

    @property
    def training_order(self) -> tuple[RunSpec, ...]:
        """Return the runs as they are to be trained: one replicate of every scenario first, if `order` is `seed`."""
        return tuple(sorted(self.runs, key=lambda spec: spec.replicate)) if self.order == "seed" else self.runs

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the scenarios' labels, in order."""
        return tuple(dict.fromkeys(spec.scenario for spec in self.runs))

    @cached_property
    def hash(self) -> str:
        """Return the SHA-256 of `resolved` as compact JSON in UTF-8, in its own order: that of the sweep orders the runs."""
        text = json.dumps(self.resolved, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def searches(self) -> bool:
        """Return whether only those runs are trained that a search asks for."""
        return self.search != "none"

    @property
    def budget(self) -> int:
        """Return how many runs are trained at most."""
        if not self.searches:
            return len(self.own)
        return min(len(self.runs), self.most or max(1, len(self.runs) // 2))

    @property
    def looks(self) -> int | None:
        """Return how often a search may look at two rates and stop; None if nothing is searched."""
        return looks(len(self.seeds)) if self.searches else None

    @property
    def equal_within(self) -> float:
        """Return the points within which accuracies are called equal."""
        return self.runs[0].config.indicators.equal_within

    @cached_property
    def words(self) -> Words:
        """Return what the losses, scores and rows of its runs are called."""
        return words(spec.config for spec in self.runs)

    @property
    def swept_keys(self) -> tuple[str, ...]:
        """Return the dotted keys the study sweeps over."""
        return tuple(key for key, _ in self.runs[0].swept)

    @cached_property
    def varied_keys(self) -> tuple[str, ...]:
        """Return the keys that take more than one value among the runs, rate and batch size first; `variant` is one of them."""
        keys = [*self.swept_keys, *(["variant"] if any(spec.variant for spec in self.runs) else [])]
        several = [key for key in keys if len({repr(value_of(spec, key)) for spec in self.runs}) > 1]
        return tuple(sorted(several, key=lambda key: (key != "optim.lr", key != "train.batch_size")))


def looks(seeds: int) -> int:
    """Return how often a search of so many seeds a rate may look at two rates: with two seeds each, with three, and so on."""
    return max(1, seeds - 1)


def looks_of(resolved: Mapping[str, Any]) -> int | None:
    """Return the same of a resolved preset, as study.json has it; None unless it searches."""
    sweep = resolved.get("sweep") or {}
    if sweep.get("search", "none") == "none":
        return None
    return looks(len(sweep.get("seeds") or ()) or sweep.get("replicates", 1))


def value_of(spec: RunSpec, key: str) -> Any:
    """Return what a run has for a dotted key, or for `variant`; None if its model or optimizer has no such key."""
    return spec.variant if key == "variant" else lookup(spec.config, key)


def lookup(config: RunConfig, dotted: str) -> Any:
    """Return the value of a dotted key, or None if this run's model or optimizer has no such key."""
    value: Any = config
    for part in dotted.split("."):
        own = extras(value)
        value = own[part] if part in own else getattr(value, part, None)
    return value
