"""The form's fields: which keys of a preset it offers, how a value is written in it, and the override an edit means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import tomli

from lrtui.study.schema import COMPONENTS, SweepConfig, table_keys
from lrtui.study.spec import Study
from lrtui.text import format_rate, format_value

_OFFERED = {"data": ("name", "train_limit", "val_limit"), "train": ("epochs", "batch_size")}
_LISTS = ("model.hidden", "model.channels", "model.dense")
_LABELS = {
    "data.name": "data",
    "data.train_limit": "train lim.",
    "data.val_limit": "val limit",
    "model.name": "model",
    "optim.name": "optimizer",
    "train.batch_size": "batch",
    "sweep.replicates": "replicates",
}
DEVICE, LANES = "device", "lanes"


@dataclass(frozen=True)
class FieldSpec:
    """One field: its key, the text it begins with, and what it may be."""

    key: str
    text: str
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def label(self) -> str:
        """Return a short name."""
        return _LABELS.get(self.key, self.key.rpartition(".")[2])


def field_specs(study: Study, texts: Mapping[str, str]) -> list[FieldSpec]:
    """Return the fields for a preset; `texts` are the present edits, which decide the keys of model and optimizer."""
    resolved = study.resolved
    axes = _axes(resolved)
    fields = []
    for table in ("data", "model", "optim", "train"):
        name = texts.get(f"{table}.name", _text(f"{table}.name", resolved, axes, None))
        for key, info in _keys(table, name, resolved).items():
            dotted = f"{table}.{key}"
            fields.append(FieldSpec(dotted, _text(dotted, resolved, axes, info), _choices(dotted, info), _help(info)))
    shown = {field.key for field in fields}
    fields += [FieldSpec(key, _listed(values, key), (), "swept") for key, values in axes.items() if key not in shown]
    sweep = resolved.get("sweep", {})
    if "seeds" in sweep:
        fields.append(FieldSpec("sweep.seeds", _listed(sweep["seeds"]), (), "the seed of every replicate"))
    else:
        info = SweepConfig.model_fields["replicates"]
        fields.append(FieldSpec("sweep.replicates", str(len(study.seeds)), (), _help(info)))
    return fields


def machine_specs(device: str, lanes: int | None) -> list[FieldSpec]:
    """Return the fields that are not the preset's: where it is trained."""
    return [
        FieldSpec(DEVICE, device, ("auto", "cpu", "cuda"), "auto takes a CUDA device where there is one"),
        FieldSpec(LANES, "auto" if lanes is None else str(lanes), (), "runs side by side; auto: one per core"),
    ]


def override(key: str, text: str) -> str:
    """Return `KEY=VALUE` as `preset.load` takes it: `1e-3, 1e-2` sweeps, words need no quotes."""
    parts = [part.strip() for part in _split(text) if part.strip()]
    if key in _LISTS and not any(part.startswith("[") for part in parts):
        return f"{key}=[{', '.join(_value(part) for part in parts)}]"
    if len(parts) == 1 and not (key == "sweep.seeds" or text.rstrip().endswith(",")):
        return f"{key}={_value(parts[0])}"
    return f"{key}=[{', '.join(_value(part) for part in parts)}]"


def field_of(problem_key: str) -> str:
    """Return the key of the field a problem belongs to: `sweep."optim.lr"[2]` → `optim.lr`."""
    key = problem_key.partition("[")[0]
    if key.startswith('sweep."'):
        return key.removeprefix('sweep."').rstrip('"')
    inner = key.removeprefix("sweep.")
    return inner if "." in inner else key


def machine_problem(key: str, text: str) -> str:
    """Return what is wrong with device or lanes; empty when nothing is."""
    text = text.strip()
    if key == DEVICE and text not in ("auto", "cpu", "cuda"):
        return "expected auto, cpu or cuda"
    if key == LANES and text not in ("auto", "") and not (text.isdigit() and int(text) >= 1):
        return "expected a whole number from 1, or auto"
    return ""


def _axes(resolved: Mapping[str, Any]) -> dict[str, list[Any]]:
    axes: dict[str, list[Any]] = {}
    for key, value in resolved.get("sweep", {}).items():
        if isinstance(value, dict):
            axes.update({f"{key}.{inner}": values for inner, values in value.items()})
        elif key not in SweepConfig.model_fields:
            axes[key] = value
    return axes


def _keys(table: str, name: str, resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the offered keys of a table; where several components are swept, those that the preset itself sets."""
    if table in _OFFERED:
        present = resolved.get(table, {})
        optional = ("train_limit", "val_limit")
        keys = table_keys(table)
        return {key: keys[key] for key in _OFFERED[table] if key not in optional or key in present}
    everything = table_keys(table, name)
    everything = {"name": everything["name"], **everything}
    if name in COMPONENTS[table]:
        return everything
    return {key: info for key, info in everything.items() if key in ("name", "lr") or key in resolved.get(table, {})}


def _text(dotted: str, resolved: Mapping[str, Any], axes: Mapping[str, list[Any]], info: Any) -> str:
    if dotted in axes:
        return _listed(axes[dotted], dotted)
    table, key = dotted.split(".")
    value = resolved.get(table, {}).get(key)
    if value is None and info is not None:
        value = info.get_default() if not info.is_required() else ""
    return _listed(value) if isinstance(value, list | tuple) else "" if value is None else _written(value, dotted)


def _listed(values: Any, dotted: str = "") -> str:
    return ", ".join(
        f"[{_listed(value)}]" if isinstance(value, list | tuple) else _written(value, dotted) for value in values
    )


def _written(value: Any, dotted: str) -> str:
    return format_rate(value) if dotted == "optim.lr" else format_value(value)


def _choices(dotted: str, info: Any) -> tuple[str, ...]:
    table, key = dotted.split(".")
    if key == "name" and table in COMPONENTS:
        return tuple(COMPONENTS[table])
    if info.annotation is bool:
        return ("false", "true")
    return tuple(value for value in get_args(info.annotation) if isinstance(value, str))


def _help(info: Any) -> str:
    return info.description or ""


def _split(text: str) -> list[str]:
    """Return the parts between commas that are in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _value(part: str) -> str:
    """Return a TOML value: numbers as they are (`.5` and `1E-3` too), words quoted."""
    try:
        tomli.loads(f"value = {part}")
    except tomli.TOMLDecodeError:
        try:
            return repr(float(part))
        except ValueError:
            return json.dumps(part)
    return part
