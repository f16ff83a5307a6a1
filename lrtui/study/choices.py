"""Which keys of a preset take one of a few values, and which."""

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from lrtui.study.schema import COMPONENTS, RunConfig, SweepConfig, table_keys


def choices(dotted: str, info: FieldInfo) -> tuple[str, ...]:
    """Return the values of a key that takes one of a few, as they are typed; an empty one if it may be left out."""
    table, key = dotted.split(".")
    if key == "name" and table in COMPONENTS:
        return tuple(COMPONENTS[table])
    if info.annotation is bool:
        return ("false", "true")
    if get_origin(info.annotation) is Literal:
        return tuple(value for value in get_args(info.annotation) if isinstance(value, str))
    if dotted == "optim.lr":
        return ()
    inner = [part for part in get_args(info.annotation) if get_origin(part) is Literal]
    return ("", *get_args(inner[0])) if inner else ()


def settable() -> dict[str, list[str]]:
    """Return every key that `--set` takes, with its few values if it takes one of a few."""
    found: dict[str, list[Any]] = {}
    for table in RunConfig.model_fields:
        for key, info in table_keys(table).items():
            found[f"{table}.{key}"] = [value for value in choices(f"{table}.{key}", info) if value]
    for key, info in SweepConfig.model_fields.items():
        found.setdefault(f"sweep.{key}", [value for value in choices(f"sweep.{key}", info) if value])
    return found
