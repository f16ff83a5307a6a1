import hashlib
import os
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from lrtui.data.catalogue import DATASETS
from lrtui.data.load import load
from lrtui.errors import InputError
from lrtui.study.datasets import DataConfig
from tests.data import makers
from tests.data.makers import Arrays

GREY = Arrays.random(12, 7, (1, 28, 28))
COLOUR = Arrays.random(15, 4, (3, 32, 32))


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small MNIST; returns that of its files."""
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    return makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))


@pytest.fixture
def cifar(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """A catalogue with a small CIFAR-10; returns the files of its python and its binary version."""
    python, binary = makers.cifar_files(COLOUR, pickled=True), makers.cifar_files(COLOUR, pickled=False)
    makers.take_for_canonical(monkeypatch, "cifar10", COLOUR, python, binary)
    return python, binary


def refusal(name: str, data_dir: Path, **settings: int) -> str:
    with pytest.raises(InputError) as caught:
        load(DataConfig(name=name, **settings), data_dir)
    return str(caught.value)


def sha256_by_hand(arrays: Arrays) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays.in_order())).hexdigest()


def test_mnist_is_what_its_files_hold(mnist: Path, tmp_path: Path) -> None:
    data = load(DataConfig(name="mnist"), tmp_path)
    assert data.train_images.shape == (12, 1, 28, 28)
    assert data.train_images.dtype == torch.float32 and data.train_images.is_contiguous()
    assert data.train_labels.dtype == torch.int64 and data.train_labels.is_contiguous()
    np.testing.assert_array_equal(data.train_images.numpy(), GREY.train_images / np.float32(255))
    np.testing.assert_array_equal(data.val_images.numpy(), GREY.test_images / np.float32(255))
    assert data.train_labels.tolist() == GREY.train_labels.tolist()
    assert data.val_labels.tolist() == GREY.test_labels.tolist()
    assert data.classes == 10


def test_raw_scale_leaves_pixels_as_they_are(mnist: Path, tmp_path: Path) -> None:
    data = load(DataConfig(name="mnist", scale="raw"), tmp_path)
    assert data.train_images.dtype == torch.float32
    np.testing.assert_array_equal(data.train_images.numpy(), GREY.train_images)


def test_fingerprint_of_the_canonical_copy(mnist: Path, tmp_path: Path) -> None:
    fingerprint = load(DataConfig(name="mnist"), tmp_path).fingerprint
    assert fingerprint.sha256 == sha256_by_hand(GREY)
    assert (fingerprint.name, fingerprint.train_count, fingerprint.val_count) == ("mnist", 12, 7)
    assert fingerprint.canonical is True and fingerprint.note == ""
    assert fingerprint.source == f"{mnist} (IDX files)"


def test_limits_take_the_first_images_and_leave_the_hash_alone(mnist: Path, tmp_path: Path) -> None:
    data = load(DataConfig(name="mnist", train_limit=5, val_limit=2), tmp_path)
    np.testing.assert_array_equal(data.train_images.numpy(), GREY.train_images[:5] / np.float32(255))
    assert data.train_labels.tolist() == GREY.train_labels[:5].tolist()
    assert data.val_labels.tolist() == GREY.test_labels[:2].tolist()
    assert (data.fingerprint.train_count, data.fingerprint.val_count) == (5, 2)
    assert data.fingerprint.sha256 == sha256_by_hand(GREY)


def test_a_limit_above_what_there_is(tmp_path: Path) -> None:
    assert refusal("mnist", tmp_path, train_limit=60_001) == (
        "data.train_limit is 60,001, but mnist has 60,000 training images"
    )
    assert refusal("digits", tmp_path, val_limit=361) == "data.val_limit is 361, but digits has 360 validation images"


@pytest.mark.parametrize("folder", ["MNIST/raw", "MNIST", "mnist"])
def test_compressed_files_and_other_folders_give_the_same_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    makers.write(tmp_path / folder, makers.idx_files(GREY), compressed=True)
    data = load(DataConfig(name="mnist"), tmp_path)
    assert data.fingerprint.sha256 == sha256_by_hand(GREY)
    assert data.fingerprint.canonical is True
    np.testing.assert_array_equal(data.train_images.numpy(), GREY.train_images / np.float32(255))


def test_the_real_sizes_of_mnist(tmp_path: Path) -> None:
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for file, header in zip(
        DATASETS["fashion_mnist"].versions[0].files,
        (
            bytes.fromhex("00000803 0000ea60 0000001c 0000001c"),
            bytes.fromhex("00000801 0000ea60"),
            bytes.fromhex("00000803 00002710 0000001c 0000001c"),
            bytes.fromhex("00000801 00002710"),
        ),
        strict=True,
    ):
        (folder / file.name).write_bytes(header)
        os.truncate(folder / file.name, file.size)
    data = load(DataConfig(name="fashion_mnist"), tmp_path)
    assert data.train_images.shape == (60_000, 1, 28, 28)
    assert data.val_images.shape == (10_000, 1, 28, 28)
    assert data.fingerprint.canonical is False
    assert data.fingerprint.note == (
        "This is not the canonical copy of Fashion-MNIST: train-images-idx3-ubyte and 3 others differ from what was "
        "published. Accuracies may differ from those of the canonical copy."
    )


def test_cifar10_is_the_same_from_both_versions(
    cifar: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    python, binary = cifar
    makers.write(tmp_path / "a" / "cifar-10-batches-py", python)
    makers.write(tmp_path / "b" / "cifar-10-batches-bin", binary)
    for folder in ("a", "b"):
        data = load(DataConfig(name="cifar10"), tmp_path / folder)
        np.testing.assert_array_equal(data.train_images.numpy(), COLOUR.train_images / np.float32(255))
        np.testing.assert_array_equal(data.val_images.numpy(), COLOUR.test_images / np.float32(255))
        assert data.train_labels.tolist() == COLOUR.train_labels.tolist()
        assert data.val_labels.tolist() == COLOUR.test_labels.tolist()
        assert data.train_images.is_contiguous()
        assert data.fingerprint.sha256 == sha256_by_hand(COLOUR)
        assert data.fingerprint.canonical is True


def test_another_copy_of_cifar10_is_read_and_says_so(
    cifar: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    _, binary = cifar
    binary["data_batch_2.bin"] = binary["data_batch_2.bin"][:-1] + b"\x00"
    makers.write(tmp_path / "cifar-10-batches-bin", binary)
    fingerprint = load(DataConfig(name="cifar10"), tmp_path).fingerprint
    assert fingerprint.canonical is False
    assert fingerprint.sha256 != sha256_by_hand(COLOUR)
    assert fingerprint.note == (
        "This is not the canonical copy of CIFAR-10: data_batch_2.bin differs from what was published. "
        "Accuracies may differ from those of the canonical copy."
    )


def test_the_python_version_goes_before_another_copy(
    cifar: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    python, binary = cifar
    makers.write(tmp_path / "cifar-10-batches-bin", binary)
    makers.write(tmp_path / "cifar-10-batches-py", python)
    assert "python version" in load(DataConfig(name="cifar10"), tmp_path).fingerprint.source


def making_a_folder(path: Path) -> bytes:
    """A pickle that makes a folder when it is opened."""
    return f"cos\nmkdir\n(V{path}\ntR.".encode()


def test_an_altered_pickle_is_not_opened(cifar: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path) -> None:
    python, _ = cifar
    python["data_batch_3"] = making_a_folder(tmp_path / "ran").ljust(len(python["data_batch_3"]), b".")
    folder = makers.write(tmp_path / "cifar-10-batches-py", python)
    message = refusal("cifar10", tmp_path)
    assert message.startswith(f"{folder / 'data_batch_3'} is altered")
    assert "`lrtui data fetch cifar10`" in message
    assert not (tmp_path / "ran").exists()


def test_even_a_pickle_with_the_right_checksum_builds_only_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = dict.fromkeys(makers.cifar_files(COLOUR, pickled=True), making_a_folder(tmp_path / "ran"))
    makers.take_for_canonical(monkeypatch, "cifar10", COLOUR, evil, makers.cifar_files(COLOUR, pickled=False))
    makers.write(tmp_path / "cifar-10-batches-py", evil)
    with pytest.raises(pickle.UnpicklingError, match=r"os\.mkdir is not part of an array"):
        load(DataConfig(name="cifar10"), tmp_path)
    assert not (tmp_path / "ran").exists()


def test_absent_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    message = refusal("mnist", tmp_path)
    for folder in ("MNIST/raw", "MNIST", "mnist/raw", "mnist"):
        assert str(tmp_path / folder) in message
    for way in ("`lrtui data fetch mnist`", "--data-dir", "LRTUI_DATA"):
        assert way in message
    assert "\n" not in message


def test_absent_in_part_says_what_is_missing(mnist: Path, tmp_path: Path) -> None:
    (mnist / "t10k-labels-idx1-ubyte").unlink()
    assert f"{mnist} lacks t10k-labels-idx1-ubyte" in refusal("mnist", tmp_path)


def test_a_truncated_file(mnist: Path, tmp_path: Path) -> None:
    path = mnist / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:1000])
    assert refusal("mnist", tmp_path) == (f"{path} holds 1,000 bytes, 9,424 expected: it is truncated or another file")


def test_a_truncated_batch(cifar: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path) -> None:
    _, binary = cifar
    binary["test_batch.bin"] = b""
    folder = makers.write(tmp_path / "cifar-10-batches-bin", binary)
    assert refusal("cifar10", tmp_path) == (
        f"{folder / 'test_batch.bin'} holds 0 bytes, 12,292 expected: it is truncated or another file"
    )


@pytest.mark.parametrize("compressed", [False, True])
def test_whether_a_file_is_compressed_its_content_says(
    compressed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser may unpack a file and leave it its name; other programs drop the ending."""
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    folder = makers.write(tmp_path / "MNIST", makers.idx_files(GREY), compressed=compressed)
    for path in list(folder.iterdir()):
        path.rename(path.with_suffix("") if compressed else path.with_name(f"{path.name}.gz"))
    assert load(DataConfig(name="mnist"), tmp_path).fingerprint.sha256 == sha256_by_hand(GREY)


@pytest.mark.parametrize("cut", [slice(0, 20), slice(0, -3), slice(5, None), slice(0, 0)])
def test_a_damaged_compressed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: slice) -> None:
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    folder = makers.write(tmp_path / "MNIST", makers.idx_files(GREY), compressed=True)
    path = folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[cut])
    assert refusal("mnist", tmp_path).startswith(f"{path} ")


def test_a_compressed_file_that_never_ends_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    files = makers.idx_files(GREY) | {"train-labels-idx1-ubyte": bytes(1_000_000)}
    makers.write(tmp_path / "MNIST", files, compressed=True)
    assert "holds more than 20 bytes, 20 expected" in refusal("mnist", tmp_path)


def test_a_wrong_magic_number(mnist: Path, tmp_path: Path) -> None:
    path = mnist / "t10k-images-idx3-ubyte"
    path.write_bytes(b"\x1f\x8b" + path.read_bytes()[2:])
    assert refusal("mnist", tmp_path) == (
        f"{path} begins with the magic number 0x1f8b0803, 0x00000803 expected: it is damaged or not the file it is named after"
    )


def test_wrong_dimensions(mnist: Path, tmp_path: Path) -> None:
    path = mnist / "train-images-idx3-ubyte"
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes.fromhex("00000003 00000038 00000038") + content[16:])
    assert refusal("mnist", tmp_path) == f"{path} says it holds 3 × 56 × 56, 12 × 28 × 28 expected: it is damaged"


def test_a_label_out_of_range(mnist: Path, tmp_path: Path) -> None:
    path = mnist / "train-labels-idx1-ubyte"
    content = bytearray(path.read_bytes())
    content[8 + 4] = 10
    path.write_bytes(content)
    assert refusal("mnist", tmp_path) == f"{path} is damaged: label 10 of image 4 is not one of 0 to 9"


def test_a_label_out_of_range_in_a_batch(cifar: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path) -> None:
    _, binary = cifar
    binary["data_batch_5.bin"] = b"\xff" + binary["data_batch_5.bin"][1:]
    folder = makers.write(tmp_path / "cifar-10-batches-bin", binary)
    assert refusal("cifar10", tmp_path) == (
        f"{folder / 'data_batch_5.bin'} is damaged: label 255 of image 0 is not one of 0 to 9"
    )


def test_a_file_that_cannot_be_read(mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert refusal("mnist", tmp_path) == f"cannot read {mnist / 'train-images-idx3-ubyte'}: Permission denied"


def test_control_characters_of_a_folder_are_written_out(tmp_path: Path) -> None:
    assert "\x1b" not in refusal("mnist", tmp_path / "a\x1b[31mb")


@pytest.mark.parametrize("name", ["synthetic", "digits", "mnist"])
def test_global_random_state_is_left_alone(mnist: Path, tmp_path: Path, name: str) -> None:
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tobytes()
    load(DataConfig(name=name), tmp_path)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (random.getstate(), np.random.get_state()[1].tobytes())
