"""The toolbox beside the same things written by hand. Real CIFAR-10 needed under $LRTUI_DATA; `keras` needs Keras.

`python bench/toolbox.py [epoch] [keras] [steps] [health] [inference] [--images N] [--repeats N] [--only WORD]`

What is compared trains in turn: an epoch of one, then an epoch of the other. An epoch is its steps and the validation after
it; an epoch of lrtui also carries gradient norms, the poll for stop and its record. One thread.
"""

import argparse
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from types import SimpleNamespace

os.environ["KERAS_BACKEND"] = "torch"

import handwritten_deep as by_hand
import torch
from common import alternate, load, ratio, say, timed
from techniques import TECHNIQUES, Technique
from torch import nn

from lrtui import paths
from lrtui.data.load import load as load_data
from lrtui.nn import folding, models
from lrtui.study.spec import RunSpec
from lrtui.train import evaluation, loop, mc_dropout, seeds
from lrtui.train.health import HealthProbe
from lrtui.train.tensors import TrainingData

B, C, E = "exercise8/b-elu-nadam", "exercise8/c-batchnorm", "exercise8/e-alpha-dropout"
VALIDATED = 250
"""Images that validate where steps are compared."""
SAMPLES = 10
"""Passes of MC dropout."""

Candidate = Callable[[], float]


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    images: int | None
    repeats: int
    only: str


def spec_of(preset: str, epochs: int, *overrides: str) -> RunSpec:
    return load(preset, f"train.epochs={epochs}", "sweep.replicates=1", *overrides).runs[0]


def place(spec: RunSpec) -> TrainingData:
    data = load_data(spec.config.data, paths.data_dir())
    return TrainingData.place(data, spec.config.model.layout, torch.device("cpu"))


def limited(images: int | None) -> tuple[str, ...]:
    return () if images is None else (f"data.train_limit={images}",)


def epochs_of_lrtui(spec: RunSpec, data: TrainingData) -> Candidate:
    """Return what trains the next epoch and tells its seconds, without what comes before and after training."""
    records = loop.train(spec, data, SimpleNamespace(step=0), Event())
    begun = False

    def epoch() -> float:
        nonlocal begun
        if not begun:
            next(records)
            begun = True
        return timed(lambda: next(records))

    return epoch


def epoch(options: Options) -> None:
    """An epoch of exercise8/b-elu-nadam, health measured, against the loop with torch.optim.NAdam, one thread."""
    spec = spec_of(B, options.repeats + 1, *limited(options.images))
    data, model = place(spec), by_hand.network()
    loop_by_hand = by_hand.train(model, data, by_hand.nadam(model), best={})
    times = alternate(
        {"lrtui": epochs_of_lrtui(spec, data), "by hand": lambda: timed(lambda: next(loop_by_hand))}, options.repeats
    )
    title = f"{epoch.__doc__} {len(data.train_labels):,} images"
    say(title, times, {"lrtui / by hand (at most 1.10)": ratio(times, "lrtui", "by hand")})


def keras_fit(options: Options) -> None:
    """An epoch of exercise8/b-elu-nadam, health measured, against Keras `fit` (torch backend), one thread."""
    import keras

    spec = spec_of(B, options.repeats + 1, *limited(options.images or 10_000))
    data = place(spec)
    keras.utils.set_random_seed(by_hand.SEED)
    hidden = [
        keras.layers.Dense(by_hand.WIDTH, activation="elu", kernel_initializer="he_normal")
        for _ in range(by_hand.DEPTH)
    ]
    model = keras.Sequential([keras.layers.Input((by_hand.INPUTS,)), *hidden, keras.layers.Dense(by_hand.CLASSES)])
    model.compile(
        optimizer=keras.optimizers.Nadam(1e-3, epsilon=1e-7),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    arrays = [tensor.numpy() for tensor in (data.train_images, data.train_labels, data.val_images, data.val_labels)]

    def fit() -> None:
        model.fit(*arrays[:2], batch_size=by_hand.BATCH, epochs=1, validation_data=tuple(arrays[2:]), verbose=0)

    times = alternate({"lrtui": epochs_of_lrtui(spec, data), "Keras": lambda: timed(fit)}, options.repeats)
    title = f"{keras_fit.__doc__} {len(data.train_labels):,} images"
    say(title, times, {"Keras / lrtui": ratio(times, "Keras", "lrtui")})


def steps(options: Options) -> None:
    """Milliseconds per step with each technique, one thread."""
    images = options.images or 6400
    chosen = [each for each in TECHNIQUES if options.only in each.name]
    chosen = [each for each in TECHNIQUES if each in chosen or each.name in {one.without for one in chosen}]
    base = ("health.measure=false", "early_stopping.patience=1000", "early_stopping.restore_best=false")
    size = (f"data.val_limit={VALIDATED}", *limited(images))
    per_epoch = -(-images // by_hand.BATCH)
    placed: dict[object, TrainingData] = {}
    candidates: dict[str, Candidate] = {}
    for technique in chosen:
        spec = spec_of(B, options.repeats + 1, *base, *size, *technique.overrides)
        if spec.config.data not in placed:
            placed[spec.config.data] = place(spec)
        data = placed[spec.config.data]
        epochs = technique.by_hand(data, per_epoch * (options.repeats + 1))
        candidates[f"lrtui, {technique.name}"] = epochs_of_lrtui(spec, data)
        candidates[f"by hand, {technique.name}"] = partial(timed, partial(next, epochs))
    times = alternate(candidates, options.repeats)
    print(f"{steps.__doc__} {images:,} images in batches of {by_hand.BATCH}, {options.repeats} turns\n")
    print("| technique | lrtui | added | by hand | added | ratio | range |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for technique in chosen:
        print(row(technique, times, per_epoch), flush=True)


def row(technique: Technique, times: dict[str, list[float]], per_epoch: int) -> str:
    """Return a technique's line: medians in ms per step, what the technique adds to the row without it, the ratio."""

    def cells(way: str) -> str:
        with_it = times[f"{way}, {technique.name}"]
        without = times[f"{way}, {technique.without}"]
        added = statistics.median(a - b for a, b in zip(with_it, without, strict=True))
        said = "" if technique.name == technique.without else f"{1000 * added / per_epoch:+.3f}"
        return f"{1000 * statistics.median(with_it) / per_epoch:.3f} | {said}"

    found = ratio(times, f"lrtui, {technique.name}", f"by hand, {technique.name}")
    span = f"{found['min']:.2f}–{found['max']:.2f}"
    return f"| {technique.name} | {cells('lrtui')} | {cells('by hand')} | {found['median']:.2f} | {span} |"


class TimedProbe(HealthProbe):
    """The health probe with a clock on it."""

    seconds = 0.0

    def before_step(self) -> None:
        TimedProbe.seconds += timed(super().before_step)

    def after_step(self) -> None:
        TimedProbe.seconds += timed(super().after_step)

    def measure(self, epoch: int) -> object:
        found = []
        TimedProbe.seconds += timed(lambda: found.append(super(TimedProbe, self).measure(epoch)))
        return found[0]


def health(options: Options) -> None:
    """Seconds of an epoch of exercise8/b-elu-nadam, and of them those that measuring health takes, one thread."""
    loop.HealthProbe = TimedProbe
    spec = spec_of(B, options.repeats + 1, *limited(options.images))
    data = place(spec)
    train = epochs_of_lrtui(spec, data)
    taken: list[float] = []

    def epoch_and_health() -> float:
        TimedProbe.seconds = 0.0
        seconds = train()
        taken.append(TimedProbe.seconds)
        return seconds

    train_times = alternate({"epoch": epoch_and_health}, options.repeats)
    times = {"epoch": train_times["epoch"], "health": taken[1:]}
    title = f"{health.__doc__} {len(data.train_labels):,} images"
    say(title, times, {"health / epoch (under 0.02)": ratio(times, "health", "epoch")})


def inference(options: Options) -> None:
    """A pass over the test images: batch normalization folded or not (8c); MC dropout per sample (8e), one thread."""
    data, stop = place(spec_of(E, 1, "data.train_limit=100")), Event()
    normalized = models.build(spec_of(C, 1).config.model, data.shape, data.classes, seeds.initialization(1)).eval()
    network = models.build(
        spec_of(E, 1).config.model,
        data.shape,
        data.classes,
        seeds.initialization(1),
        seeds.noise(1, torch.device("cpu")),
    )
    folded = folding.fold(normalized).eval()
    other = by_hand.network(nn.SELU, dropout=nn.AlphaDropout(0.1))

    @torch.inference_mode()
    def predict(model: nn.Module) -> None:
        for images, _ in evaluation.batches(data, data.test_images, data.test_labels):
            model(images)

    def mc() -> None:
        mc_dropout.mc_dropout(network, data, SAMPLES, seeds.mc(1, torch.device("cpu")), stop)

    times = alternate(
        {
            "with batch normalization": lambda: timed(lambda: predict(normalized)),
            "folded": lambda: timed(lambda: predict(folded)),
            "deterministic": lambda: timed(
                lambda: evaluation.evaluate(network, data, data.test_images, data.test_labels, stop)
            ),
            "MC dropout, per sample": lambda: timed(mc) / SAMPLES,
            "MC dropout by hand, per sample": lambda: (
                timed(lambda: by_hand.mc_dropout(other, data.test_images, SAMPLES)) / SAMPLES
            ),
        },
        options.repeats,
    )
    say(
        inference.__doc__,
        times,
        {
            "folded / with batch normalization": ratio(times, "folded", "with batch normalization"),
            "a sample of MC dropout / deterministic": ratio(times, "MC dropout, per sample", "deterministic"),
            "MC dropout, lrtui / by hand (at most 1.1)": ratio(
                times, "MC dropout, per sample", "MC dropout by hand, per sample"
            ),
        },
    )


BENCHMARKS = {"epoch": epoch, "keras": keras_fit, "steps": steps, "health": health, "inference": inference}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="|".join(BENCHMARKS), help="which ones; all if none is named")
    parser.add_argument(
        "--images", type=int, help="train on the first N images (default: all; keras 10,000; steps 6,400)"
    )
    parser.add_argument("--repeats", type=int, default=7, help="turns, after one that does not count")
    parser.add_argument("--only", default="", metavar="WORD", help="of steps: the techniques whose name has WORD in it")
    said = parser.parse_args()
    if unknown := set(said.names) - set(BENCHMARKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    for name in said.names or BENCHMARKS:
        BENCHMARKS[name](Options(said.images, said.repeats, said.only))
