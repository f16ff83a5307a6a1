"""The words for what ails a network's layers."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from lrtui.analysis.health import ills, layers_text, sentence
from lrtui.study.diagnostics import HealthConfig
from lrtui.study.records import LayerRecord

CONFIG = HealthConfig()


def layers(gradients: Sequence[float]) -> list[LayerRecord]:
    """Return one sound record per gradient RMS, the last one the output layer's."""
    return [
        LayerRecord(
            run=1,
            epoch=2,
            layer=index + 1,
            name="output" if index == len(gradients) - 1 else f"dense {index + 1}",
            units=10,
            activation_mean=0.1,
            activation_sd=0.9,
            dead=None,
            saturated=None,
            distinct_units=10,
            gradient_rms=gradient,
            update_ratio=1e-3,
        )
        for index, gradient in enumerate(gradients)
    ]


def test_healthy() -> None:
    assert ills(layers([1e-3, 2e-3, 4e-3]), CONFIG) == ()
    assert sentence(layers([1e-3, 2e-3, 4e-3]), CONFIG) == "healthy: gradients of all layers within a factor of 4.0"


def test_vanishing_is_said_as_the_guide_would() -> None:
    found = layers([1 / 400, 1 / 200, 0.009, 0.5, 1.0])
    assert sentence(found, CONFIG) == "layers 1–3: gradients up to 400 times smaller than at the top: vanishing"


def test_compared_with_the_largest_layer_above_not_only_with_the_output() -> None:
    (ill,) = ills(layers([0.05, 0.001, 0.4, 0.2]), CONFIG)
    assert (ill.kind, ill.layers, ill.than) == ("vanishing", (2,), 3)
    assert ill.worst == pytest.approx(400)
    assert ill.sentence == "layer 2: gradients 400 times smaller than in layer 3: vanishing"


def test_exploding() -> None:
    assert (
        sentence(layers([13000.0, 50.0, 1.0]), CONFIG)
        == "layer 1: gradients 13,000 times larger than at the top: exploding"
    )
    assert "3e9 times larger" in sentence(layers([3e9, 50.0, 1.0]), CONFIG)


def test_no_gradient_at_all_is_vanishing() -> None:
    assert sentence(layers([0.0, 0.0, 1e-3]), CONFIG) == "layers 1–2: gradients zero: vanishing"
    assert sentence(layers([0.0, 0.0]), CONFIG) == "layers 1–2: gradients zero: vanishing"


def test_dead_and_saturated_from_the_threshold_on() -> None:
    found = layers([1.0, 1.0, 1.0, 1.0])
    found = [replace(one, dead=share) for one, share in zip(found, [0.49, 0.5, 0.62, None], strict=True)]
    assert sentence(found, CONFIG) == "layers 2–3: up to 62 % of the units never positive: dead"
    found = [replace(one, dead=None, saturated=share) for one, share in zip(found, [0.88, 0.2, 0.1, None], strict=True)]
    assert sentence(found, CONFIG) == "layer 1: 88 % of the outputs at a bound: saturated"
    assert ills(found, HealthConfig(saturated=0.9)) == ()


def test_units_that_are_all_alike() -> None:
    found = layers([1.0, 1.0, 1.0])
    found[0] = replace(found[0], distinct_units=1)
    found[1] = replace(found[1], distinct_units=1, units=1)
    assert sentence(found, CONFIG) == "layer 1: all units have the same weights: one unit would do"


def test_overflow_is_judged_by_nothing_else() -> None:
    found = layers([math.nan, 1.0, 1.0])
    found[1] = replace(found[1], activation_sd=math.inf, dead=1.0)
    assert sentence(found, CONFIG) == "layers 1–2: activations or gradients are no longer numbers: overflow"


def test_several_ills_are_all_said() -> None:
    found = layers([1e-4, 1.0])
    found[0] = replace(found[0], saturated=1.0)
    assert [ill.kind for ill in ills(found[::-1], CONFIG)] == ["vanishing", "saturated"]
    assert sentence(found, CONFIG).count(";") == 1


def test_without_records_nothing_is_said() -> None:
    assert sentence([], CONFIG) == ""


def test_layers_are_named_in_ranges() -> None:
    assert layers_text([3]) == "layer 3"
    assert layers_text([1, 2, 3, 6]) == "layers 1–3, 6"
