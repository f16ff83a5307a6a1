"""lrtui beside the hand-written loop. `python bench/training.py [single] [sweep] [cnn]`; real MNIST and CIFAR-10 needed."""

import sys

import handwritten
import torch
from common import alternate, load, ratio, say, timed, train_with_lrtui

from lrtui import paths
from lrtui.data.load import load as load_data

REPEATS = 5


def by_hand(spec: object, data: object, make: object) -> None:
    torch.manual_seed(spec.seed)
    handwritten.train(make(), data, lr=spec.lr, seed=spec.seed, epochs=spec.epochs)


def single() -> None:
    """One run of paper/mlp-mnist-1e-2, 2 epochs, 1 lane."""
    study = load("paper/mlp-mnist-1e-2", "train.epochs=2", "sweep.replicates=1")
    data = load_data(study.runs[0].config.data, paths.data_dir())
    times = alternate(
        {
            "lrtui": lambda: train_with_lrtui(study, lanes=1),
            "by hand": lambda: timed(lambda: by_hand(study.runs[0], data, handwritten.mlp)),
        },
        REPEATS,
    )
    say(single.__doc__, times, {"lrtui / by hand (at most 1.05)": ratio(times, "lrtui", "by hand")})


def sweep() -> None:
    """The sweep paper/mlp-mnist (15 runs), 2 epochs, 2 lanes, against the loop run 15 times on one thread."""
    study = load("paper/mlp-mnist", "train.epochs=2")
    data = load_data(study.runs[0].config.data, paths.data_dir())

    def one_after_another() -> None:
        for spec in study.runs:
            by_hand(spec, data, handwritten.mlp)

    times = alternate(
        {"lrtui": lambda: train_with_lrtui(study, lanes=2), "by hand": lambda: timed(one_after_another)},
        REPEATS,
        warm_up=False,
    )
    say(sweep.__doc__, times, {"throughput, lrtui / by hand (at least 1.6)": ratio(times, "by hand", "lrtui")})


def cnn() -> None:
    """One run of paper/cnn-cifar10, 1 epoch, 1 thread, against the loop in contiguous layout."""
    study = load("paper/cnn-cifar10", "train.epochs=1", "optim.lr=0.01", "sweep.replicates=1")
    data = load_data(study.runs[0].config.data, paths.data_dir())
    times = alternate(
        {
            "lrtui": lambda: train_with_lrtui(study, lanes=1),
            "by hand": lambda: timed(lambda: by_hand(study.runs[0], data, handwritten.cnn)),
        },
        REPEATS,
    )
    say(cnn.__doc__, times, {"speed, lrtui / by hand (at least 1.4)": ratio(times, "by hand", "lrtui")})


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[1:] or ["single", "sweep", "cnn"]:
        {"single": single, "sweep": sweep, "cnn": cnn}[name]()
