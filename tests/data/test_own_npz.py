"""Arrays of a person's own: what becomes of them, against NumPy by hand; and what is refused, with which words."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.data.own_data import load, refused

X = np.random.default_rng(3).normal(5, 2, (40, 3)).astype(np.float32)
Y = np.arange(40) % 2
NAMED = np.array(["no", "yes"])[Y]
SPLIT = {"x_train": X, "y_train": Y, "x_test": X[:9] + 1, "y_test": Y[:9]}
RAW = 'data.scale = "raw"'
REGRESSION = 'task.name = "regression"'


def save(folder: Path, **arrays: Any) -> None:
    np.savez(folder / "a.npz", **arrays)


def test_rows_that_are_split_are_standardized_by_those_trained_on(tmp_path: Path) -> None:
    save(tmp_path, **SPLIT)
    data = load(tmp_path, "a.npz")
    wanted = (X.astype(np.float64) - X.mean(0, dtype=np.float64)) / X.std(0, dtype=np.float64)
    np.testing.assert_allclose(data.train_images.numpy(), wanted, atol=1e-5)
    np.testing.assert_allclose(data.val_images.numpy(), wanted[:9] + 1 / X.std(0, dtype=np.float64), atol=1e-5)
    assert data.train_labels.tolist() == Y.tolist()
    assert (data.classes, data.train_images.dtype, data.train_labels.dtype) == (2, torch.float32, torch.int64)


def test_a_fifth_of_the_rows_is_drawn_for_testing_the_same_each_time(tmp_path: Path) -> None:
    save(tmp_path, x=np.arange(40.0)[:, None], y=Y)
    first, again = (load(tmp_path, "a.npz", 'data.scale = "raw"') for _ in range(2))
    other = load(tmp_path, "a.npz", 'data.scale = "raw"', "data.split_seed = 2")
    assert torch.equal(first.val_images, again.val_images)
    assert not torch.equal(first.val_images, other.val_images)
    both = torch.cat([first.train_images, first.val_images]).flatten()
    assert (len(first.val_images), sorted(both.tolist())) == (8, list(range(40)))


@pytest.mark.parametrize(("labels", "names"), [(NAMED, ("no", "yes")), (Y * 7 - 3, ("-3", "4")), (Y * 1.0, ("0", "1"))])
def test_classes_are_told_in_their_order_and_keep_their_names(
    tmp_path: Path, labels: Any, names: tuple[str, ...]
) -> None:
    save(tmp_path, x_train=X, y_train=labels, x_test=X, y_test=labels)
    data = load(tmp_path, "a.npz")
    assert data.train_labels.tolist() == Y.tolist()
    assert data.fingerprint.found is not None
    assert tuple(data.fingerprint.found["labels"]) == names


def test_images_have_their_channels_first_and_bytes_become_shares(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (6, 5, 4, 3), np.uint8)
    labels = Y[:6]
    for shape, given in (((3, 5, 4), pixels), ((3, 5, 4), pixels.transpose(0, 3, 1, 2)), ((1, 5, 4), pixels[..., 0])):
        save(tmp_path, x_train=given, y_train=labels, x_test=given, y_test=labels)
        images = load(tmp_path, "a.npz").train_images
        assert tuple(images.shape[1:]) == shape
        np.testing.assert_allclose(images[0, 0].numpy(), pixels[0, ..., 0] / 255, atol=1e-7)


def test_numbers_get_mean_0_and_variance_1_over_the_rows_trained_on(tmp_path: Path) -> None:
    targets = X[:, :2] * 100
    save(tmp_path, x_train=X, y_train=targets, x_test=X, y_test=targets)
    data = load(tmp_path, "a.npz", REGRESSION)
    np.testing.assert_allclose(data.train_labels.numpy(), (targets - targets.mean(0)) / targets.std(0), atol=1e-4)
    assert data.fingerprint.found is not None
    assert data.fingerprint.found["nothing"] == pytest.approx(1)


def test_a_reconstruction_needs_no_labels(tmp_path: Path) -> None:
    save(tmp_path, x=X)
    data = load(tmp_path, "a.npz", 'task.name = "reconstruction"')
    assert torch.equal(data.train_labels, data.train_images)


def test_classes_beyond_63_bits_keep_their_numbers(tmp_path: Path) -> None:
    save(tmp_path, x=X, y=np.array([2**63 + 5, 1] * 20, np.uint64))
    found = load(tmp_path, "a.npz").fingerprint.found
    assert found is not None
    assert list(found["labels"]) == ["1", str(2**63 + 5)]


@pytest.mark.parametrize(
    ("arrays", "keys", "said"),
    [
        ({"x": X}, (), "no array of labels: expected one of y, Y, labels, targets, and it has x"),
        ({"y": Y}, (), "no array of inputs"),
        ({}, (), "no array of inputs"),
        ({"x": X, "y": Y}, ('data.inputs = "pixels"',), "expected pixels, and it has x, y"),
        ({"x": X, "y": np.zeros(40)}, (), "has one class only, 0"),
        ({"x": X, "y": Y[:39]}, (), "has 40 inputs and 39 labels"),
        ({**SPLIT, "y_test": Y[:3]}, (), "has 9 test inputs and 3 test labels"),
        ({"x_train": X, "y_train": Y, "x_test": X}, (), "test rows of inputs or of labels, but not of both"),
        ({**SPLIT, "x_test": X[:9, :2]}, (), "the test inputs are 9 × 2, and those to train on 40 × 3"),
        ({**SPLIT, "y_test": Y[:9] + 5}, (), "no row to train on has the class 5, 6"),
        ({**SPLIT, "x_test": X[:0], "y_test": Y[:0]}, (), "has no test rows"),
        ({"x": X[:1], "y": Y[:1]}, (), "has one row"),
        ({"x": X[:0], "y": Y[:0]}, (), "has no rows"),
        ({"x": X[:, :0], "y": Y}, (), "there is nothing in them"),
        ({"x": X[:, 0], "y": Y}, (), "expected is a row for each example"),
        ({"x": 3.0, "y": Y}, (), "the inputs are one value"),
        ({"x": X, "y": 3}, (), "the labels are one value"),
        ({"x": X.astype(complex), "y": Y}, (), "complex128, not numbers"),
        ({"x": X.astype(str), "y": Y}, (), "not numbers"),
        (
            {"x": np.where(Y[:, None] == 1, np.nan, X), "y": Y},
            (),
            "inputs: row 1 (from 0) has a value that is no number",
        ),
        ({"x": X, "y": np.where(Y == 1, np.inf, 0)}, (), "labels: row 1 (from 0)"),
        ({"x": X, "y": NAMED.astype(object)}, (), "holds Python objects, which could run code"),
        ({"x": X, "y": Y * 0.5}, (), "the label 0.5 is no class"),
        ({"x": X, "y": Y * 1e300}, (), "is no class"),
        ({"x": X, "y": np.where(Y == 1, "", "a")}, (), "20 labels are missing"),
        ({"x": X, "y": np.eye(2)[Y]}, (), "a class is one number or name a row"),
        ({"x": X, "y": np.arange(40)}, (), "no row to train on"),
        ({"x": np.zeros((500, 2)), "y": np.arange(500)}, (), "has 500 classes in 500 rows"),
        ({"x": X, "y": NAMED}, (REGRESSION,), "the labels are names, not numbers"),
        ({"x": X, "y": np.ones(40)}, (REGRESSION,), "the label is 1 in every row"),
        ({"x": X, "y": X[:, 0].astype(float) * 1e300}, (REGRESSION,), "too large for 32-bit numbers"),
        ({**SPLIT, "y_train": X[:, :2], "y_test": X[:9]}, (REGRESSION,), "as many numbers a row in both"),
        ({**SPLIT, "y_test": NAMED[:9]}, (REGRESSION,), "the labels are names"),
        ({"x": X, "y": np.zeros((40, 0))}, (REGRESSION,), "as many numbers a row"),
        ({"x": np.ones((40, 3)), "y": Y}, ('task.name = "reconstruction"',), "every row to train on is the same"),
        ({"x": X, "y": Y}, ('task.name = "next_token"',), "next_token wants one for every token"),
        ({"x": X, "y": Y}, ('task.name = "rotation"',), "rotation is for lrtui's own data sets"),
        ({"x": X.astype(float) * 1e300, "y": Y}, (), "too large for 32-bit numbers"),
        ({"x": X.astype(float) * 1e300, "y": Y}, ('data.scale = "raw"',), "too large for 32-bit numbers"),
        ({"x": X, "y": Y}, ('data.scale = "unit"',), "unit is for pixels of bytes"),
        ({"x": X, "y": Y}, ("data.train_limit = 1000",), "data.train_limit is 1,000"),
        (
            {"x": X, "y": np.sort(Y)},
            ("data.train_limit = 3",),
            "data.train_limit and data.validation take rows in their order",
        ),
        ({"x": X, "y": Y}, ('data.test = "nowhere.npz"',), "mine.toml:6: data.test: no such file"),
    ],
)
def test_arrays_that_cannot_be_learned(
    tmp_path: Path, arrays: dict[str, Any], keys: tuple[str, ...], said: str
) -> None:
    save(tmp_path, **arrays)
    assert said in refused(tmp_path, "a.npz", *keys)


def test_files_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    assert "data.name: no such file" in refused(tmp_path, "a.npz")
    np.savez(file, x=X, y=Y)
    whole = file.read_bytes()
    for content in (b"", b"nothing at all", whole[: len(whole) // 2], whole[:80] + b"\xff" * 40 + whole[120:]):
        file.write_bytes(content)
        assert "a.npz is no .npz file, or damaged" in refused(tmp_path, "a.npz")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", b"no array")
        archive.writestr("y.npy", b"")
    assert "a.npz is no .npz file, or damaged" in refused(tmp_path, "a.npz")
    file.unlink()
    file.mkdir()
    assert "no such file" in refused(tmp_path, "a.npz")


VAL = {"x_val": X[:7] - 1, "y_val": Y[:7]}


def test_rows_that_validate_stand_in_for_test_rows_where_there_are_none(tmp_path: Path) -> None:
    save(tmp_path, x_train=X, y_train=Y, **VAL)
    data = load(tmp_path, "a.npz", 'data.scale = "raw"')
    np.testing.assert_array_equal(data.val_images.numpy(), X[:7] - 1)
    assert data.test_images is None


def test_beside_test_rows_they_validate_once_the_preset_says_so(tmp_path: Path) -> None:
    save(tmp_path, **SPLIT, **VAL)
    said = 'data.validation = "last" and data.validation_count = 7'
    assert said in refused(tmp_path, "a.npz")
    assert said in refused(tmp_path, "a.npz", 'data.validation = "last"', "data.validation_count = 8")
    data = load(tmp_path, "a.npz", 'data.scale = "raw"', 'data.validation = "last"', "data.validation_count = 7")
    np.testing.assert_array_equal(data.train_images.numpy(), X)
    np.testing.assert_array_equal(data.val_images.numpy(), X[:7] - 1)
    assert data.test_images is not None
    np.testing.assert_array_equal(data.test_images.numpy(), X[:9] + 1)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x_val": X}, "has validation rows of inputs or of labels, but not of both"),
        ({"x_val": X[:, :2], "y_val": Y}, "inputs to train on and to validate with differ: a row is 3 and 2"),
        ({"x_val": X[:5], "y_val": np.stack([Y[:5]] * 2, 1)}, "labels to train on and to validate with differ"),
    ],
)
def test_rows_that_validate_and_do_not_fit_are_refused(tmp_path: Path, arrays: Any, said: str) -> None:
    save(tmp_path, **SPLIT, **arrays)
    count = len(arrays["x_val"])
    assert said in refused(tmp_path, "a.npz", 'data.validation = "last"', f"data.validation_count = {count}")


def test_a_limit_beyond_the_rows_speaks_of_rows(tmp_path: Path) -> None:
    save(tmp_path, **SPLIT)
    assert "has 40 training rows" in refused(tmp_path, "a.npz", "data.train_limit = 41")


ORDERED = np.repeat([0, 1, 2], 40)
ROWS = np.arange(120, dtype=np.float32)[:, None]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (('data.validation = "last"', "data.validation_count = 20"), "of 20 rows that validate none has the class 0"),
        (("data.val_limit = 20",), "of 20 rows that validate none has the class 1"),
        (("data.train_limit = 50",), "no row to train on has the class 2"),
    ],
)
def test_rows_in_the_order_of_their_classes_are_refused_or_shuffled(
    tmp_path: Path, keys: tuple[str, ...], said: str
) -> None:
    save(tmp_path, x_train=ROWS, y_train=ORDERED, x_test=ROWS, y_test=ORDERED)
    message = refused(tmp_path, "a.npz", *keys)
    assert said in message
    assert "data.shuffle = true" in message
    data = load(tmp_path, "a.npz", RAW, "data.shuffle = true", *keys)
    again = load(tmp_path, "a.npz", RAW, "data.shuffle = true", *keys)
    other = load(tmp_path, "a.npz", RAW, "data.shuffle = true", "data.split_seed = 2", *keys)
    for images, labels in ((data.train_images, data.train_labels), (data.val_images, data.val_labels)):
        assert set(labels.tolist()) == {0, 1, 2}
        assert torch.equal(images[:, 0].long() // 40, labels)
    assert torch.equal(data.val_images, again.val_images)
    assert not torch.equal(data.val_images, other.val_images)


def test_a_rare_class_may_be_missing_among_those_that_validate(tmp_path: Path) -> None:
    labels = np.array([2] + [0, 1] * 20)
    save(tmp_path, x_train=ROWS[:41], y_train=labels, x_test=ROWS[:41], y_test=labels)
    data = load(tmp_path, "a.npz", 'data.validation = "last"', "data.validation_count = 20")
    assert set(data.val_labels.tolist()) == {0, 1}


def test_rows_to_test_with_are_not_passed_over_for_a_name(tmp_path: Path) -> None:
    save(tmp_path, x=X, y=Y, x_test=X[:9], y_test=Y[:9])
    assert refused(tmp_path, "a.npz") == "a.npz has x beside rows of it to test or validate with: call it x_train"
