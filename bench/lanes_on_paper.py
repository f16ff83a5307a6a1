"""What lanes would give on more cores than there are here, by simulation: as threads of one process, and as processes.

`python bench/lanes_on_paper.py`; real MNIST needed under $LRTUI_DATA. The interpreter's share of a step is measured: a step of
the paper's MLP beside the same step with a network and a batch so small that nothing but the interpreter and calls are left.
A lane then alternates between so long with the interpreter's lock, in pieces, and so long without; threads wait for one
another's lock, processes do not.
"""

import heapq
import random
import statistics
import time
from collections.abc import Sequence
from threading import Event

import torch

from lrtui.data.load import load
from lrtui.paths import data_dir
from lrtui.study import preset
from lrtui.train.loop import Training
from lrtui.train.tensors import TrainingData

TURNS = 5
PIECES = 40
"""Times that a step takes the lock: about its calls into torch."""
LANES = (1, 2, 4, 8, 16)


class Steps:
    """Counts for nobody."""

    step = evaluated = 0


def step_seconds(*overrides: str) -> float:
    """Return the seconds of a step of an epoch of the paper's MLP on MNIST, on one thread."""
    study = preset.load("paper/mlp-mnist-1e-2", ["data.name=mnist", *overrides])
    spec = study.runs[0]
    data = TrainingData.place(load(spec.config.data, data_dir()), "flat", torch.device("cpu"))
    training = Training(spec, data)
    started = time.perf_counter()
    training._train_epoch(1, Steps(), Event())
    return (time.perf_counter() - started) / -(-len(data.train_labels) // spec.batch_size)


def throughput(lanes: int, share: float, *, locked: bool, steps: int = 400) -> float:
    """Return steps in the time of one, of lanes that hold the lock for `share` of a step, each a core of its own."""
    random.seed(1)
    free_at, done, clock = 0.0, 0, 0.0
    events: list[tuple[float, int, int]] = [(random.random() / PIECES, lane, 0) for lane in range(lanes)]
    while done < steps * lanes:
        clock, lane, piece = heapq.heappop(events)
        begin = max(clock, free_at) if locked else clock
        end = begin + share / PIECES
        if locked:
            free_at = end
        done += piece == PIECES - 1
        heapq.heappush(events, (end + random.expovariate(PIECES / (1 - share)), lane, (piece + 1) % PIECES))
    return done / clock


def main(limits: Sequence[str] = ("data.train_limit=3200", "data.val_limit=10")) -> None:
    """Measure the share, simulate, and print both."""
    torch.set_num_threads(1)
    empty = ("model.hidden=[1]", "train.batch_size=1", "data.train_limit=300", "data.val_limit=10")
    shares = []
    for turn in range(-1, TURNS):
        whole, calls = step_seconds(*limits), step_seconds(*empty)
        if turn >= 0:
            shares.append(calls / whole)
    share = statistics.median(shares)
    print(f"the interpreter's share of a step: {share:.2f} ({min(shares):.2f} to {max(shares):.2f})")
    for lanes in LANES:
        as_threads, as_processes = (throughput(lanes, share, locked=locked) for locked in (True, False))
        print(f"{lanes:>2} lanes: threads {as_threads:.1f} x one, processes {as_processes:.1f} x")


if __name__ == "__main__":
    main()
