"""Checking values against the schema, and saying what pydantic found in words a person can act on."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from lrtui.study.combinations import senseless
from lrtui.study.components import forms_of
from lrtui.study.datasets import DATA
from lrtui.study.fields import NO_COMPONENT, Strict
from lrtui.study.problems import MOST, Complaint, nearest, shown, unknown_key
from lrtui.study.schema import COMPONENTS, DEFAULT_COMPONENTS, RunConfig, table_keys
from lrtui.study.toml_lines import KeyPath
from lrtui.study.torchvision_names import TORCHVISION
from lrtui.text import one_of

_Table = TypeVar("_Table", bound=Strict)

RunCheck = Callable[[RunConfig], Iterable[Complaint]]
"""What looks at a run that is right by itself, and knows more than the schema does."""

_EXPECTED = {
    "greater_than": "must be greater than {gt:,.12g}",
    "greater_than_equal": "must be at least {ge:,.12g}",
    "less_than": "must be less than {lt:,.12g}",
    "less_than_equal": "must be at most {le:,.12g}",
    "finite_number": "must be a finite number",
    "float_type": "expected a number",
    "rate_type": 'expected a number or "find"',
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "string_type": "expected a string",
    "string_too_short": "must not be empty",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "model_type": "expected a table",
    "too_short": "needs at least {min_length} item",
    "too_long": "has at most {max_length:,} items",
}


_ONE_NUMBER = ("float_type", "rate_type", "int_type")


def check_run(tables: Mapping[str, Any], misfits: RunCheck | None = None) -> tuple[RunConfig | None, list[Complaint]]:
    """Return the run that `[data]`, `[model]`, … describe, or None and every complaint about them, those of `misfits` too."""
    whole = {"data": {}, **{kind: {} for kind in COMPONENTS}, **tables}
    for kind, name in DEFAULT_COMPONENTS.items():
        if isinstance(whole[kind], dict):
            whole[kind] = {"name": _task_of(whole["data"]) if kind == "task" else name, **whole[kind]}
    try:
        config = RunConfig.model_validate(whole)
    except ValidationError as error:
        complaints: list[Complaint] = []
        for detail in error.errors(include_url=False):
            complaints.append(_run_complaint(detail, whole, guess=len(complaints) < MOST))
            if detail["type"] == NO_COMPONENT:
                kind = str(detail["loc"][0])
                complaints += _whatever_the_component(kind, whole[kind])
        return None, complaints
    complaints = list(senseless(config))
    if misfits is not None and not complaints:
        complaints = list(misfits(config))
    return (None, complaints) if complaints else (config, [])


def _task_of(data: Any) -> str:
    """Return the task that a `[data]` table is for where none is named."""
    name = data.get("name") if isinstance(data, dict) else None
    only = DATA[name].task if isinstance(name, str) and name in DATA else ""
    return only or DEFAULT_COMPONENTS["task"]


def check_table(
    model: type[_Table], values: Mapping[str, Any], prefix: KeyPath
) -> tuple[_Table | None, list[Complaint]]:
    """Return the table of a `model` with one set of keys, or None and every complaint; it stands at `prefix`."""
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, [
            _table_complaint(detail, prefix, list(model.model_fields), guess=number < MOST)
            for number, detail in enumerate(error.errors(include_url=False))
        ]


def belongs_to(kind: str, key: str) -> list[str]:
    """Return the components of `kind` (`optim`: sgd, adam, …) that have this key."""
    return [name for name, component in COMPONENTS[kind].items() if key in component.model_fields]


def not_of(kind: str, name: str, key: str, *, guess: bool = True) -> str:
    """Return the message for a key that `name` does not have."""
    if others := belongs_to(kind, key):
        return f"{name} has no such key; it belongs to {one_of(others)}"
    return unknown_key((kind, key), table_keys(kind, name), guess=guess)


def _run_complaint(detail: Any, tables: Mapping[str, Any], *, guess: bool) -> Complaint:
    table, *rest = detail["loc"]
    if detail["type"] == "value_error" and not rest:
        return _of_several_keys((table,), detail)
    if detail["type"] == NO_COMPONENT:
        return (table, "name"), _component_expected(table, detail["input"])
    if not rest:
        return (table,), f"expected a table, got {shown(detail['input'])}"
    if detail["type"] == "extra_forbidden" and table in COMPONENTS:
        return (table, *rest), not_of(table, tables[table]["name"], rest[0], guess=guess)
    return (table, *rest), _in_words(detail, siblings=list(table_keys(table)), guess=guess)


def _table_complaint(detail: Any, prefix: KeyPath, siblings: Sequence[str], *, guess: bool) -> Complaint:
    if detail["type"] == "value_error" and not detail["loc"]:
        return _of_several_keys(prefix, detail)
    return (*prefix, *detail["loc"]), _in_words(detail, siblings, guess=guess)


def _of_several_keys(prefix: KeyPath, detail: Any) -> Complaint:
    """Return the message of a validator of the whole table at `prefix`; it names the key to blame before a colon."""
    message = str(detail["ctx"]["error"])
    key, colon, rest = message.partition(": ")
    return ((*prefix, key), rest) if colon else (prefix, message)


def _component_expected(kind: str, values: Mapping[str, Any]) -> str:
    components, given = COMPONENTS[kind], values.get("name")
    if "name" not in values:
        return f"missing; expected {one_of(list(components))}"
    if isinstance(given, str) and set(given) & set("./:\\") and (forms := forms_of(components)):
        folder = "; a folder ends with /" if kind == "data" and "." not in given.rpartition("/")[2] else ""
        return f"expected {one_of([*components, *forms])}, got {shown(given)}{folder}"
    more = list(TORCHVISION) if kind == "model" else []
    message = _expected_one_of(list(components), given, more)
    if (
        kind == "data"
        and isinstance(given, str)
        and given
        and not difflib.get_close_matches(given, components, 1, 0.75)
    ):
        return f"{message}{'' if message.endswith('?') else ';'} a folder of images is written {shown(f'{given}/')}"
    return message


def _whatever_the_component(kind: str, values: Any) -> list[Complaint]:
    """Return what is wrong with the other keys of a table whose `name` is missing or wrong, the likeliest component first."""
    if not isinstance(values, dict):
        return []
    meant = nearest(str(values.get("name", "")), COMPONENTS[kind])
    left = {key: value for key, value in values.items() if key != "name"}
    complaints: list[Complaint] = []
    for rank, name in enumerate(sorted(COMPONENTS[kind], key=lambda name: name != meant)):
        fields = COMPONENTS[kind][name].model_fields
        mine = {key: left.pop(key) for key in list(left) if key in fields}
        found = check_table(COMPONENTS[kind][name], {"name": name, **mine}, (kind,))[1]
        complaints += [
            complaint for complaint in found if rank == 0 or complaint[0][1:2] == () or complaint[0][1] in mine
        ]
    keys = table_keys(kind)
    unknown = [key for key in left if key not in keys]
    return complaints + [
        ((kind, key), unknown_key((kind, key), keys, guess=number < MOST)) for number, key in enumerate(unknown)
    ]


def _in_words(detail: Any, siblings: Sequence[str] = (), *, guess: bool = True) -> str:
    kind, context, got = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "extra_forbidden":
        return unknown_key([str(part) for part in detail["loc"]], siblings, guess=guess)
    if kind == "missing":
        return "missing; it has no default"
    if kind == "literal_error":
        return _expected_one_of(_choices(context["expected"]), got)
    if kind == "value_error":
        return str(context["error"])
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else detail["msg"].lower()
    if kind == "too_short" and context["min_length"] > 1:
        expected += "s"
    several = "; several values to try stand in [sweep]" if kind in _ONE_NUMBER and isinstance(got, list) else ""
    return f"{expected}, got {shown(got)}{several}"


def _choices(expected: str) -> list[str]:
    return [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",")]


def _expected_one_of(names: Sequence[str], got: Any, more: Sequence[str] = ()) -> str:
    """Return the message; what was meant may be one of `more` names too, which are too many to list."""
    found = nearest(got, [*names, *more]) if isinstance(got, str) else None
    hint = f"; did you mean {found}?" if found else ""
    return f"expected {one_of(names)}, got {shown(got)}{hint}"
