"""Sentences on what will train but not do what a person may expect of it."""

from collections.abc import Iterator, Sequence

from lrtui.study.networks import NetworkConfig
from lrtui.study.pretrained import of_torchvision
from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.schema import RunConfig
from lrtui.study.spec import RunSpec

_NAMED = 3
"""Scenarios that are named before the rest is only counted."""


def advice(config: RunConfig) -> tuple[str, ...]:
    """Return the sentences for one run.

    They are about torchvision's weights on images that are not standardized, alpha dropout without SELU, SELU that will not
    normalize itself, and gradual pruning cut short.
    Self-normalization as the guide has it: standardized inputs, LeCun normal weights, SELU, a plain sequence of dense
    layers, no l1, and no dropout but alpha dropout.
    """
    model, found = config.model, []
    if of_torchvision(model.start) and not config.data.standardizes:
        found.append(
            "torchvision's weights were trained on images whose channels have about mean 0 and standard deviation 1; "
            'data.scale = "standardized" comes nearest.'
        )
    if not isinstance(model, NetworkConfig):
        return tuple(found)
    if model.dropout > 0 and model.dropout_kind == "alpha" and not model.properties.self_normalizing:
        found.append(
            f"Alpha dropout keeps mean 0 and standard deviation 1 only under SELU; with {model.activation} it does not."
        )
    if model.properties.self_normalizing and (reasons := list(_in_the_way(config))):
        found.append(f"SELU will not self-normalize: {', '.join(reasons)}.")
    if isinstance(config.pruning, PruneGraduallyConfig) and config.early_stopping.patience is not None:
        found.append(
            f"Gradual pruning reaches its target after {100 * config.pruning.end:g} % of the training (pruning.end); a "
            "network that early stopping ends before that is less sparse."
        )
    return tuple(found)


def advice_on(runs: Sequence[RunSpec]) -> tuple[str, ...]:
    """Return the advice on all runs, each sentence once, after the scenarios that it is for unless it is for all."""
    scenarios: dict[str, dict[str, None]] = {}
    for spec in runs:
        for sentence in advice(spec.config):
            scenarios.setdefault(sentence, {})[spec.scenario] = None
    all_of_them = {spec.scenario for spec in runs} if scenarios else set()
    return tuple(
        sentence if len(names) == len(all_of_them) else f"{_which(list(names))}: {sentence}"
        for sentence, names in scenarios.items()
    )


def _in_the_way(config: RunConfig) -> Iterator[str]:
    model = config.model
    if not config.data.standardizes:
        yield "the inputs are not standardized (data.scale)"
    lecun_normal = model.init == "lecun" and model.init_distribution != "uniform" and model.init_fan in (None, "fan_in")
    if not lecun_normal:
        yield "the weights do not begin as LeCun normal (model.init)"
    if config.regularization.l1 > 0:
        yield "l1 pulls the weights to zero (regularization.l1)"
    if model.dropout > 0 and model.dropout_kind == "standard":
        yield "dropout is not alpha dropout (model.dropout_kind)"
    if model.has_batch_norm:
        yield "batch normalization normalizes in its place (model.batch_norm)"
    if not model.plain_dense:
        yield "the network is not a plain sequence of dense layers (model.name)"


def _which(scenarios: Sequence[str]) -> str:
    shown = ", ".join(scenarios[:_NAMED])
    return shown if len(scenarios) <= _NAMED else f"{shown} and {len(scenarios) - _NAMED} more"
