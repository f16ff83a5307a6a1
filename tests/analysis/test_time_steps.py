"""The words for what ails a recurrent layer through time."""

import math
from collections.abc import Sequence

from lrtui.analysis.health import decades, ills, sentence
from lrtui.study.diagnostics import HealthConfig
from lrtui.study.records import LayerRecord

CONFIG = HealthConfig()


def record(layer: int, name: str, gradient: float, step: int | None = None) -> LayerRecord:
    return LayerRecord(1, 2, layer, name, 10, 0.1, 0.9, None, None, None if step else 10, gradient, None, step)


def network(*steps: Sequence[float], kernels: float = 1e-3) -> list[LayerRecord]:
    """Return the records of a network with a recurrent layer for each list of gradients, one a step."""
    made = []
    for number, gradients in enumerate(steps, 1):
        made += [record(2 * number - 1, f"rnn {number} input", kernels)]
        made += [record(2 * number, f"rnn {number} recurrent", kernels)]
        for step, gradient in enumerate(gradients, 1):
            made.append(
                record(2 * number, f"step {step}" if len(steps) == 1 else f"rnn {number} step {step}", gradient, step)
            )
    return [*made, record(2 * len(steps) + 1, "output", kernels)]


def test_gradients_that_vanish_through_time_are_said_by_step() -> None:
    found = network([1 / 400, 1 / 200, 0.5, 1.0])
    assert sentence(found, CONFIG) == "steps 1–2: gradients up to 400 times smaller than at the last: vanishing"
    (ill,) = ills(found, CONFIG)
    assert (ill.kind, ill.layers, ill.steps_of) == ("vanishing", (1, 2), 2)


def test_gradients_that_explode_through_time_are_said_by_step() -> None:
    assert (
        sentence(network([500.0, 2.0, 1.0]), CONFIG) == "step 1: gradients 500 times larger than at the last: exploding"
    )


def test_another_step_is_named_if_the_worst_is_compared_with_it() -> None:
    assert (
        sentence(network([1e-3, 1.0, 0.5]), CONFIG) == "step 1: gradients 1,000 times smaller than at step 2: vanishing"
    )


def test_steps_are_not_compared_with_kernels_nor_with_other_layers() -> None:
    assert sentence(network([1.0, 2.0], [1e3, 2e3], kernels=1e-6), CONFIG) == (
        "healthy: gradients of all layers within a factor of 1.0, through time within 2.0"
    )


def test_of_several_layers_the_one_is_named() -> None:
    assert sentence(network([1.0, 2.0], [1e-3, 1.0]), CONFIG).startswith("rnn 2, step 1: gradients 1,000 times smaller")


def test_what_is_no_number_is_said_of_steps_too() -> None:
    found = network([math.nan, 1.0])
    assert sentence(found, CONFIG) == "step 1: activations or gradients are no longer numbers: overflow"
    assert decades(found) is None


def test_decades_are_those_of_the_layers_or_of_the_steps() -> None:
    assert decades(network([1e-4, 1.0])) == 4
    assert decades(network([1.0, 1.0])) == 0
    assert decades(network([0.0, 1.0])) == math.inf
