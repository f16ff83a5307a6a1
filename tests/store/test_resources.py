"""resources.parquet: kept from sitting to sitting, bounded, and nothing that a study depends on."""

import errno
from pathlib import Path

import polars as pl
import pytest

from lrtui.analysis.columns import RESOURCES, schema
from lrtui.store import disk, folder
from lrtui.store.resources import MOST, WRITE_SECONDS, ResourcesFile, frame, merged, read, read_frame
from lrtui.study.resources import GpuUse, Resources
from tests.store.failing_disk import Died, FailingDisk

GPU = GpuUse(1, "GPU-1", 93.0, 21 * 2**30, 80 * 2**30, 310.4, 61.0)
SILENT = GpuUse(2, "GPU-2")


def sample(at: float, cpu: float = 100.0, gpus: tuple[GpuUse, ...] = (), seconds: float = 1.0) -> Resources:
    return Resources(at, seconds, cpu, 50.0, 2**30 + int(at), 2**31, 2**33, gpus)


def test_samples_are_kept_from_sitting_to_sitting(tmp_path: Path) -> None:
    first = ResourcesFile(tmp_path)
    first.take(sample(1000.0, gpus=(GPU, SILENT)))
    first.take(sample(1001.0, gpus=(GPU, SILENT)))
    first.write()
    second = ResourcesFile(tmp_path)
    second.take(sample(2000.125))
    second.write()
    assert read(tmp_path) == (
        sample(1000.0, gpus=(GPU, SILENT)), sample(1001.0, gpus=(GPU, SILENT)), sample(2000.125),
    )  # fmt: skip
    assert dict(read_frame(tmp_path).schema) == schema(RESOURCES)
    assert read_frame(tmp_path)["gpu"].to_list() == [1, 2, 1, 2, None]


def test_a_name_that_looks_like_a_pattern_is_one_all_the_same(tmp_path: Path) -> None:
    study = tmp_path / "runs [old] *"
    study.mkdir()
    folder.write_frame(study / folder.RESOURCES_FILE, frame([sample(1.0)]))
    assert read(study) == (sample(1.0),)


def test_it_is_written_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    monkeypatch.setattr(folder, "write_frame", lambda _, frame: written.append(len(frame)))
    file = ResourcesFile(tmp_path)
    for second in range(1, 200):
        file.take(sample(1000.0 + second))
    assert len(written) == 198 // WRITE_SECONDS
    file.write()
    file.write()
    assert written[3:] == [199], "and nothing twice"
    file.take(sample(10.0))
    assert written[4:] == [200], "a clock that is set back stops nothing"


@pytest.mark.parametrize("gpus", [(), (GPU,), (GPU, GPU, GPU, GPU)])
def test_a_long_study_takes_no_more_room(tmp_path: Path, gpus: tuple[GpuUse, ...]) -> None:
    file = ResourcesFile(tmp_path)
    seconds = 10 * MOST + 7
    for second in range(1, seconds + 1):
        file.take(sample(1.0003 * second, cpu=second % 3, gpus=gpus, seconds=1.0003))
        file._tried = 1.0003 * second  # nothing is written on the way
    file.write()
    rows = read_frame(tmp_path)
    assert MOST / 4 < len(rows) <= MOST
    kept = read(tmp_path)
    assert sum(one.seconds for one in kept) == pytest.approx(1.0003 * seconds, rel=1e-3)
    mean = sum(one.cpu * one.seconds for one in kept) / sum(one.seconds for one in kept)
    assert mean == pytest.approx(1.0, abs=0.05)
    spans = [one.seconds for one in kept[:-1]]
    assert max(spans) < 3 * min(spans), "older and newer alike"
    goes_on = ResourcesFile(tmp_path)
    for second in range(seconds, seconds + 1000):
        goes_on.take(sample(1.0003 * second, gpus=gpus))
        goes_on._tried = 1.0003 * second
    assert len(goes_on._samples) < len(kept) + 1000 / min(spans) + 2


def test_neighbours_are_means_and_of_memory_the_larger() -> None:
    one = sample(1.0, 50.0, (GPU,))
    other = sample(4.0, 150.0, (GpuUse(1, "GPU-1", 13.0, 1, 80 * 2**30, None, 65.0), SILENT), seconds=3.0)
    assert merged([one, other], 3.0) == [one, other]
    (both,) = merged([one, other], 4.0)
    assert (both.at, both.seconds, both.cpu, both.memory) == (4.0, 4.0, 125.0, 2**30 + 4)
    assert both.gpus == (GpuUse(1, "GPU-1", 33.0, 21 * 2**30, 80 * 2**30, 310.4, 64.0), SILENT)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nonsense", None])
def test_a_file_that_is_damaged_is_as_none(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / folder.RESOURCES_FILE
    file.mkdir() if content is None else file.write_bytes(content)
    assert read(tmp_path) == ()
    goes_on = ResourcesFile(tmp_path)
    goes_on.take(sample(1.0))
    goes_on.write()
    assert read(tmp_path) == (() if content is None else (sample(1.0),))


def test_a_file_of_others_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    file = tmp_path / folder.RESOURCES_FILE
    folder.write_frame(file, frame([sample(1.0)]).drop("cpu"))
    assert read(tmp_path) == ()
    folder.write_frame(file, frame([sample(1.0), sample(2.0)]).with_columns(pl.lit(None, pl.Float64).alias("seconds")))
    assert read(tmp_path) == ()
    assert ResourcesFile(tmp_path)._samples == []


def test_a_disk_that_is_full_for_a_while_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = ResourcesFile(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "write", full)
        for at in (1.0, 100.0, 101.0):
            file.take(sample(at))
        file.write()
        assert not list(tmp_path.iterdir())
    file.take(sample(200.0))
    assert [one.at for one in read(tmp_path)] == [1.0, 100.0, 101.0, 200.0]


def test_whenever_the_process_dies_the_file_is_the_old_one_or_the_new(tmp_path: Path) -> None:
    def work(study: Path) -> None:
        file = ResourcesFile(study)
        for at in (1.0, 100.0):
            file.take(sample(at))
            file.write()

    at, seen = 1, set()
    while True:
        study = tmp_path / f"{at}"
        study.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            FailingDisk(patch, study, at)
            try:
                work(study)
            except Died:
                died = True
            else:
                died = False
        seen.add(tuple(one.at for one in read(study)))
        if not died:
            break
        at += 1
    assert at > 5
    assert seen == {(), (1.0,), (1.0, 100.0)}
