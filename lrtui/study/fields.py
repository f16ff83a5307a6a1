"""What the tables of a preset are made of: their base classes, and the types of values that recur."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

MAX_IMAGES = 10_000_000


class Strict(BaseModel):
    """Base of every table: strict types, frozen, unknown keys refused, no NaN or infinity."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Component(Strict):
    """Base of a table whose `name` decides which other keys it has."""

    bases_share: ClassVar[bool] = False
    """Whether the keys of its base classes are for whichever of its kind, and no part of what it is itself."""

    name: str


NO_COMPONENT = "no_component"
"""The type of pydantic's error if a table names no component that there is."""


def by_name(components: Mapping[str, type[Component]]) -> PlainValidator:
    """Return what validates a table with the component that it names; one added to `components` counts at once."""

    def validate(value: Any) -> Component:
        if isinstance(value, Component):
            return value
        if not isinstance(value, dict):
            raise PydanticKnownError("model_type", {"class_name": "table"})
        name = value.get("name")
        if not isinstance(name, str) or name not in components:
            raise PydanticCustomError(NO_COMPONENT, "names no component")
        return components[name].model_validate(value)

    return PlainValidator(validate)


def as_tuple(value: Any) -> Any:
    """Return a TOML list as a tuple, anything else as it is."""
    return tuple(value) if isinstance(value, list) else value


def _rate(value: Any) -> float | Literal["find"]:
    """Return a learning rate, or `find`."""
    if value == "find":
        return "find"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("rate_type", "expected a learning rate")
    if not math.isfinite(value):
        raise PydanticKnownError("finite_number")
    if value <= 0:
        raise PydanticKnownError("greater_than", {"gt": 0})
    return float(value)


Width = Annotated[int, Field(ge=1, le=65536)]
Widths = Annotated[tuple[Width, ...], BeforeValidator(as_tuple)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(as_tuple), Field(min_length=1)]
Images = Annotated[int, Field(ge=1, le=MAX_IMAGES)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Counts = Annotated[tuple[Count, ...], BeforeValidator(as_tuple)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Positives = Annotated[tuple[Positive, ...], BeforeValidator(as_tuple)]
Rate = Annotated[
    float | Literal["find"],
    PlainValidator(_rate),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "or": "find"}),
]
