import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from lrtui.data import catalogue
from lrtui.data.load import Dataset, load
from lrtui.study.datasets import DataConfig

NOWHERE = Path("no-such-folder")
FIRST_DIGIT = [
    [0, 0, 5, 13, 9, 1, 0, 0],
    [0, 0, 13, 15, 10, 15, 5, 0],
    [0, 3, 15, 2, 0, 11, 8, 0],
    [0, 4, 12, 0, 0, 8, 8, 0],
    [0, 5, 8, 0, 0, 9, 8, 0],
    [0, 4, 11, 0, 1, 12, 7, 0],
    [0, 2, 14, 5, 10, 12, 0, 0],
    [0, 0, 6, 13, 10, 0, 0, 0],
]


def all_labels(data: Dataset) -> torch.Tensor:
    return torch.cat([data.train_labels, data.val_labels])


def test_digits_are_the_published_ones() -> None:
    data = load(DataConfig(name="digits", scale="raw"), NOWHERE)
    assert data.train_images.shape == (1437, 1, 8, 8)
    assert data.val_images.shape == (360, 1, 8, 8)
    assert data.train_images[0, 0].tolist() == FIRST_DIGIT
    assert data.train_labels[:10].tolist() == list(range(10))
    assert torch.bincount(all_labels(data)).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (data.train_images.min(), data.train_images.max()) == (0, 16)
    assert data.fingerprint.canonical is True


def test_digits_scaled_to_one_by_sixteenths() -> None:
    raw, unit = (load(DataConfig(name="digits", scale=scale), NOWHERE) for scale in ("raw", "unit"))
    assert torch.equal(unit.train_images, raw.train_images / 16)
    assert torch.equal(unit.val_images, raw.val_images / 16)


def test_digits_come_with_their_attribution() -> None:
    text = catalogue.DIGITS_FILE.with_suffix(".txt").read_text(encoding="utf-8")
    for part in ("E. Alpaydin", "C. Kaynak", "UCI Machine Learning Repository", "CC BY 4.0"):
        assert part in text


def test_synthetic_is_the_same_everywhere() -> None:
    data = load(DataConfig(name="synthetic", scale="raw"), NOWHERE)
    assert data.train_images.shape == (2000, 1, 8, 8)
    assert data.val_images.shape == (500, 1, 8, 8)
    assert torch.bincount(all_labels(data)).tolist() == [250] * 10
    parts = (data.train_images, data.train_labels, data.val_images, data.val_labels)
    by_hand = hashlib.sha256(b"".join(part.to(torch.uint8).numpy().tobytes() for part in parts)).hexdigest()
    assert data.fingerprint.sha256 == by_hand
    assert data.fingerprint.canonical is True and data.fingerprint.note == ""


def test_synthetic_made_differently_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.DATASETS, "synthetic", replace(catalogue.DATASETS["synthetic"], sha256="0" * 64))
    fingerprint = load(DataConfig(name="synthetic"), NOWHERE).fingerprint
    assert fingerprint.canonical is False
    assert "figures may differ" in fingerprint.note


def test_synthetic_is_learnable_but_not_trivial() -> None:
    data = load(DataConfig(name="synthetic"), NOWHERE)
    model = nn.Linear(64, 10)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)

    def accuracy() -> float:
        return (model(data.val_images.flatten(1)).argmax(1) == data.val_labels).double().mean().item()

    after = []
    for step in range(1, 201):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.train_images.flatten(1)), data.train_labels).backward()
        optimizer.step()
        if step in (1, 200):
            after.append(accuracy())
    assert after[0] < 0.7
    assert 0.8 < after[1] < 0.99
