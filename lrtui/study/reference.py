"""The reference of every key a preset can hold, written from the schema. `docs/presets.md` ends with it."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from lrtui.study.schema import COMPONENTS, TABLES, HeadConfig, PublishedConfig, SweepConfig
from lrtui.text import format_value

_KINDS = {"string": "string", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
_PLURALS = {"integer": "whole numbers"}


def reference_markdown() -> str:
    """Return a Markdown section with a table of keys for every table of a preset: type and range, default, meaning."""
    tables: list[type[BaseModel]] = [HeadConfig, TABLES["data"]]
    for components in COMPONENTS.values():
        tables += components.values()
    tables += [TABLES["train"], TABLES["indicators"], SweepConfig, PublishedConfig]
    return "\n\n".join(["## Every key", *(_section(table) for table in tables)]) + "\n"


def _section(table: type[BaseModel]) -> str:
    heading, _, text = (table.__doc__ or "").partition(": ")
    rows = "\n".join(_rows(table))
    return f"### {heading}\n\n{text[0].upper()}{text[1:]}\n\n| key | value | default | meaning |\n|---|---|---|---|\n{rows}"


def _rows(table: type[BaseModel]) -> Iterator[str]:
    schema = table.model_json_schema()
    required = schema.get("required", ())
    for key, field in schema["properties"].items():
        if "const" not in field:  # the component's name is in the heading
            default = "*required*" if key in required else _default(field.get("default"))
            yield f"| `{key}` | {_value(field)} | {default} | {field['description']} |"


def _value(field: dict[str, Any]) -> str:
    (kind,) = (one for one in field.get("anyOf", [field]) if one.get("type") != "null")
    if "enum" in kind:
        return ", ".join(f"`{choice}`" for choice in kind["enum"])
    if kind["type"] == "array":
        atoms = kind["items"]
        return ", ".join(filter(None, (f"list of {_PLURALS[atoms['type']]}", _range(atoms), _length(kind))))
    return ", ".join(filter(None, (_KINDS[kind["type"]], _range(kind), _length(kind))))


def _range(kind: dict[str, Any]) -> str:
    bounds = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
    return " and ".join(f"{sign} {kind[name]:,.12g}" for name, sign in bounds if name in kind)


def _length(kind: dict[str, Any]) -> str:
    return "not empty" if kind.get("minItems") or kind.get("minLength") else ""


def _default(value: Any) -> str:
    if value is None or value == "":
        return "none"
    return f"`{value if isinstance(value, list) else format_value(value)}`"


if __name__ == "__main__":
    print(reference_markdown(), end="")
