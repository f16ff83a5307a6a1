import json
import subprocess
import sys
from pathlib import Path

import pytest
from torchvision.datasets import CIFAR10

from lrtui.data.catalogue import DATASETS, DataStatus, status
from lrtui.data.fingerprint import Fingerprint
from lrtui.study.schema import DataConfig
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


def test_fingerprints_survive_json() -> None:
    fingerprint = Fingerprint("mnist", 60_000, 10_000, "ab" * 32, True, "/data/MNIST/raw (IDX files)", "")
    assert Fingerprint.from_dict(json.loads(json.dumps(fingerprint.as_dict()))) == fingerprint
