"""The curvature of the loss: against quadratics, torch.func's Hessians and real steps, and that measuring changes nothing."""

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, hessian, vmap
from torch.nn.functional import cross_entropy

from lrtui.data.load import load
from lrtui.study.records import CurvatureRecord, EpochRecord
from lrtui.study.spec import Study
from lrtui.train.checkpoint import State
from lrtui.train.clipping import clip_gradients
from lrtui.train.loop import Training
from lrtui.train.tensors import TrainingData
from tests.train.test_stack import alone, placed, stacked, training

Tiny = Callable[..., Study]
BASE = ("data.train_limit=96", "data.val_limit=20", "train.batch_size=16", "train.epochs=3", "optim.lr=0.05",
        "sweep.replicates=1", "model.hidden=[12]", "curvature.measure=true", "curvature.images=96")  # fmt: skip
SMOOTH = ("model.activation=tanh",)
SHARP = ("curvature.sharpness=true", "curvature.iterations=500")


def begun(study: Study, dtype: torch.dtype = torch.float64, **changed: Any) -> Training:
    """Return the study's first run before its first step, on data that may be changed."""
    spec = study.runs[0]
    data = TrainingData.place(load(spec.config.data, None), spec.config.model.layout, torch.device("cpu"))
    images = [getattr(data, f"{split}_images").to(dtype) for split in ("train", "val", "test")]
    data = replace(data, train_images=images[0], val_images=images[1], test_images=images[2])
    data = replace(data, **changed)
    return training(spec, data)


def trained(study: Study, epochs: int = 2) -> Training:
    """Return the study's first run after so many epochs, in float64."""
    made = begun(study)
    for record in made.run(SimpleNamespace(step=0, evaluated=0), Event()):
        if isinstance(record, EpochRecord) and record.epoch == epochs:
            break
    return made


def measured(made: Training, epoch: int = 0) -> CurvatureRecord:
    assert made.curvature is not None
    found = made.curvature.measure(epoch, made.spec.lr)
    assert found is not None
    return found


def batch(made: Training) -> tuple[Tensor, Tensor]:
    """Return the fixed batch of a probe that has all images, in its own order."""
    assert made.curvature is not None
    rows = made.curvature._rows
    return made.data.batch(made.data.train_images[rows]), made.data.train_labels[rows]


def flat_loss(made: Training) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """Return the loss of the fixed batch as a function of all weights in one vector, and these."""
    parameters = {name: one.detach() for name, one in made.model.named_parameters()}
    images, labels = batch(made)
    l2 = made.spec.config.regularization.l2
    kernels = {
        name for name, one in made.model.named_parameters() if any(one is kernel for kernel in made.model.kernels)
    }

    def loss(vector: Tensor) -> Tensor:
        parts = vector.split([one.numel() for one in parameters.values()])
        shaped = {name: part.view_as(one) for part, (name, one) in zip(parts, parameters.items(), strict=True)}
        penalty = sum((shaped[name].square().sum() for name in kernels), torch.zeros(()))
        return cross_entropy(functional_call(made.model, shaped, (images,)), labels) + l2 * penalty

    return loss, torch.cat([one.flatten() for one in parameters.values()])


def quadratic(study: Study) -> Training:
    """Return a run whose loss is l2 · Σw² and a constant: images of nothing, and labels as often as the biases say."""
    classes = 10
    labels = torch.arange(100) % classes
    made = begun(study, train_images=torch.zeros(100, 64, dtype=torch.float64), train_labels=labels)
    for name, one in made.model.named_parameters():
        if "bias" in name:
            torch.nn.init.zeros_(one)
    return made


@pytest.mark.parametrize("l2", [0.5, 5.0, 40.0])
def test_of_a_quadratic_it_is_two_over_lambda(tiny: Tiny, l2: float) -> None:
    made = quadratic(tiny(*BASE, *SMOOTH, *SHARP, "curvature.images=100", f"regularization.l2={l2}"))
    found = measured(made)
    assert found.critical_lr == pytest.approx(2 / (2 * l2), rel=1e-6)
    assert found.sharpness == pytest.approx(2 * l2, rel=1e-3)
    assert found.limit == pytest.approx(found.critical_lr, rel=1e-3)
    assert found.passes <= 6


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.func's own
@pytest.mark.parametrize("said", [(), ("regularization.l2=0.01",), ("model.hidden=[12, 8]",)], ids=["", "l2", "deep"])
def test_the_sharpness_is_the_hessians_largest_eigenvalue(tiny: Tiny, said: tuple[str, ...]) -> None:
    made = trained(tiny(*BASE, *SMOOTH, *SHARP, "curvature.every=7", *said))
    loss, weights = flat_loss(made)
    largest = torch.linalg.eigvalsh(hessian(loss)(weights))[-1].item()
    assert measured(made).sharpness == pytest.approx(largest, rel=5e-3)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_hessian_whose_largest_amount_is_negative(tiny: Tiny) -> None:
    """The loss upside down: its negative eigenvalues are the larger ones."""
    made = trained(tiny(*BASE, *SMOOTH, *SHARP, "curvature.every=7"))
    loss, weights = flat_loss(made)
    values = torch.linalg.eigvalsh(hessian(loss)(weights))
    assert -values[0] < values[-1]
    assert made.curvature is not None
    images, labels = batch(made)
    upside_down = -cross_entropy(made.model(images), labels)
    gradients = torch.autograd.grad(upside_down, list(made.model.parameters()), create_graph=True)
    assert made.curvature._sharpness(gradients) == pytest.approx(-values[0].item(), rel=0.05)


def test_of_gradient_descent_it_is_where_the_loss_is_again_what_it_was(tiny: Tiny) -> None:
    made = trained(tiny(*BASE, *SMOOTH, "curvature.every=7"))
    loss, weights = flat_loss(made)
    gradient = torch.func.grad(loss)(weights)
    found = measured(made).critical_lr
    assert found is not None
    below, at, above = (loss(weights - factor * found * gradient) - loss(weights) for factor in (0.97, 1.0, 1.03))
    assert below < 0 < above
    assert abs(at) < 0.1 * min(-below, above)


OPTIMIZERS = (
    ("optim.name=sgd", "optim.momentum=0.9"),
    ("optim.name=sgd", "optim.momentum=0.9", "optim.nesterov=true", "schedule.name=onecycle"),
    ("optim.name=adam",),
    ("optim.name=adamw", "optim.weight_decay=0.3"),
    ("optim.name=adamw", "optim.weight_decay=3.0", 'optim.groups=[{layers = ["output"], factor = 0.01}]'),
    ("optim.name=adamw", "optim.weight_decay=0.3", "model.parametrization=mup", "model.base_width=2"),
    ("optim.name=nadam",),
    ("optim.name=rmsprop", "optim.momentum=0.5"),
    ("optim.name=rmsprop", "optim.eps_inside=false"),
    ("optim.name=adagrad",),
    ("optim.name=adagrad", "optim.eps_inside=false"),
    ("optim.name=sgd", "optim.clip_norm=0.01"),
    ("optim.name=adam", "optim.clip_value=0.001"),
    ("optim.name=sgd", "regularization.l2=0.05", "regularization.l1=0.001"),
    ("optim.name=adam", "model.dropout=0.3", "model.batch_norm=before"),
)


@pytest.mark.parametrize("said", OPTIMIZERS, ids=" ".join)
def test_it_is_the_step_that_the_optimizer_would_take(tiny: Tiny, said: tuple[str, ...]) -> None:
    """The optimizer itself steps with the fixed batch's gradient, at a little less and a little more than that rate."""
    made = trained(tiny(*BASE, *SMOOTH, "optim.lr=0.003", "curvature.every=7", *said))
    found = measured(made)
    assert found.critical_lr is not None
    if found.critical_lr == 0:
        pytest.skip("uphill")
    changes = [stepped(made, factor * found.critical_lr) - found.loss for factor in (0.97, 1.03)]
    assert changes[0] < 0 < changes[1]


def stepped(made: Training, lr: float) -> float:
    """Return the loss of the fixed batch, with penalties, after a step of a copy of the training at a rate."""
    made = copy.deepcopy(made)
    images, labels = batch(made)
    made.model.eval()
    for module in made.model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.train()
            module.momentum = 0.0
    made.optimizer.zero_grad()
    cross_entropy(made.model(images), labels).backward()
    made._regularizer.add_gradients()
    clip_gradients(list(made.model.parameters()), made.spec.config.optim)
    for group in made.optimizer.param_groups:
        group["lr"] = lr * group["factor"]
    made.optimizer.step()
    with torch.no_grad():
        return cross_entropy(made.model(images), labels).item() + made._regularizer.penalty().item()


def remembered(made: Training) -> State:
    """Return copies of all that measuring must leave as it is."""
    return copy.deepcopy(
        {
            "weights": made.model.state_dict(),
            "gradients": [one.grad for one in made.model.parameters()],
            "modes": [module.training for module in made.model.modules()],
            "tracks": [getattr(module, "track_running_stats", None) for module in made.model.modules()],
            "optimizer": made.optimizer.state_dict(),
            "noise": made.noise.get_state(),
            "global": torch.random.get_rng_state(),
        }
    )


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


ALL_SORTS = (
    ("optim.name=adam", "model.dropout=0.3", "model.batch_norm=before"),
    ("optim.name=sgd", "optim.momentum=0.9", "schedule.name=onecycle", "model.activation=rrelu"),
    ("optim.name=nadam", "model.name=cnn", "model.channels=[4, 4]", "model.dense=[8]", "regularization.max_norm=1.0"),
    ("optim.name=rmsprop", "model.activation=prelu", "pruning.name=gradual", "pruning.target=0.5"),
)


@pytest.mark.parametrize("said", ALL_SORTS, ids=" ".join)
def test_measuring_leaves_all_as_it_was(tiny: Tiny, said: tuple[str, ...]) -> None:
    base = [one for one in BASE if not (one.startswith("model.hidden") and "model.name=cnn" in said)]
    made = trained(tiny(*base, *said, "curvature.every=7", "curvature.sharpness=true"))
    before = remembered(made)
    measured(made)
    assert same(before, remembered(made))


@pytest.mark.parametrize("said", ALL_SORTS, ids=" ".join)
def test_a_runs_numbers_are_the_same_bits_without_it(tiny: Tiny, said: tuple[str, ...]) -> None:
    base = [one for one in BASE if not (one.startswith("model.hidden") and "model.name=cnn" in said)]
    seen = []
    for measures in ("true", "false"):
        study = tiny(*base, *said, "curvature.sharpness=true", f"curvature.measure={measures}")
        records = begun(study, torch.float32).run(SimpleNamespace(step=0, evaluated=0), Event())
        epochs = [one for one in records if isinstance(one, EpochRecord)]
        assert all((one.curvature is not None) == (measures == "true") for one in epochs)
        seen.append([repr(replace(one, seconds=0.0, curvature=None)) for one in epochs])
    assert seen[0] == seen[1]


def test_it_is_measured_before_training_and_every_so_many_epochs(tiny: Tiny) -> None:
    study = tiny(*BASE, "train.epochs=5", "curvature.every=2")
    records = begun(study, torch.float32).run(SimpleNamespace(step=0, evaluated=0), Event())
    found = [one for one in records if isinstance(one, EpochRecord)]
    assert [one.epoch for one in found if one.curvature is not None] == [0, 2, 4]
    assert all(
        one.curvature is None or (one.curvature.epoch, one.curvature.run) == (one.epoch, one.run) for one in found
    )


def test_the_rate_is_the_one_in_use(tiny: Tiny) -> None:
    study = tiny(*BASE, "schedule.name=exponential", "schedule.s=4", "schedule.warmup=3")
    records = begun(study, torch.float32).run(SimpleNamespace(step=0, evaluated=0), Event())
    found = [one for one in records if isinstance(one, EpochRecord)]
    assert [one.curvature and one.curvature.lr for one in found] == [one.lr for one in found]


def test_of_weights_that_are_lost_nothing_can_be_told(tiny: Tiny) -> None:
    made = begun(tiny(*BASE, *SHARP))
    with torch.no_grad():
        next(made.model.parameters()).fill_(math.nan)
    found = measured(made)
    assert math.isnan(found.loss)
    told = (found.critical_lr, found.sharpness, found.gradient_square, found.gradient_variance, found.noise_scale)
    assert told == (None,) * 5
    assert found.passes == 0


def test_huge_weights_are_told_or_not_but_break_nothing(tiny: Tiny) -> None:
    for size in (1e10, 1e30):
        made = begun(tiny(*BASE, *SHARP), torch.float32)
        with torch.no_grad():
            for one in made.model.parameters():
                one.mul_(size)
        found = measured(made)
        assert found.critical_lr is None or found.critical_lr >= 0
        assert found.noise_scale is None or math.isfinite(found.noise_scale)


def test_without_a_gradient_there_is_no_rate(tiny: Tiny) -> None:
    made = quadratic(tiny(*BASE, *SHARP, "curvature.images=100"))
    with torch.no_grad():
        for one in made.model.parameters():
            one.zero_()
    found = measured(made)
    assert found.critical_lr is None
    assert found.loss == pytest.approx(math.log(10))


def test_an_update_that_goes_uphill_has_none_either_but_zero(tiny: Tiny) -> None:
    made = trained(tiny(*BASE, "optim.momentum=0.99", "curvature.every=7"))
    for state in made.optimizer.state.values():
        state["momentum_buffer"].mul_(-1e3)
    assert measured(made).critical_lr == 0.0


def test_few_images_are_all_there_are_and_one_alone_has_no_noise(tiny: Tiny) -> None:
    assert measured(begun(tiny(*BASE, "curvature.images=5000"))).critical_lr is not None
    for batch_norm in ("none", "before"):
        found = measured(begun(tiny(*BASE, "curvature.images=1", f"model.batch_norm={batch_norm}")))
        assert found.noise_scale is found.gradient_variance is None
        assert found.critical_lr is not None


def test_the_noise_of_a_network_is_that_of_its_images(tiny: Tiny) -> None:
    """The mean of many estimates, against the gradient of every single training image."""
    made = trained(tiny(*BASE, "curvature.images=32", "curvature.small=4", "curvature.every=7"))
    parameters = {name: one.detach() for name, one in made.model.named_parameters()}

    def loss(weights: dict[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        return cross_entropy(functional_call(made.model, weights, (image[None],)), label[None])

    made.model.eval()
    single = vmap(torch.func.grad(loss), (None, 0, 0))(parameters, made.data.train_images, made.data.train_labels)
    each = torch.cat([one.flatten(1) for one in single.values()], 1)
    square, variance = each.mean(0).square().sum().item(), each.var(0, correction=0).sum().item()
    assert made.curvature is not None
    found = [one for epoch in range(400) if (one := made.curvature._estimates(epoch)) is not None]
    for values, truth in (([one.square for one in found], square), ([one.variance for one in found], variance)):
        told = torch.tensor(values, dtype=torch.float64)
        assert abs(told.mean().item() - truth) < 4 * told.std().item() / math.sqrt(len(values))


@pytest.mark.parametrize(
    "said", [("optim.momentum=0.9",), ("optim.name=adam", "model.batch_norm=before")], ids=" ".join
)
def test_a_stack_measures_the_same(tiny: Tiny, tmp_path: Any, said: tuple[str, ...]) -> None:
    study = tiny(*BASE, *said, "optim.lr=[3e-3, 3e-2]", "curvature.every=2", "curvature.sharpness=true")
    data = placed(study.runs[0], torch.float64, tmp_path)
    one, other = stacked([training(spec, data) for spec in study.runs], data), alone(study.runs, data)
    for run, news in one.items():
        records = [
            [item.curvature for item in items if isinstance(item, EpochRecord) and item.curvature is not None]
            for items in (news, other[run])
        ]
        assert [found.epoch for found in records[0]] == [0, 2]
        for found, expected in zip(*records, strict=True):
            for name in ("loss", "critical_lr", "sharpness", "gradient_square", "gradient_variance", "noise_scale"):
                assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-6), name


def test_a_stack_s_numbers_are_the_same_bits_without_it(tiny: Tiny, tmp_path: Any) -> None:
    said = ("optim.name=nadam", "model.dropout=0.3", "model.batch_norm=before", "schedule.name=cosine")
    seen = []
    for measures in ("true", "false"):
        study = tiny(*BASE, *said, "optim.lr=[3e-3, 3e-2]", "curvature.every=2", f"curvature.measure={measures}")
        data = placed(study.runs[0], torch.float32, tmp_path)
        news = stacked([training(spec, data) for spec in study.runs], data)
        epochs = [one for items in news.values() for one in items if isinstance(one, EpochRecord)]
        seen.append([repr(replace(one, seconds=0.0, curvature=None)) for one in epochs])
    assert seen[0] == seen[1]
