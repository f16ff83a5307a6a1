"""The reference of every key a preset can hold, written from the schema. `docs/presets.md` ends with it."""

import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from lrtui.study.optimizers import GroupConfig
from lrtui.study.schema import COMPONENTS, TABLES, HeadConfig, PublishedConfig, RunConfig, SweepConfig
from lrtui.text import format_value

_KINDS = {"string": "string", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
_PLURALS = {"string": "names", "integer": "whole numbers", "number": "numbers"}


def reference_markdown() -> str:
    """Return a Markdown section with a table of keys for every table of a preset: type and range, default, meaning."""
    tables: list[type[BaseModel]] = [HeadConfig]
    for table in RunConfig.model_fields:
        tables += dict.fromkeys(COMPONENTS[table].values()) if table in COMPONENTS else [TABLES[table]]
        tables += [GroupConfig] if table == "optim" else []
    tables += [SweepConfig, PublishedConfig]
    return "\n\n".join(["## Every key", *(_section(table) for table in tables)]) + "\n"


def _section(table: type[BaseModel]) -> str:
    heading, _, text = inspect.cleandoc(table.__doc__ or "").partition(": ")
    paragraphs = f"### {heading}\n\n{text[0].upper()}{text[1:]}"
    rows = list(_rows(table))
    if not rows:
        return paragraphs
    return "\n".join([paragraphs, "", "| key | value | default | meaning |", "|---|---|---|---|", *rows])


def _rows(table: type[BaseModel]) -> Iterator[str]:
    schema = table.model_json_schema()
    required = schema.get("required", ())
    for key, field in schema["properties"].items():
        if "const" not in field:  # the component's name is in the heading
            default = "*required*" if key in required else _default(field.get("default"))
            meaning = field["description"].replace("|", r"\|")
            yield f"| `{key}` | {_value(field)} | {default} | {meaning} |"


def _value(field: dict[str, Any]) -> str:
    (kind,) = (one for one in field.get("anyOf", [field]) if one.get("type") != "null")
    if "enum" in kind:
        return ", ".join(f"`{choice}`" for choice in kind["enum"])
    if kind["type"] == "array":
        atoms = kind["items"]
        if "$ref" in atoms:
            return "list of tables, not empty"
        return ", ".join(filter(None, (f"list of {_PLURALS[atoms['type']]}", _range(atoms), _length(kind))))
    text = ", ".join(filter(None, (_KINDS[kind["type"]], _range(kind), _length(kind))))
    return f"{text}, or `{kind['or']}`" if "or" in kind else text


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
