"""The yardstick: the shortest PyTorch loop that gives the same rows as a run of lrtui.

Data as tensors, the same order of batches, the same validation after every epoch and before the first; plain
`torch.nn` and `torch.optim`, nothing else. What lrtui adds (records on disk, gradient norms, a live board, polling
for stop) is what the ratios show.
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lrtui.data.load import Dataset
from lrtui.train.seeds import order

Row = tuple[float, float, float, float]


def mlp() -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256), nn.ReLU(),
        nn.Linear(256, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip


def cnn() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def train(model: nn.Module, data: Dataset, *, lr: float, seed: int, epochs: int, batch_size: int = 64) -> list[Row]:
    """Return (train loss, train accuracy, val loss, val accuracy) before training and after every epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    @torch.inference_mode()
    def evaluate(images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        loss = correct = 0.0
        for x, y in zip(images.split(500), labels.split(500), strict=True):
            logits = model(x)
            loss += cross_entropy(logits, y, reduction="sum").item()
            correct += (logits.argmax(1) == y).sum().item()
        return loss / len(labels), 100 * correct / len(labels)

    rows = [(*evaluate(data.train_images, data.train_labels), *evaluate(data.val_images, data.val_labels))]
    for epoch in range(1, epochs + 1):
        loss_sum, correct = torch.zeros(()), torch.zeros(())
        for batch in order(seed, epoch, len(data.train_labels)).split(batch_size):
            x, y = data.train_images[batch], data.train_labels[batch]
            logits = model(x)
            loss = cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(y)
            correct += (logits.argmax(1) == y).sum()
        count = len(data.train_labels)
        trained = (loss_sum.item() / count, 100 * correct.item() / count)
        rows.append((*trained, *evaluate(data.val_images, data.val_labels)))
    return rows
