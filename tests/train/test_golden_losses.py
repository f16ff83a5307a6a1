"""Losses of tiny runs as they were: a change of what training computes does not go unnoticed.

`lrtui.train.numerics.NUMERICS` says which computation a run was trained with; whoever changes these losses on purpose
raises it, so that no study takes over a run of the computation before. `LRTUI_UPDATE_GOLDEN=1` writes the losses anew.
The tolerance is for other CPUs and builds of torch.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import torch

from lrtui.data.load import load
from lrtui.study.records import EpochRecord
from lrtui.study.spec import Study
from lrtui.train.loop import train
from lrtui.train.numerics import NUMERICS
from lrtui.train.tensors import TrainingData

GOLDEN = Path(__file__).parents[1] / "golden" / "losses.json"
CNN = ("model.name=cnn", "model.channels=[4, 4]", "model.dense=[8]")
CASES = {
    "mlp": (),
    "cnn": CNN,
    "sgd": ("optim.momentum=0.9", "optim.nesterov=true"),
    "adam": ("optim.name=adam",),
    "nadam": ("optim.name=nadam",),
    "adamw": ("optim.name=adamw",),
    "rmsprop": ("optim.name=rmsprop", "optim.momentum=0.5"),
    "adagrad": ("optim.name=adagrad",),
    "onecycle": ("optim.momentum=0.9", "schedule.name=onecycle"),
    "batch-norm": (*CNN, "model.batch_norm=before", "model.batch_norm_momentum=0.9"),
    "dropout": ("model.activation=selu", "model.init=lecun", "model.dropout=0.2", "model.dropout_kind=alpha"),
    "rrelu": ("model.activation=rrelu", "model.init=he", "model.init_distribution=truncated"),
    "penalties": ("regularization.l2=0.01", "regularization.l1=1e-3", "regularization.max_norm=1.0", "optim.clip_norm=0.5"),
    "gradual": ("pruning.name=gradual", "pruning.target=0.8", "pruning.every=5"),
}  # fmt: skip


def losses(study: Study) -> list[float]:
    """Return training and validation loss of every epoch of the study's first run, in turn."""
    spec = study.runs[0]
    data = TrainingData.place(load(spec.config.data, None), spec.config.model.layout, torch.device("cpu"))
    records = train(spec, data, SimpleNamespace(step=0), Event())
    epochs = [record for record in records if isinstance(record, EpochRecord)]
    return [loss for record in epochs for loss in (record.train_loss, record.val_loss)]


@pytest.mark.parametrize("name", CASES)
def test_losses_are_those_kept(name: str, tiny: Callable[..., Study]) -> None:
    measured = losses(tiny("optim.lr=0.02", "train.epochs=2", *CASES[name]))
    if os.environ.get("LRTUI_UPDATE_GOLDEN"):
        kept = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        kept = kept if kept.get("numerics") == NUMERICS else {}
        GOLDEN.write_text(json.dumps(kept | {"numerics": NUMERICS, name: measured}, indent=1) + "\n")
    golden = json.loads(GOLDEN.read_text())
    assert golden["numerics"] == NUMERICS
    assert measured == pytest.approx(golden[name], rel=1e-6)
