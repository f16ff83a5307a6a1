import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from torchvision.datasets import CIFAR10

from lrtui.data.catalogue import DATASETS, DataStatus, find, status
from lrtui.study.datasets import DataConfig
from tests.data import makers
from tests.data.makers import Arrays

GREY = Arrays.random(6, 3, (1, 28, 28))


def status_of(name: str, data_dir: Path) -> DataStatus:
    return next(entry for entry in status(data_dir) if entry.name == name)


def test_it_lists_what_presets_can_name() -> None:
    names = DataConfig.model_json_schema()["properties"]["name"]["enum"]
    assert list(DATASETS) == names


def test_checksums_of_the_python_version_are_torchvisions() -> None:
    ours = {file.name: file.md5 for file in DATASETS["cifar10"].versions[0].files}
    assert ours == dict([*CIFAR10.train_list, *CIFAR10.test_list])


def test_nothing_there(tmp_path: Path) -> None:
    entry = status_of("cifar10", tmp_path)
    assert not entry.present
    assert (entry.where, entry.train_count, entry.val_count, entry.bytes) == ("", 0, 0, 0)
    assert str(tmp_path / "cifar-10-batches-bin") in entry.note
    assert status_of("digits", tmp_path).present
    assert status_of("digits", tmp_path).bytes > 40_000
    assert status_of("synthetic", tmp_path).where == "made by lrtui when needed"


def test_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    folder = makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))
    entry = status_of("mnist", tmp_path)
    assert entry.present
    assert entry.where == f"{folder} (IDX files)"
    assert (entry.train_count, entry.val_count) == (6, 3)
    assert entry.bytes == sum(map(len, makers.idx_files(GREY).values()))
    assert entry.note == ""


def test_a_wrong_size_is_not_present(tmp_path: Path) -> None:
    makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))
    entry = status_of("mnist", tmp_path)
    assert not entry.present
    assert "train-labels-idx1-ubyte has 14 bytes, 60,008 expected" in entry.note


def test_the_size_of_compressed_files_is_not_judged(tmp_path: Path) -> None:
    makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY), compressed=True)
    assert status_of("mnist", tmp_path).present


def test_a_look_needs_neither_torch_nor_numpy(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from lrtui.data.catalogue import status; "
        f"status(Path({str(tmp_path)!r})); before = set(sys.modules); import lrtui.data.fingerprint; "
        "print([name for name in ('torch', 'numpy') if name in before], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"


DOTTED = {name: name.replace("-idx", ".idx") for name in makers.idx_files(GREY)}


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("folder", ["MNIST/raw", "raw", ""])
def test_files_under_the_names_7_zip_and_kaggle_give_them(folder: str, compressed: bool, tmp_path: Path) -> None:
    files = {DOTTED[name]: content for name, content in makers.idx_files(GREY).items()}
    makers.write(tmp_path / folder, files, compressed=compressed)
    found = find(DATASETS["mnist"], tmp_path)
    assert found is not None
    assert found.folder == tmp_path / folder
    assert found.paths[0].name == "train-images.idx3-ubyte" + (".gz" if compressed else "")


def test_files_in_folders_of_their_own_names_as_kaggles_archive_has_them(tmp_path: Path) -> None:
    for name, content in makers.idx_files(GREY).items():
        makers.write(tmp_path / name, {name: content})
    found = find(DATASETS["mnist"], tmp_path)
    assert found is not None
    assert found.paths[0] == tmp_path / "train-images-idx3-ubyte" / "train-images-idx3-ubyte"


@pytest.mark.parametrize("compressed", [False, True])
def test_a_folder_of_files_is_the_data_set_whose_labels_it_has(
    compressed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clothes = Arrays.random(6, 3, (1, 28, 28))
    clothes = replace(clothes, test_labels=9 - clothes.test_labels)
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    makers.take_for_canonical(monkeypatch, "fashion_mnist", clothes, makers.idx_files(clothes))
    makers.write(tmp_path, makers.idx_files(clothes), compressed=compressed)
    assert find(DATASETS["mnist"], tmp_path) is None
    assert find(DATASETS["fashion_mnist"], tmp_path) is not None


def test_a_folder_of_cifar_batches_may_itself_be_the_data_folder(tmp_path: Path) -> None:
    for version in DATASETS["cifar10"].versions:
        folder = tmp_path / version.format
        makers.write(folder, {file.name: b"" for file in version.files})
        found = find(DATASETS["cifar10"], folder)
        assert found is not None
        assert (found.version, found.folder) == (version, folder)
