"""The loop gives what the textbook loop gives, records it rightly, and stops when told."""

import math
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lrtui.data.load import Dataset, load
from lrtui.study.records import EpochRecord, Outcome
from lrtui.study.spec import RunSpec, Study
from lrtui.train import seeds
from lrtui.train.loop import train
from lrtui.train.tensors import TrainingData


def data_for(spec: RunSpec) -> tuple[TrainingData, Dataset]:
    dataset = load(spec.config.data, None)
    return TrainingData.place(dataset, spec.config.model.layout, torch.device("cpu")), dataset


def counter() -> SimpleNamespace:
    return SimpleNamespace(step=0)


def trained(spec: RunSpec) -> tuple[list[EpochRecord], Outcome]:
    """Return the records and the outcome of a whole run."""
    *records, outcome = train(spec, data_for(spec)[0], counter(), Event())
    assert isinstance(outcome, Outcome)
    assert all(isinstance(record, EpochRecord) for record in records)
    return records, outcome


def figures(records: list[EpochRecord]) -> list[tuple[float, ...]]:
    """Return what does not depend on the clock."""
    return [(r.epoch, r.train_loss, r.train_accuracy, r.val_loss, r.val_accuracy, r.lr) for r in records]


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
    "rmsprop": (torch.optim.RMSprop, {"eps": 1e-7, "alpha": 0.9}, ["optim.name=rmsprop", "optim.eps_inside=false"]),
    "adagrad": (torch.optim.Adagrad, {"eps": 1e-7}, ["optim.name=adagrad", "optim.eps_inside=false"]),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_trains_like_the_textbook_loop(name: str, tiny: Callable[..., Study]) -> None:
    optimizer_class, settings, overrides = OPTIMIZERS[name]
    spec = tiny("optim.lr=0.01", *overrides).runs[1]
    data, dataset = data_for(spec)
    *records, _ = train(spec, data, counter(), Event())
    expected = textbook(spec, dataset, optimizer_class, **settings)
    ours = [(r.train_loss, r.train_accuracy, r.val_loss, r.val_accuracy) for r in records]
    assert ours == [pytest.approx(row, rel=1e-4) for row in expected]
    assert [r.epoch for r in records] == [0, 1, 2, 3]


def test_the_cnn_in_channels_last_trains_like_the_textbook_loop(tiny: Callable[..., Study]) -> None:
    spec = tiny("model.name=cnn", "optim.lr=0.05", "train.epochs=2").runs[0]
    data, dataset = data_for(spec)
    *records, _ = train(spec, data, counter(), Event())
    ours = [(r.train_loss, r.train_accuracy, r.val_loss, r.val_accuracy) for r in records]
    assert ours == [pytest.approx(row, rel=1e-3) for row in textbook(spec, dataset, torch.optim.SGD)]


def test_the_last_partial_batch_is_kept_and_counted(tiny: Callable[..., Study]) -> None:
    spec = tiny("optim.lr=1e-12", "data.train_limit=33", "train.epochs=1").runs[0]
    data, _ = data_for(spec)
    progress = counter()
    before, after, _ = train(spec, data, progress, Event())
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
    *records, _ = trained(tiny("optim.lr=1e20", "train.stop_on_nan=false").runs[0])[0]
    assert len(records) == 3
    assert math.isfinite(records[0].val_loss)
    assert not math.isfinite(records[-1].val_loss)


@pytest.mark.parametrize(
    "said",
    [
        (),
        ("early_stopping.patience=3", "early_stopping.monitor=val_accuracy"),
        ("schedule.name=performance", "schedule.patience=1", "schedule.monitor=train_accuracy"),
        ("health.measure=true",),
        ("pruning.name=gradual", "pruning.target=0.5", "pruning.every=1"),
        ("pruning.name=after", "pruning.target=0.5"),
        ("model.dropout=0.2", "mc_dropout.samples=2", "model.batch_norm=before"),
        ("schedule.name=onecycle", "optim.momentum=0.9"),
    ],
)
def test_a_run_ends_with_a_loss_that_is_not_finite_and_has_no_accuracy_then(
    said: tuple[str, ...], tiny: Callable[..., Study]
) -> None:
    said = ("optim.lr=1e38", "train.epochs=9", "regularization.l2=1e3", *said)
    records, outcome = trained(tiny(*said).runs[0])
    assert [record.epoch for record in records] == [0, 1]
    last = records[-1]
    assert math.isnan(last.val_loss)
    assert math.isnan(last.val_accuracy)
    assert math.isnan(last.train_loss) == math.isnan(last.train_accuracy)
    assert not outcome.stopped_early
    assert outcome.kept_epoch == 1
    for loss, accuracy in ((outcome.val_loss, outcome.val_accuracy), (outcome.test_loss, outcome.test_accuracy)):
        assert math.isnan(loss)
        assert math.isnan(accuracy)
    assert outcome.unpruned_accuracy is None or math.isnan(outcome.unpruned_accuracy)
    assert outcome.mc is None or (math.isnan(outcome.mc.loss) and math.isnan(outcome.mc.accuracy))
    assert outcome.folded is None or math.isnan(outcome.folded.difference)

    whole, _ = trained(tiny(*said, "train.stop_on_nan=false").runs[0])
    assert figures(whole[:2])[0] == figures(records)[0]
    assert len(whole) == (5 if "early_stopping.patience=3" in said else 10)


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


def test_epoch_0_counts_the_images_it_looks_at(tiny: Callable[..., Study]) -> None:
    spec = tiny("data.train_limit=600").runs[0]
    data, looked = data_for(spec)[0], []

    class Counter:
        step = 0

        @property
        def evaluated(self) -> int:
            return looked[-1]

        @evaluated.setter
        def evaluated(self, images: int) -> None:
            looked.append(images)

    first = next(train(spec, data, Counter(), Event()))
    assert isinstance(first, EpochRecord)
    images = len(data.train_labels) + len(data.val_labels)
    assert looked[:3] == [0, 250, 500], "batch by batch"
    assert looked[3] == 600, "the validation images after those to train on"
    assert looked == sorted(looked)
    assert images - 250 <= looked[-1] < images


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


def test_early_stopping_ends_the_run_and_keeps_the_best_weights(tiny: Callable[..., Study]) -> None:
    said = [
        "optim.lr=0.5",
        "train.epochs=60",
        "data.train_limit=64",
        "data.validation=last",
        "data.validation_count=200",
    ]
    records, outcome = trained(tiny(*said, "early_stopping.patience=4").runs[0])
    best = min(records[1:], key=lambda record: record.val_loss)
    assert outcome.stopped_early
    assert len(records) < 61
    assert records[-1].epoch == best.epoch + 4
    assert outcome.kept_epoch == best.epoch
    assert (outcome.val_loss, outcome.val_accuracy) == (best.val_loss, best.val_accuracy)

    all_records, last = trained(tiny(*said, "early_stopping.patience=4", "early_stopping.restore_best=false").runs[0])
    assert figures(all_records) == figures(records)
    assert last.kept_epoch == records[-1].epoch
    assert last.val_loss == records[-1].val_loss


def test_the_test_images_are_others_than_those_that_validate(tiny: Callable[..., Study]) -> None:
    _, outcome = trained(tiny("data.validation=first", "data.validation_count=200").runs[0])
    assert outcome.test_loss != outcome.val_loss
    records, outcome = trained(tiny().runs[0])
    assert (outcome.test_loss, outcome.test_accuracy) == (outcome.val_loss, outcome.val_accuracy)
    assert outcome.val_loss == records[-1].val_loss
    assert 0 < outcome.test_entropy <= math.log(10)


def test_the_rates_used_are_recorded(tiny: Callable[..., Study]) -> None:
    spec = tiny("optim.lr=0.1", "schedule.name=onecycle", "train.epochs=4").runs[0]  # 10 steps an epoch
    records, _ = trained(spec)
    assert [record.lr_first for record in records[1:]] == [pytest.approx(lr) for lr in (0.01, 0.055, 0.1, 0.055)]
    assert records[0].lr == pytest.approx(0.01)
    assert [record.momentum_first for record in records[1:]] == [pytest.approx(m) for m in (0.95, 0.9, 0.85, 0.9)]
    assert records[2].lr == pytest.approx(0.1 - 0.09 / 20)
    assert all(record.lr == 0.1 and record.lr_first is None for record in trained(tiny("optim.lr=0.1").runs[0])[0])


def test_measuring_health_changes_nothing_else(tiny: Callable[..., Study]) -> None:
    said = [
        "model.dropout=0.2",
        "model.batch_norm=before",
        "model.activation=rrelu",
        "optim.name=nadam",
        "mc_dropout.samples=3",
    ]
    plain, without = trained(tiny(*said).runs[0])
    watched, with_health = trained(tiny(*said, "health.measure=true").runs[0])
    assert figures(watched) == figures(plain)
    assert with_health.test_loss == without.test_loss
    assert without.mc is not None and with_health.mc is not None
    assert with_health.mc.loss == without.mc.loss
    assert [len(record.layers) for record in watched] == [2] * 4
    assert watched[0].layers[0].update_ratio is None
    assert all(layer.update_ratio > 0 for record in watched[1:] for layer in record.layers)


@pytest.mark.parametrize(
    "said",
    [
        ["model.dropout=0.3", "model.dropout_where=everywhere"],
        ["model.dropout=0.1", "model.dropout_kind=alpha", "model.activation=selu"],
        ["model.activation=rrelu"],
        ["model.name=cnn", "model.dropout=0.3", "model.batch_norm=after"],
    ],
    ids=["dropout", "alpha dropout", "rrelu", "cnn"],
)
def test_noise_is_the_run_s_own(said: list[str], tiny: Callable[..., Study]) -> None:
    spec, other = (study_run for study_run in tiny(*said, "optim.lr=0.05", "train.epochs=2").runs)
    before = torch.get_rng_state()
    first = figures(trained(spec)[0])
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert figures(trained(spec)[0]) == first
    assert figures(trained(other)[0]) != first


def test_batch_normalization_is_folded_after_training(tiny: Callable[..., Study]) -> None:
    _, outcome = trained(tiny("model.batch_norm=before", "model.batch_norm_inputs=true").runs[0])
    assert outcome.folded is not None
    assert outcome.folded.difference < 1e-5
    assert outcome.folded.seconds > 0
    assert trained(tiny().runs[0])[1].folded is None


def test_pruning_after_training_and_during_it(tiny: Callable[..., Study]) -> None:
    records, after = trained(tiny("pruning.name=after", "pruning.target=0.5").runs[0])
    assert after.sparsity == pytest.approx(0.5, abs=0.01)
    assert after.unpruned_accuracy == records[-1].val_accuracy
    _, gradual = trained(tiny("pruning.name=gradual", "pruning.target=0.8", "pruning.every=2").runs[0])
    assert gradual.sparsity == pytest.approx(0.8, abs=0.01)
    assert gradual.unpruned_accuracy is None
    assert trained(tiny().runs[0])[1].sparsity == 0


def test_penalties_bounds_and_clipping_act_on_the_training(tiny: Callable[..., Study]) -> None:
    plain, _ = trained(tiny("optim.lr=0.1").runs[0])
    for said in (
        "regularization.l2=0.1",
        "regularization.l1=0.01",
        "regularization.max_norm=0.3",
        "optim.clip_norm=0.1",
    ):
        changed, _ = trained(tiny("optim.lr=0.1", said).runs[0])
        assert changed[0].val_loss == plain[0].val_loss
        assert changed[-1].train_loss > plain[-1].train_loss, said  # each of them holds the weights back


def test_a_found_rate_is_the_one_trained_with(tiny: Callable[..., Study]) -> None:
    given, _ = trained(tiny("optim.lr=0.03").runs[0])
    found, _ = trained(replace(tiny("optim.lr=find").runs[0], found_lr=0.03))
    assert figures(found) == figures(given)


def test_stop_is_seen_after_training_too(tiny: Callable[..., Study]) -> None:
    spec = tiny("model.dropout=0.2", "mc_dropout.samples=100000").runs[0]
    data, _ = data_for(spec)
    stop = Event()
    records = []
    for record in train(spec, data, counter(), stop):
        records.append(record)
        if record.epoch == spec.epochs:
            stop.set()
    assert [record.epoch for record in records] == [0, 1, 2, 3]
