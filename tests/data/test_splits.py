from pathlib import Path

import numpy as np
import pytest
import torch

from lrtui.data.load import Dataset, identify, load
from lrtui.errors import InputError
from lrtui.study.datasets import DataConfig
from tests.data import makers
from tests.data.makers import Arrays

GREY = Arrays.random(12, 7, (1, 28, 28))


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a small MNIST: 12 training images, 7 test images."""
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))
    return tmp_path


def assert_is(images: torch.Tensor | None, labels: torch.Tensor | None, rows: slice, *, of_test: bool = False) -> None:
    """These are the images and labels of `rows` of the training split, or of the test split."""
    pixels, numbers = GREY.in_order()[2:] if of_test else GREY.in_order()[:2]
    assert images is not None and labels is not None
    np.testing.assert_array_equal(images.numpy(), pixels[rows] / np.float32(255))
    assert labels.tolist() == numbers[rows].tolist()


def refusal(name: str, data_dir: Path, **settings: object) -> str:
    with pytest.raises(InputError) as caught:
        load(DataConfig(name=name, **settings), data_dir)
    return str(caught.value)


def test_the_last_training_images_validate_and_the_test_images_are_kept_aside(mnist: Path) -> None:
    data = load(DataConfig(name="mnist", validation="last", validation_count=5), mnist)
    assert_is(data.train_images, data.train_labels, slice(0, 7))
    assert_is(data.val_images, data.val_labels, slice(7, 12))
    assert_is(data.test_images, data.test_labels, slice(0, 7), of_test=True)
    counts = data.fingerprint.train_count, data.fingerprint.val_count, data.fingerprint.test_count
    assert counts == (7, 5, 7)


def test_the_first_training_images_validate(mnist: Path) -> None:
    data = load(DataConfig(name="mnist", validation="first", validation_count=5), mnist)
    assert_is(data.train_images, data.train_labels, slice(5, 12))
    assert_is(data.val_images, data.val_labels, slice(0, 5))
    assert_is(data.test_images, data.test_labels, slice(0, 7), of_test=True)


def test_the_test_images_validate_and_none_are_kept_aside(mnist: Path) -> None:
    data = load(DataConfig(name="mnist", validation_count=5), mnist)
    assert_is(data.train_images, data.train_labels, slice(0, 12))
    assert_is(data.val_images, data.val_labels, slice(0, 7), of_test=True)
    assert data.test_images is None and data.test_labels is None
    assert data.fingerprint.test_count is None


@pytest.mark.parametrize(
    ("validation", "trained", "validated"), [("last", slice(0, 4), slice(7, 9)), ("first", slice(5, 9), slice(0, 2))]
)
def test_limits_apply_to_what_is_left(mnist: Path, validation: str, trained: slice, validated: slice) -> None:
    settings = {"validation": validation, "validation_count": 5, "train_limit": 4, "val_limit": 2}
    data = load(DataConfig(name="mnist", **settings), mnist)
    assert_is(data.train_images, data.train_labels, trained)
    assert_is(data.val_images, data.val_labels, validated)
    assert_is(data.test_images, data.test_labels, slice(0, 7), of_test=True)
    counts = data.fingerprint.train_count, data.fingerprint.val_count, data.fingerprint.test_count
    assert counts == (4, 2, 7)


@pytest.mark.parametrize("count", [12, 13])
def test_validation_leaves_something_to_train_on(mnist: Path, count: int) -> None:
    assert refusal("mnist", mnist, validation="last", validation_count=count) == (
        f"data.validation_count is {count}, but mnist has 12 training images: none would be left to train on"
    )
    assert len(load(DataConfig(name="mnist", validation="last", validation_count=11), mnist).train_labels) == 1


def test_limits_above_what_is_left_name_the_counts(mnist: Path) -> None:
    assert refusal("mnist", mnist, validation="last", validation_count=5, train_limit=8) == (
        "data.train_limit is 8, but mnist has 7 training images besides the 5 that validate"
    )
    assert refusal("mnist", mnist, validation="first", validation_count=5, val_limit=6) == (
        "data.val_limit is 6, but mnist has 5 validation images"
    )
    assert refusal("mnist", mnist, val_limit=8) == "data.val_limit is 8, but mnist has 7 validation images"


def test_the_hash_does_not_depend_on_the_split(mnist: Path) -> None:
    configs = [
        DataConfig(name="mnist"),
        DataConfig(name="mnist", validation="first", validation_count=2, scale="standardized", train_limit=3),
    ]
    assert len({load(config, mnist).fingerprint.sha256 for config in configs}) == 1


@pytest.mark.parametrize("validation", ["test", "last"])
def test_identify_gives_the_fingerprint_of_load(mnist: Path, validation: str) -> None:
    config = DataConfig(name="mnist", validation=validation, validation_count=3, train_limit=2)
    assert identify(config, mnist) == load(config, mnist).fingerprint


def test_every_class_of_the_digits_validates(tmp_path: Path) -> None:
    def classes(data: Dataset) -> int:
        return len(data.val_labels.unique())

    for validation in ("last", "first"):
        assert classes(load(DataConfig(name="digits", validation=validation, validation_count=30), tmp_path)) == 10
