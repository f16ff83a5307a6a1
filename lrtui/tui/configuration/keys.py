"""The form's fields: which keys of a preset there are, how a value is written in them, and the override an edit means."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import tomli
from pydantic.fields import FieldInfo

from lrtui.study import references
from lrtui.study.choices import choices
from lrtui.study.components import extras
from lrtui.study.machine import DEVICES, ENGINES, is_device
from lrtui.study.schema import COMPONENT_MEANINGS, COMPONENTS, DEFAULT_COMPONENTS, RunConfig, SweepConfig, table_keys
from lrtui.study.spec import Study, lookup
from lrtui.text import shown_rate, shown_value

DEVICE, ENGINE, LANES, KNOWN = "device", "engine", "lanes", "known"
OF_MACHINE = (DEVICE, ENGINE, LANES, KNOWN)
"""The fields that are not the preset's."""
TAKE_OVER, TRAIN_ANEW = "take over", "train anew"
SWEEP, MACHINE = "sweep", "machine"
_FIRST = ("data", "model", "optim", "schedule", "train", SWEEP, MACHINE)
"""What nearly every study sets."""
BY_VARIANT = "by variant"

_FORWARD = {
    "data": ("name",),
    "model": ("name",),
    "optim": ("name", "lr"),
    "pruning": ("name",),
    "train": ("epochs", "batch_size"),
}
"""Keys that are shown whatever their value, in front; of a component also those that are its own, unless they default to none."""
_FORWARD_AFTER_OWN = {"model": ("activation", "init")}
_REARWARD = {"schedule": ("warmup", "per")}
"""Tables all of whose keys are shown but for these."""
TABLES_OF_FILES = ("data.augment", "optim.groups")
"""Keys whose values are tables, which no field holds: they are said in a file, or by --set."""
VARIANTS, SEARCH = "sweep.variants", "sweep.search"
_LISTS = (
    VARIANTS,
    "model.hidden",
    "model.channels",
    "model.dense",
    "data.only",
    "data.features",
    "schedule.boundaries",
    "schedule.factors",
    "inference.dtypes",
)
_SHORT = {
    "batch norm": "bn",
    "momentum": "mom.",
    "dropout": "drop",
    "distribution": "dist.",
    "output": "out.",
    "validation": "val",
    "limit": "lim.",
    "weight": "wt.",
    "period": "per.",
    "restore": "rest.",
    "factor": "fact.",
    "stable": "st.",
    "fluctuation": "fluct.",
    "oscillating": "osc.",
    "oscillations": "oscs.",
    "improving": "impr.",
    "overfitting": "overf.",
    "trend": "tr.",
    "epochs": "ep.",
}
"""Words of keys that are too long for a label."""
LABEL_WIDTH = 10


@dataclass(frozen=True)
class FieldSpec:
    """One field: its key, the text it begins with, and what it may be."""

    key: str
    text: str
    choices: tuple[str, ...] = ()
    help: str = ""
    forward: bool = True
    """Shown before its group is opened."""
    nullable: bool = False
    """May be emptied: the key is then absent."""
    varies: bool = False
    """The preset's variants differ in it."""
    several: bool = True
    """Takes several values: a list, or a sweep over them."""

    @property
    def label(self) -> str:
        """Return a short name."""
        name = self.key.rpartition(".")[2]
        label = "batch" if name == "batch_size" else name.replace("_", " ")
        for word, short in _SHORT.items():
            if len(label) > LABEL_WIDTH:
                label = label.replace(word, short)
        return label if len(label) <= LABEL_WIDTH else f"{label[: LABEL_WIDTH - 1]}…"

    @property
    def group(self) -> str:
        """Return the group it stands in."""
        return MACHINE if self.key in OF_MACHINE else self.key.partition(".")[0]

    @property
    def placeholder(self) -> str:
        """Return what stands where nothing is typed."""
        if self.key == VARIANTS:
            return "all"
        return BY_VARIANT if self.varies else "none" if self.nullable else ""


def groups() -> tuple[str, ...]:
    """Return the groups in the order of the form: what nearly every study sets, then the schema's other tables."""
    return (*_FIRST, *(table for table in RunConfig.model_fields if table not in _FIRST))


def field_specs(study: Study, texts: Mapping[str, str]) -> list[FieldSpec]:
    """Return a field for every key of a preset; `texts` are the present edits, which decide the keys of the components."""
    configs = list({id(spec.config): spec.config for spec in study.runs}.values())
    axes = _axes(study.resolved)
    several = any(spec.variant for spec in study.runs)
    fields = []
    for table in RunConfig.model_fields:
        name = texts.get(f"{table}.name", "")
        for key, info in _keys(table, name, configs, f"{table}.name" in axes).items():
            fields.append(_field(f"{table}.{key}", info, configs, axes, several))
        fields += _taken_specs(table, name, study, configs, axes)
    seen = {field.key for field in fields}
    fields += [FieldSpec(key, _listed(values, key), (), "swept") for key, values in axes.items() if key not in seen]
    sweep = study.resolved.get("sweep", {})
    if "seeds" in sweep:
        fields.append(FieldSpec("sweep.seeds", _listed(sweep["seeds"]), (), "the seed of every replicate"))
    else:
        info = SweepConfig.model_fields["replicates"]
        fields.append(FieldSpec("sweep.replicates", str(len(study.seeds)), (), _help(info), several=False))
    info = SweepConfig.model_fields["order"]
    fields.append(FieldSpec("sweep.order", study.order, get_args(info.annotation), _help(info), several=False))
    fields += _search_specs(study, texts)
    if several:
        fields.append(FieldSpec(VARIANTS, "", (), _help(SweepConfig.model_fields["variants"]), nullable=True))
    return fields


def _taken_specs(
    table: str, name: str, study: Study, configs: Sequence[RunConfig], axes: Mapping[str, list[Any]]
) -> list[FieldSpec]:
    """Return a field for everything that a person's own code takes, as far as its file tells without being run."""
    names = {name} if name else {getattr(getattr(config, table), "name", "") for config in configs}
    own = next(iter(names))
    if len(names) > 1 or f"{table}.name" in axes or not references.is_code(own):
        return []
    fixed = {*table_keys(table, own), "shape", "classes"}
    given = [extras(getattr(config, table)) for config in configs]
    defaults = {key: default for key, default in references.taken(study.folder, own).items() if key not in fixed}
    fields = []
    for key in dict.fromkeys([*defaults, *(key for keys in given for key in keys)]):
        dotted, default = f"{table}.{key}", defaults.get(key)
        values = list({_plain(value): value for keys in given if _simple(value := keys.get(key, default))}.values())
        if dotted not in axes and values:
            varies = len(values) > 1
            told = f"what {references.parts(own)[1]} takes" + (
                "" if default is None else f", {_text(default, dotted)} by itself"
            )
            text = "" if varies else _text(values[0], dotted)
            options = ("false", "true") if isinstance(default, bool) else ()
            fields.append(FieldSpec(dotted, text, options, told, nullable=True, varies=varies))
    return fields


def _simple(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _search_specs(study: Study, texts: Mapping[str, str]) -> list[FieldSpec]:
    """Return whether rates are searched, and if so how."""
    info, sweep = SweepConfig.model_fields, study.resolved.get("sweep", {})
    fields = [
        FieldSpec(SEARCH, study.search, get_args(info["search"].annotation), _help(info["search"]), several=False)
    ]
    if texts.get(SEARCH, study.search).strip() != "none":
        resolution = sweep.get("resolution", info["resolution"].default)
        budget = "" if study.most is None else str(study.most)
        fields += [
            FieldSpec("sweep.resolution", shown_value(resolution), (), _help(info["resolution"]), several=False),
            FieldSpec("sweep.budget", budget, (), _help(info["budget"]), nullable=True, several=False),
        ]
    return fields


def machine_specs(device: str, lanes: int | None) -> list[FieldSpec]:
    """Return the fields that are not the preset's: where it is trained."""
    return [
        FieldSpec(DEVICE, device, DEVICES, "auto takes the GPUs there are; cuda:1 is one of several", several=False),
        FieldSpec(
            ENGINE, "auto", ENGINES, "lanes: run by run; stack: many runs as one; auto: by device", several=False
        ),
        FieldSpec(
            LANES, "auto" if lanes is None else str(lanes), (), "runs side by side; auto: one per core", several=False
        ),
        FieldSpec(
            KNOWN,
            TAKE_OVER,
            (TAKE_OVER, TRAIN_ANEW),
            "runs that a saved study has finished",
            several=False,
        ),
    ]


def variant_lines(study: Study) -> list[tuple[str, list[str]]]:
    """Return the preset's variants, and what each sets that others set otherwise: `optim.lr 5e-4`."""
    firsts = {spec.variant: spec.config for spec in reversed(study.runs) if spec.variant}
    swept = _axes(study.resolved)
    found: list[tuple[str, list[str]]] = [(name, []) for name in reversed(firsts)]
    for table in RunConfig.model_fields:
        keys = dict.fromkeys(key for config in firsts.values() for key in type(getattr(config, table)).model_fields)
        for key in keys:
            dotted = f"{table}.{key}"
            shared = all(key in type(getattr(config, table)).model_fields for config in firsts.values())
            if dotted in swept or len({_plain(lookup(config, dotted)) for config in firsts.values()}) == 1:
                continue
            for name, lines in found:
                value, info = lookup(firsts[name], dotted), type(getattr(firsts[name], table)).model_fields.get(key)
                said = shared or (info is not None and value != info.default)
                if value is not None and said:
                    lines.append(f"{dotted} {_text(value, dotted)}")
    return found


def override(key: str, text: str) -> str:
    """Return `KEY=VALUE` as `preset.load` takes it: `1e-3, 1e-2` sweeps, words need no quotes, nothing takes a key away."""
    if not text.strip():
        return f"{key}="
    parts = [part.strip() for part in _split(text) if part.strip()]
    if key in _LISTS and not any(part.startswith("[") for part in parts):
        return f"{key}=[{', '.join(_value(part) for part in parts)}]"
    if len(parts) == 1 and not (key == "sweep.seeds" or text.rstrip().endswith(",")):
        return f"{key}={_value(parts[0])}"
    return f"{key}=[{', '.join(_value(part) for part in parts)}]"


def field_of(problem_key: str) -> tuple[str, str]:
    """Return the key of the field a problem belongs to, and the variant it is of: `sweep."optim.lr"[2]` → `optim.lr`."""
    key = problem_key.partition("[")[0]
    variant = ""
    if key.startswith("variants."):
        parts = key.removeprefix("variants.").rsplit(".", 2)
        if len(parts) == 3:
            variant, key = parts[0].strip('"'), ".".join(parts[1:])
    if key.startswith('sweep."'):
        return key.removeprefix('sweep."').rstrip('"'), variant
    inner = key.removeprefix("sweep.")
    return (inner if "." in inner else key), variant


def machine_problem(key: str, text: str) -> str:
    """Return what is wrong with a field that is not the preset's; empty when nothing is."""
    text = text.strip()
    if key == DEVICE and not is_device(text):
        return "expected auto, cpu, cuda or cuda:N"
    if key == ENGINE and text not in ENGINES:
        return f"expected {', '.join(ENGINES[:-1])} or {ENGINES[-1]}"
    if key == LANES and text not in ("auto", "") and not (text.isdigit() and int(text) >= 1):
        return "expected a whole number from 1, or auto"
    if key == KNOWN and text not in (TAKE_OVER, TRAIN_ANEW):
        return f"expected {TAKE_OVER} or {TRAIN_ANEW}"
    return ""


def _field(
    dotted: str, info: FieldInfo, configs: Sequence[RunConfig], axes: Mapping[str, list[Any]], several: bool
) -> FieldSpec:
    table, key = dotted.split(".")
    default = None if info.is_required() else info.get_default()
    if key == "name" and table in COMPONENTS:
        default = DEFAULT_COMPONENTS.get(table, "")
    having = [getattr(config, table) for config in configs if key in type(getattr(config, table)).model_fields]
    given = {_plain(getattr(part, key)): getattr(part, key) for part in having}
    if dotted in axes:
        text, varies, differs = _listed(axes[dotted], dotted), False, True
    elif len(given) > 1:
        text, varies, differs = "", several, True
        text = "" if several else _text(default, dotted)
    else:
        value = next(iter(given.values()), default)
        text, varies, differs = _text(value, dotted), False, _plain(value) != _plain(default)
    derived = dotted == "model.hidden" and any(getattr(config.model, "depth", None) for config in configs)
    always = key in (*_FORWARD.get(table, ()), *_FORWARD_AFTER_OWN.get(table, ())) or _own(table, key, info)
    forward = (always and not derived) or (differs and not derived)
    forward = forward or (table in _REARWARD and key not in _REARWARD[table])
    help_text = COMPONENT_MEANINGS[table] if key == "name" and table in COMPONENTS else _help(info)
    return FieldSpec(
        dotted, text, choices(dotted, info), help_text, forward, type(None) in get_args(info.annotation), varies
    )


def _own(table: str, key: str, info: FieldInfo) -> bool:
    """Return whether a key is what only some components of a table have, themselves, and is not none by default."""
    components = list(COMPONENTS.get(table, {}).values())
    having = [component for component in components if key in component.model_fields]
    declared = any(not one.bases_share or key in vars(one).get("__annotations__", ()) for one in having)
    shared = len(having) == len(components) or key in _FORWARD_AFTER_OWN.get(table, ())
    return declared and not shared and info.default is not None


def _axes(resolved: Mapping[str, Any]) -> dict[str, list[Any]]:
    axes: dict[str, list[Any]] = {}
    for key, value in resolved.get("sweep", {}).items():
        if isinstance(value, dict):
            axes.update({f"{key}.{inner}": values for inner, values in value.items()})
        elif key not in SweepConfig.model_fields:
            axes[key] = value
    return axes


def _keys(table: str, name: str, configs: Sequence[RunConfig], swept: bool) -> dict[str, FieldInfo]:
    """Return the keys of a table; where several components are meant, those they share and those the preset sets alike."""
    if table not in COMPONENTS:
        return table_keys(table)
    if not name and not swept:
        names = {getattr(config, table).name for config in configs}
        name = next(iter(names)) if len(names) == 1 else ""
    if name in COMPONENTS[table]:
        return _in_order(table, table_keys(table, name))
    chosen = [part.strip() for part in name.split(",") if part.strip() in COMPONENTS[table]]
    chosen = chosen or sorted({getattr(config, table).name for config in configs})
    shared = set.intersection(*(set(table_keys(table, one)) for one in chosen))
    everything = table_keys(table)
    alike = {key for key in everything if _alike(table, key, configs)}
    return _in_order(table, {key: everything[key] for key in everything if key in shared | alike})


def _in_order(table: str, keys: Mapping[str, FieldInfo]) -> dict[str, FieldInfo]:
    """Return the keys, the name first and those that are shown before the others; without tables, which only files have."""
    keys = {key: info for key, info in keys.items() if f"{table}.{key}" not in TABLES_OF_FILES}
    own = [key for key, info in keys.items() if _own(table, key, info)]
    front = (*_FORWARD.get(table, ("name",)), *own, *_FORWARD_AFTER_OWN.get(table, ()))
    first = [key for key in front if key in keys]
    return {key: keys[key] for key in (*first, *keys)}


def _alike(table: str, key: str, configs: Iterable[RunConfig]) -> bool:
    values = {_plain(getattr(part, key)) for config in configs if hasattr(part := getattr(config, table), key)}
    return len(values) == 1


def _plain(value: Any) -> Any:
    """Return something hashable in which 0 and false differ."""
    return (type(value).__name__, value) if isinstance(value, bool) else value


def _text(value: Any, dotted: str) -> str:
    if value is None:
        return ""
    return _listed(value) if isinstance(value, list | tuple) else _written(value, dotted)


def _listed(values: Any, dotted: str = "") -> str:
    return ", ".join(
        f"[{_listed(value)}]" if isinstance(value, list | tuple) else _written(value, dotted) for value in values
    )


def _written(value: Any, dotted: str) -> str:
    return shown_rate(value) if dotted == "optim.lr" and not isinstance(value, str) else shown_value(value)


def _help(info: FieldInfo) -> str:
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
