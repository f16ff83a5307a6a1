"""What tells the scenarios of a study from each other: decided here for tables, sentences and pictures."""

from collections.abc import Mapping, Sequence

from lrtui.text import shown_value

Coordinates = Mapping[str, object]
"""What a scenario is: variant, model, dataset, …, then the other swept keys, dotted."""


def telling(scenarios: Sequence[Coordinates]) -> list[str]:
    """Return the keys whose values differ between scenarios, in their order; what a variant fixes goes without saying."""
    varying = [key for key in next(iter(scenarios), {}) if _differs(key, scenarios)]
    if "variant" not in varying:
        return varying
    by_variant: dict[object, list[Coordinates]] = {}
    for scenario in scenarios:
        by_variant.setdefault(scenario["variant"], []).append(scenario)
    groups = by_variant.values()
    return [key for key in varying if key == "variant" or any(_differs(key, group) for group in groups)]


def coordinate_text(key: str, value: object) -> str:
    """Return `relu`, `momentum 0.9`, `batch 32`, `hidden 64-32`; empty if the scenario has no such coordinate."""
    if value is None:
        return ""
    text = shown_value(value)
    if isinstance(value, str) and text[:1].isalpha():
        return text
    return f"{key.rpartition('.')[2].removesuffix('_size')} {text}"


def _differs(key: str, scenarios: Sequence[Coordinates]) -> bool:
    return len({scenario[key] for scenario in scenarios}) > 1
