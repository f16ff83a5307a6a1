"""The yardstick for the toolbox: exercise 8's network and its techniques as a person writes them in plain PyTorch.

torch's own layers, optimizers (default arguments but for the rate and ε) and helpers where it has them, else the shortest
loop over the kernels. Nothing is measured but loss and accuracy; nothing asks whether to stop.
"""

import bisect
import copy
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lrtui.train.seeds import order
from lrtui.train.tensors import TrainingData

INPUTS, DEPTH, WIDTH, CLASSES = 3072, 20, 100, 10
BATCH = 32
SEED = 1
EVALUATION_BATCH = 500

Rate = Callable[[int], float]


def network(
    activation: type[nn.Module] = nn.ELU, *, batch_norm: bool = False, dropout: nn.Module | None = None
) -> nn.Sequential:
    """Twenty hidden layers of 100, He normal (LeCun under SELU), biases zero."""
    layers: list[nn.Module] = [nn.BatchNorm1d(INPUTS, eps=1e-3, momentum=0.01)] if batch_norm else []
    features = INPUTS
    for _ in range(DEPTH):
        layers.append(nn.Linear(features, WIDTH, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm1d(WIDTH, eps=1e-3, momentum=0.01))
        layers.append(activation())
        if dropout is not None:
            layers.append(copy.deepcopy(dropout))
        features = WIDTH
    model = nn.Sequential(*layers, nn.Linear(features, CLASSES))
    gain = 1 if activation is nn.SELU else 2
    for module in model:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=math.sqrt(gain / module.in_features))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def kernels(model: nn.Module) -> list[nn.Parameter]:
    return [module.weight for module in model.modules() if isinstance(module, nn.Linear)]


def nadam(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.NAdam(model.parameters(), lr=1e-3, eps=1e-7)


def sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.95, nesterov=True)


def train(
    model: nn.Module,
    data: TrainingData,
    optimizer: torch.optim.Optimizer,
    *,
    set_rate: Callable[[int], None] | None = None,
    penalty: Callable[[], Tensor] | None = None,
    clip: Callable[[], object] | None = None,
    after_step: Callable[[int], None] | None = None,
    epoch_ended: Callable[[float], None] | None = None,
    best: dict[str, Tensor] | None = None,
) -> Iterator[tuple[float, float, float, float]]:
    """Yield (train loss, train accuracy, val loss, val accuracy) after every epoch, without end.

    `best` is filled with the weights of the epoch with the lowest training loss.
    """
    step, count, best_loss = 0, len(data.train_labels), math.inf
    epoch = 0
    while True:
        epoch += 1
        model.train()
        loss_sum, correct = torch.zeros(()), torch.zeros(())
        for batch in order(SEED, epoch, count).split(BATCH):
            if set_rate:
                set_rate(step)
            x, y = data.train_images[batch], data.train_labels[batch]
            logits = model(x)
            loss = cross_entropy(logits, y)
            optimizer.zero_grad()
            (loss + penalty() if penalty else loss).backward()
            if clip:
                clip()
            optimizer.step()
            if after_step:
                after_step(step)
            loss_sum += loss.detach() * len(y)
            correct += (logits.argmax(1) == y).sum()
            step += 1
        trained = (loss_sum.item() / count, 100 * correct.item() / count)
        measured = evaluate(model, data.val_images, data.val_labels)
        if epoch_ended:
            epoch_ended(measured[0])
        if best is not None and trained[0] < best_loss:
            best_loss = trained[0]
            best.update(copy.deepcopy(model.state_dict()))
        yield (*trained, *measured)


@torch.inference_mode()
def evaluate(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Return mean loss and accuracy."""
    model.eval()
    loss = correct = 0.0
    for x, y in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH), strict=True):
        logits = model(x)
        loss += cross_entropy(logits, y, reduction="sum").item()
        correct += (logits.argmax(1) == y).sum().item()
    return loss / len(labels), 100 * correct / len(labels)


@torch.inference_mode()
def mc_dropout(model: nn.Module, images: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of the probabilities over passes in which only alpha dropout is active."""
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.AlphaDropout):
            module.train()
    found = []
    for x in images.split(EVALUATION_BATCH):
        passes = torch.stack([model(x).softmax(1) for _ in range(samples)])
        found.append((passes.mean(0), passes.std(0)))
    means, deviations = zip(*found, strict=True)
    return torch.cat(means), torch.cat(deviations)


# --- schedules: the rate of step t


def follow(optimizer: torch.optim.Optimizer, rate: Rate, momentum: Rate | None = None) -> Callable[[int], None]:
    """Return what sets the optimizer's rate before every step."""

    def set_rate(step: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
            if momentum:
                group["momentum"] = momentum(step)

    return set_rate


def warmed_up(lr: float, steps: int) -> Rate:
    return lambda t: lr * min(1.0, (t + 1) / steps)


def power(lr: float, s: int) -> Rate:
    return lambda t: lr / (1 + t / s)


def exponential(lr: float, s: int) -> Rate:
    return lambda t: lr * 0.1 ** (t / s)


def piecewise(lr: float, boundaries: list[int], factors: list[float]) -> Rate:
    return lambda t: lr * factors[bisect.bisect_right(boundaries, t)]


def cosine(lr: float, steps: int) -> Rate:
    return lambda t: lr * (1 + math.cos(math.pi * t / steps)) / 2


def warm_restarts(lr: float, period: int) -> Rate:
    """Every period twice as long as the one before."""

    def rate(t: int) -> float:
        index = int(math.log2(t / period + 1))
        begun, length = period * (2**index - 1), period * 2**index
        return lr * (1 + math.cos(math.pi * (t - begun) / length)) / 2

    return rate


def triangle(low: float, high: float, half_period: int) -> Rate:
    """Up from `low` to `high` and down again: the cyclical schedule, and the guide's 1cycle when it goes round once."""
    return lambda t: high - (high - low) * abs(t % (2 * half_period) / half_period - 1)


def onecycle_of_the_published_run(lr: float, steps: int) -> Rate:
    half = (steps - (steps // 10 + 1)) // 2
    low, last = lr / 10, steps - 2 * half

    def rate(t: int) -> float:
        if t < half:
            return low + (lr - low) * t / half
        if t < 2 * half:
            return lr + (low - lr) * (t - half) / half
        return low + (low / 1000 - low) * (t - 2 * half) / last

    return rate


# --- what acts on kernels


def l2(weights: list[nn.Parameter], factor: float) -> Callable[[], Tensor]:
    return lambda: factor * sum(weight.square().sum() for weight in weights)


def l1(weights: list[nn.Parameter], factor: float) -> Callable[[], Tensor]:
    return lambda: factor * sum(weight.abs().sum() for weight in weights)


def max_norm(weights: list[nn.Parameter], limit: float) -> Callable[[int], None]:
    @torch.no_grad()
    def constrain(_step: int) -> None:
        for weight in weights:
            weight.copy_(torch.renorm(weight, 2, 0, limit))

    return constrain


def prune_gradually(weights: list[nn.Parameter], target: float, steps: int, every: int) -> Callable[[int], None]:
    masks: list[Tensor] = []

    @torch.no_grad()
    def after_step(step: int) -> None:
        if (step + 1) % every == 0:
            share = target * (1 - (1 - min(1.0, (step + 1) / steps)) ** 3)
            masks.clear()
            for weight in weights:
                size = max(1, round(share * weight.numel()))
                masks.append((weight.abs() > weight.abs().flatten().kthvalue(size).values).to(weight.dtype))
        for weight, mask in zip(weights, masks, strict=False):
            weight.mul_(mask)

    return after_step
