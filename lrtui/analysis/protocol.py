"""The paper's protocol, and how a run departs from it."""

from lrtui.study.networks import CnnConfig, MlpConfig
from lrtui.study.schema import RunConfig
from lrtui.text import format_value

EPOCHS = 30
BATCH_SIZE = 64
RATES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
DATASETS = ("mnist", "cifar10")
PAIRS = (("mlp", "mnist"), ("cnn", "cifar10"))
"""The model/data pairs with published figures."""

_MODELS = {"mlp": MlpConfig(), "cnn": CnnConfig()}
"""The paper's networks are the defaults of both models."""


def departures(config: RunConfig, epochs: int) -> tuple[str, ...]:
    """Return in what a run that trained `epochs` epochs departs from the paper, a few words each; nothing when it follows it.

    Optimizer, learning rate, seed, and which of the data sets are the study's questions, not departures.
    """
    found = []
    if epochs < EPOCHS:
        found.append(f"{epochs} of {EPOCHS} epochs")
    elif epochs > EPOCHS:
        found.append(f"{epochs} epochs instead of {EPOCHS}")
    if config.train.batch_size != BATCH_SIZE:
        found.append(f"batch size {config.train.batch_size} instead of {BATCH_SIZE}")
    for key, said in config.model:
        usual = getattr(_MODELS[config.model.name], key)
        if said != usual:
            found.append(f"{key} {format_value(said)} instead of {format_value(usual)}")
    if config.data.scale != "unit":
        found.append("pixels not scaled to [0, 1]")
    if config.data.train_limit is not None:
        found.append(f"first {config.data.train_limit} training images")
    if config.data.val_limit is not None:
        found.append(f"first {config.data.val_limit} validation images")
    return tuple(found)
