"""What checkpoints cost. `python bench/checkpoints.py [mlp] [cnn]`; real MNIST and CIFAR-10 needed.

One epoch of a run of the paper is trained, then its checkpoint is made and written, again and again. A lane makes one at most
every `train.checkpoint_seconds`; the share is that of making it (in the lane) and writing it (in the writing thread) in the
time from one to the next: as many whole epochs as take at least so long.
"""

import json
import math
import statistics
import sys
import tempfile
import time
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import torch
from common import load

from lrtui import paths
from lrtui.data.load import load as load_data
from lrtui.engine.device import processor_name, usable_cores
from lrtui.store.folder import write_whole
from lrtui.train.loop import Training
from lrtui.train.tensors import TrainingData

TIMES = 20
STUDIES = {"mlp": "paper/mlp-mnist", "cnn": "paper/cnn-cifar10"}


def measure(name: str, optimizer: str) -> dict[str, object]:
    """Return the figures of one run, one thread."""
    spec = load(STUDIES[name], "optim.lr=0.01", f"optim.name={optimizer}", "sweep.replicates=1", "train.epochs=2").runs[
        0
    ]
    data = TrainingData.place(
        load_data(spec.config.data, paths.data_dir()), spec.config.model.layout, torch.device("cpu")
    )
    training = Training(spec, data)
    records = training.run(SimpleNamespace(step=0), Event())
    next(records)
    epoch = next(records).seconds
    made, written = [], []
    with tempfile.TemporaryDirectory(dir=Path()) as folder:
        for _ in range(TIMES):
            began = time.perf_counter()
            content = training.checkpoint()
            made.append(time.perf_counter() - began)
            began = time.perf_counter()
            write_whole(Path(folder) / "run.safetensors", content)
            written.append(time.perf_counter() - began)
    every = spec.config.train.checkpoint_seconds
    apart = max(1, math.ceil(every / epoch)) * epoch
    cost = statistics.median(made) + statistics.median(written)
    return {
        "run": f"{STUDIES[name]}, {optimizer}",
        "bytes": len(content),
        "made_ms": round(1e3 * statistics.median(made), 2),
        "written_ms": round(1e3 * statistics.median(written), 2),
        "epoch_s": round(epoch, 2),
        "apart_s": round(apart, 2),
        "share_percent": round(100 * cost / apart, 3),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    figures = [measure(name, optimizer) for name in sys.argv[1:] or STUDIES for optimizer in ("sgd", "adam")]
    machine = f"{processor_name()}, {usable_cores()} cores"
    print(json.dumps({"machine": machine, "torch": torch.__version__, "share (at most 1 %)": figures}, indent=2))
