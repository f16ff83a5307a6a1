"""What training takes of the machine: measured, shown, kept, and never in the way."""

import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.report.facts import facts
from lrtui.resources import Meter, Sampler
from lrtui.session import Session
from lrtui.store import folder
from lrtui.store.reader import open_study
from lrtui.store.resources import MOST, ResourcesFile, frame, read, thinned
from lrtui.study.resources import GpuUse, Resources, from_dict
from lrtui.study.spec import Study

GPU = GpuUse(1, "GPU-1", 93.0, 21 * 2**30, 80 * 2**30, 310.4, 61.0)


def sample(at: float, cpu: float = 100.0, gpus: tuple[GpuUse, ...] = ()) -> Resources:
    return Resources(at, 1.0, cpu, 50.0, 2**30, 2**31, 2**33, gpus)


def test_processes_are_summed_and_those_that_are_gone_left_out() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    pids = [busy.pid, 999_999_999]
    meter = Meter(lambda: pids)
    meter.begin()
    meter.measure()
    time.sleep(0.5)
    first = meter.measure()
    busy.kill()
    busy.wait()
    time.sleep(0.05)
    second = meter.measure()
    assert 0.4 < first.seconds < 5
    assert first.cpu > 10
    assert first.memory > second.memory > 2**20
    assert 0 <= second.machine_cpu <= 100
    assert second.machine_memory < second.machine_memory_total
    assert second.gpus == ()


def nvml(**changed: object) -> types.SimpleNamespace:
    def gone(*_: object) -> None:
        raise RuntimeError("GPU is lost")

    told = {
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle}".encode(),
        "nvmlDeviceGetMemoryInfo": lambda _: types.SimpleNamespace(used=21 * 2**30, total=80 * 2**30),
        "nvmlDeviceGetPowerUsage": lambda _: 310_400,
        "nvmlDeviceGetUtilizationRates": lambda _: types.SimpleNamespace(gpu=93),
        "nvmlDeviceGetTemperature": lambda *_: 61,
    }
    return types.SimpleNamespace(
        **{**told, **{name: gone if value is None else value for name, value in changed.items()}}
    )


@pytest.mark.parametrize(
    ("module", "uuids", "expected"),
    [
        (nvml(), ("1",), (GPU,)),
        (nvml(), ("GPU-1",), (GPU,)),
        (nvml(nvmlDeviceGetPowerUsage=None, nvmlDeviceGetUtilizationRates=None), ("1",),
         (GpuUse(1, "GPU-1", None, 21 * 2**30, 80 * 2**30, None, 61.0),)),
        (nvml(nvmlInit=None), (), ()),
        (nvml(nvmlDeviceGetCount=None), (), ()),
        (None, (), ()),
    ],
)  # fmt: skip
def test_gpus_tell_what_they_tell(
    monkeypatch: pytest.MonkeyPatch, module: object, uuids: tuple[str, ...], expected: tuple[GpuUse, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", module)
    meter = Meter(lambda: (), gpus=True, uuids=uuids)
    meter.begin()
    assert meter.measure().gpus == expected
    meter.close()


def test_it_is_told_in_few_words_and_survives_json() -> None:
    measured = sample(1.0, 187.3, (GPU,))
    assert measured.text == "cpu 187 % 1.0 GiB · gpu 93 % 21/80 GiB 310 W 61 °C"
    assert from_dict(measured.as_dict()) == measured


def test_samples_are_kept_from_sitting_to_sitting(tmp_path: Path) -> None:
    first = ResourcesFile(tmp_path)
    first.take(sample(1000.0, gpus=(GPU, GpuUse(2, "GPU-2", None, None, None, None, None))))
    first.write()
    second = ResourcesFile(tmp_path)
    second.take(sample(2000.0))
    second.write()
    assert [one.at for one in read(tmp_path)] == [1000.0, 2000.0]
    assert [len(one.gpus) for one in read(tmp_path)] == [2, 0]
    assert read(tmp_path)[0] == sample(1000.0, gpus=(GPU, GpuUse(2, "GPU-2", None, None, None, None, None)))


def test_a_long_study_takes_no_more_room(tmp_path: Path) -> None:
    file = ResourcesFile(tmp_path)
    for second in range(2 * MOST + 10):
        file._samples.append(sample(float(second), cpu=second % 3))
        if len(file._samples) > MOST:
            file._samples = thinned(file._samples)
    assert len(file._samples) <= MOST
    assert sum(one.seconds for one in file._samples) == 2 * MOST + 10
    mean = sum(one.cpu * one.seconds for one in file._samples) / (2 * MOST + 10)
    assert mean == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nonsense", None])
def test_a_file_that_is_damaged_is_as_none(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / folder.RESOURCES_FILE
    file.mkdir() if content is None else file.write_bytes(content)
    assert read(tmp_path) == ()
    ResourcesFile(tmp_path).write()
    other = frame([sample(1.0)]).drop("cpu")
    if content is not None:
        folder.write_frame(file, other)
        assert read(tmp_path) == ()


def test_a_study_keeps_what_it_took_and_its_report_says_so(
    tiny: Callable[..., Study], train_study: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sampler.__init__, "__defaults__", (0.02,))
    session = train_study(tiny("train.epochs=60"), lanes=1)
    assert session.wait(60)
    saved = open_study(session.path)
    assert read(saved.path)
    told = dict(facts(saved))["resources"]
    assert told.startswith("CPU ")
    assert "GiB at most" in told
    assert session.snapshot().resources is not None


def test_a_disk_that_takes_no_samples_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write_frame", full)
    file = ResourcesFile(tmp_path)
    file.take(sample(1.0))
    file.take(sample(100.0))
    file.write()
    assert not list(tmp_path.iterdir())
