"""Which layers begin with torchvision's weights, in words: as a preset has it, or as a study has found it."""

from collections.abc import Iterable

from lrtui.study.model_config import ModelConfig
from lrtui.study.pretrained import CLASSES, of_torchvision, weights_called
from lrtui.study.spec import RunSpec
from lrtui.text import count


def beginnings(runs: Iterable[RunSpec]) -> list[str]:
    """Return a line for every network and what it begins with: what is recorded of it, else what will be."""
    told: dict[str, None] = {}
    for spec in runs:
        model = spec.config.model
        if model.start is not None and of_torchvision(model.start):
            start = model.begins_with
            layers = start.layers if start is not None and start.layers else _planned(model, _classes(spec))
            told[f"{model.name} begins with torchvision's {weights_called(model.start)}: {layers}"] = None
    return list(told)


def _planned(model: ModelConfig, classes: int | None) -> str:
    if model.start_layers is not None:
        return f"the first {count(model.start_layers, 'layer')}; what is behind is drawn"
    if classes is None:
        return f"all layers; the last is drawn unless it has {CLASSES:,} outputs"
    return "all layers" if classes == CLASSES else f"all layers but the last, which is drawn for {classes:,} classes"


def _classes(spec: RunSpec) -> int | None:
    try:
        return spec.config.data.classes if spec.config.task.labels == "classes" else None
    except ValueError:  # of own data that nobody has read yet
        return None
