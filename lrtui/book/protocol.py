"""What published figures presume, and how a run departs from it: the paper's protocol, or the preset as it is."""

from lrtui.study.schema import RunConfig
from lrtui.study.spec import Study
from lrtui.text import count, shown_value

EPOCHS = 30
BATCH_SIZE = 64
RATES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
DATASETS = ("mnist", "cifar10")

_ANY_WAY = (
    "sweep.replicates",
    "sweep.seeds",
    "sweep.variants",
    "sweep.order",
    "health.",
    "title",
    "note",
    "source",
    "question",
    "experiment",
)
"""What may be changed of a preset and leave its runs what they are: how many, what else is measured, what it is called."""
_FURTHER = {
    "schedule": "a schedule",
    "regularization": "regularization",
    "early_stopping": "early stopping",
    "pruning": "pruning",
}
"""Tables whose defaults are the paper's."""
_MODELS = ("mlp", "cnn")
"""The paper's networks are the defaults of both models."""


def reservations(study: Study, config: RunConfig) -> tuple[str, ...]:
    """Return why a run of the study is not what its published figures are about.

    Figures that stand for the preset as it is (`protocol = "own"`) presume that nobody changed it; the others, the
    paper's protocol.
    """
    if study.protocol == "paper":
        return departures(config)
    changed = changes(study)
    return (f"changed: {', '.join(changed)}",) if changed else ()


def changes(study: Study) -> tuple[str, ...]:
    """Return the overrides that make the study's runs other than its preset's, `KEY=VALUE` each."""
    return tuple(override for override in study.overrides if not override.startswith(_ANY_WAY))


def departures(config: RunConfig) -> tuple[str, ...]:
    """Return in what a run departs from the paper, a few words each; nothing if it follows it.

    Optimizer, learning rate, seed, and which of the data sets are the study's questions, not departures.
    """
    found = []
    epochs = config.train.epochs
    if epochs < EPOCHS:
        found.append(f"{epochs} of {EPOCHS} epochs")
    elif epochs > EPOCHS:
        found.append(f"{count(epochs, 'epoch')} instead of {EPOCHS}")
    if config.train.batch_size != BATCH_SIZE:
        found.append(f"batch size {config.train.batch_size} instead of {BATCH_SIZE}")
    if config.model.name in _MODELS:
        fields = type(config.model).model_fields
        found += [
            f"{key} {shown_value(value)} instead of {shown_value(fields[key].default)}"
            for key, value in config.model
            if key != "name" and value != fields[key].default
        ]
    else:
        found.append(f"a model that the paper does not have: {config.model.name}")
    for table, words in _FURTHER.items():
        if getattr(config, table) != RunConfig.model_fields[table].default:
            found.append(f"with {words}")
    if config.optim.clip_value is not None or config.optim.clip_norm is not None:
        found.append("with gradient clipping")
    if config.data.validation != "test":
        found.append(f"{config.data.validation} {count(config.data.validation_count, 'training image')} validate")
    if config.data.scale != "unit":
        found.append("pixels not scaled to [0, 1]")
    if config.data.train_limit is not None:
        found.append(f"first {count(config.data.train_limit, 'training image')}")
    if config.data.val_limit is not None:
        found.append(f"first {count(config.data.val_limit, 'validation image')}")
    return tuple(found)
