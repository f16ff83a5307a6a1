"""The loop gives what the textbook loop gives, records it rightly, and stops when told."""

import math
from collections.abc import Callable
from threading import Event
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lrtui.data.load import Dataset, load
from lrtui.nn.models import layout
from lrtui.study.spec import RunSpec, Study
from lrtui.train import seeds
from lrtui.train.loop import train
from lrtui.train.tensors import TrainingData


def data_for(spec: RunSpec) -> tuple[TrainingData, Dataset]:
    dataset = load(spec.config.data, None)
    return TrainingData.place(dataset, layout(spec.config.model), torch.device("cpu")), dataset


def counter() -> SimpleNamespace:
    return SimpleNamespace(step=0)


def textbook(spec: RunSpec, dataset: Dataset, optimizer_class: type, **settings: float) -> list[tuple[float, ...]]:
    """Return (train loss, train accuracy, val loss, val accuracy) per epoch, with nothing of lrtui but the order."""
    torch.manual_seed(spec.seed)
    features = dataset.train_images[0].numel()
    if spec.model == "mlp":
        model = nn.Sequential(nn.Flatten(), nn.Linear(features, 16), nn.ReLU(), nn.Linear(16, 10))
    else:
        channels, side = dataset.train_images.shape[1], dataset.train_images.shape[2] // 4
        model = nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * side * side, 128), nn.ReLU(), nn.Linear(128, 10),
        )  # fmt: skip
    optimizer = optimizer_class(model.parameters(), lr=spec.lr, **settings)

    def evaluate(images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        with torch.no_grad():
            logits = model(images)
            return cross_entropy(logits, labels).item(), 100 * (logits.argmax(1) == labels).double().mean().item()

    rows = [(*evaluate(dataset.train_images, dataset.train_labels), *evaluate(dataset.val_images, dataset.val_labels))]
    for epoch in range(1, spec.epochs + 1):
        losses, right = 0.0, 0
        for batch in seeds.order(spec.seed, epoch, len(dataset.train_labels)).split(spec.batch_size):
            logits = model(dataset.train_images[batch])
            loss = cross_entropy(logits, dataset.train_labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses += loss.item() * len(batch)
            right += int((logits.argmax(1) == dataset.train_labels[batch]).sum())
        count = len(dataset.train_labels)
        rows.append((losses / count, 100 * right / count, *evaluate(dataset.val_images, dataset.val_labels)))
    return rows


OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {}, []),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}, ["optim.momentum=0.9"]),
    "nesterov": (
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True},
        ["optim.momentum=0.9", "optim.nesterov=true"],
    ),
    "adam": (torch.optim.Adam, {"eps": 1e-7}, ["optim.name=adam"]),
    "adamw": (torch.optim.AdamW, {"eps": 1e-7, "weight_decay": 0.01}, ["optim.name=adamw"]),
    "nadam": (torch.optim.NAdam, {"eps": 1e-7, "momentum_decay": 0.004}, ["optim.name=nadam"]),
    "rmsprop": (torch.optim.RMSprop, {"eps": 1e-7, "alpha": 0.9}, ["optim.name=rmsprop"]),
    "adagrad": (torch.optim.Adagrad, {"eps": 1e-7}, ["optim.name=adagrad"]),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_trains_like_the_textbook_loop(name: str, tiny: Callable[..., Study]) -> None:
    optimizer_class, settings, overrides = OPTIMIZERS[name]
    spec = tiny("optim.lr=0.01", *overrides).runs[1]
    data, dataset = data_for(spec)
    records = list(train(spec, data, counter(), Event()))
    expected = textbook(spec, dataset, optimizer_class, **settings)
    ours = [(r.train_loss, r.train_accuracy, r.val_loss, r.val_accuracy) for r in records]
    assert ours == [pytest.approx(row, rel=1e-4) for row in expected]
    assert [r.epoch for r in records] == [0, 1, 2, 3]


def test_the_cnn_in_channels_last_trains_like_the_textbook_loop(tiny: Callable[..., Study]) -> None:
    spec = tiny("model.name=cnn", "optim.lr=0.05", "train.epochs=2").runs[0]
    data, dataset = data_for(spec)
    records = list(train(spec, data, counter(), Event()))
    ours = [(r.train_loss, r.train_accuracy, r.val_loss, r.val_accuracy) for r in records]
    assert ours == [pytest.approx(row, rel=1e-3) for row in textbook(spec, dataset, torch.optim.SGD)]


def test_the_last_partial_batch_is_kept_and_counted(tiny: Callable[..., Study]) -> None:
    spec = tiny("optim.lr=1e-12", "data.train_limit=33", "train.epochs=1").runs[0]
    data, _ = data_for(spec)
    progress = counter()
    before, after = train(spec, data, progress, Event())
    assert progress.step == 2
    assert after.train_loss == pytest.approx(before.train_loss, rel=1e-6)  # nothing moved, so the means agree
    assert after.train_accuracy == pytest.approx(before.train_accuracy)


def test_the_gradient_norm_is_that_of_the_whole_gradient(tiny: Callable[..., Study]) -> None:
    spec = tiny("optim.lr=0.01", "train.epochs=1", "train.batch_size=320").runs[0]
    data, dataset = data_for(spec)
    record = list(train(spec, data, counter(), Event()))[1]
    torch.manual_seed(spec.seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(dataset.train_images[0].numel(), 16), nn.ReLU(), nn.Linear(16, 10))
    cross_entropy(model(dataset.train_images), dataset.train_labels).backward()
    expected = math.sqrt(sum(float(parameter.grad.pow(2).sum()) for parameter in model.parameters()))
    assert record.grad_norm == pytest.approx(expected, rel=1e-5)


def test_divergence_is_recorded_as_it_is(tiny: Callable[..., Study]) -> None:
    spec = tiny("optim.lr=1e20").runs[0]
    data, _ = data_for(spec)
    records = list(train(spec, data, counter(), Event()))
    assert len(records) == 4
    assert math.isfinite(records[0].val_loss)
    assert not math.isfinite(records[-1].val_loss)


def test_stop_is_seen_within_the_epoch(tiny: Callable[..., Study]) -> None:
    spec = tiny("train.epochs=1000").runs[0]
    data, _ = data_for(spec)
    stop = Event()
    records = []
    for record in train(spec, data, counter(), stop):
        records.append(record)
        if record.epoch == 2:
            stop.set()
    assert [record.epoch for record in records] == [0, 1, 2]


def test_training_leaves_the_global_generator_alone(tiny: Callable[..., Study]) -> None:
    spec = tiny().runs[0]
    data, _ = data_for(spec)
    before = torch.get_rng_state()
    list(train(spec, data, counter(), Event()))
    assert torch.equal(torch.get_rng_state(), before)


def test_every_seed_and_epoch_has_an_order_of_its_own() -> None:
    orders = {tuple(seeds.order(seed, epoch, 50).tolist()) for seed in (0, 1, 2**32 - 1) for epoch in range(1, 20)}
    assert len(orders) == 3 * 19
    assert all(sorted(order) == list(range(50)) for order in orders)
