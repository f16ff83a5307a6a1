"""What training takes of the machine: measured once a second, by a thread that is never in the way."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lrtui import resources
from lrtui.resources import Meter, Sampler
from lrtui.session import Session
from lrtui.store.resources import ResourcesFile, read
from lrtui.study.resources import Resources
from lrtui.study.spec import Study
from tests.test_nvml import nvml

CPU = {"kind": "cpu", "name": "test"}


def test_processes_are_summed_and_those_that_are_gone_left_out() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    meter = Meter(lambda: [busy.pid, 999_999_999], CPU)
    meter.begin()
    own = psutil.Process().memory_info().rss
    until = time.monotonic() + 60
    while (first := meter.measure()).cpu < 10 or first.memory < own + 2**20:
        assert time.monotonic() < until
        time.sleep(0.1)
    busy.kill()
    busy.wait()
    second = meter.measure()
    assert 0 <= second.machine_cpu <= 100
    assert 2**20 < second.memory < first.memory
    assert 0 < second.machine_memory < second.machine_memory_total
    assert second.gpus == ()


def test_a_containers_limit_is_what_there_is_of_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text("300000000\n")
    (tmp_path / "memory.stat").write_text("anon 200000000\ninactive_file 100000000\n")
    monkeypatch.setattr(resources, "memory_limit", lambda: (2**29, tmp_path))
    meter = Meter(lambda: (), CPU)
    meter.begin()
    measured = meter.measure()
    assert (measured.machine_memory, measured.machine_memory_total) == (200_000_000, 2**29)
    monkeypatch.setattr(resources, "memory_limit", lambda: (2**62, tmp_path))
    assert Meter(lambda: (), CPU).measure().machine_memory_total == psutil.virtual_memory().total


def test_only_the_gpus_that_train_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    one = {"kind": "cuda", "uuid": "0"}
    for device, expected in ((one, [0]), (one | {"others": [{"kind": "cuda", "uuid": "1"}]}, [0, 1]), (CPU, [])):
        meter = Meter(lambda: (), device)
        meter.begin()
        assert [gpu.index for gpu in meter.measure().gpus] == expected
        meter.close()


class Told:
    """A meter that tells what a test gives it, at a price."""

    def __init__(self, *, fails: Callable[[int], bool] = lambda _: False, waits: threading.Event | None = None) -> None:
        self.asked = 0
        self.closed = False
        self.begun = threading.Event()
        self._fails, self._waits = fails, waits

    def begin(self) -> None:
        pass

    def measure(self) -> Resources:
        self.asked += 1
        self.begun.set()
        if self._waits is not None:
            self._waits.wait(60)
        if self._fails(self.asked):
            raise RuntimeError("a driver that breaks midway")
        return Resources(float(self.asked), 1.0, 100.0, 50.0, 2**30, 2**31, 2**33)

    def close(self) -> None:
        self.closed = True


def sampler(meter: Told, show: Callable[[Resources], object], study: Path, every: float = 0.001) -> Sampler:
    return Sampler(meter, show, ResourcesFile(study), every)  # type: ignore[arg-type]


def test_a_measurement_that_fails_is_left_out_and_the_next_taken(tmp_path: Path) -> None:
    meter, shown, enough = Told(fails=lambda asked: asked in (1, 3)), [], threading.Event()

    def show(sample: Resources) -> None:
        shown.append(sample.at)
        if len(shown) == 2:
            enough.set()

    sampling = sampler(meter, show, tmp_path)
    sampling.start()
    assert enough.wait(60)
    sampling.stop()
    assert shown[:2] == [2.0, 4.0]
    assert [one.at for one in read(tmp_path)] == shown
    assert meter.closed


def test_it_stops_at_once_and_may_be_stopped_again(tmp_path: Path) -> None:
    sampling = sampler(Told(), lambda _: None, tmp_path, every=3600)
    sampling.start()
    began = time.monotonic()
    sampling.stop()
    sampling.stop()
    assert time.monotonic() - began < 30
    assert not sampling._thread.is_alive()
    never = sampler(Told(), lambda _: None, tmp_path)
    never.stop()


def test_a_driver_that_hangs_keeps_nobody_from_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PATIENCE", 0.01)
    answers, shown = threading.Event(), []
    meter = Told(waits=answers)
    sampling = sampler(meter, shown.append, tmp_path)
    sampling.start()
    assert meter.begun.wait(60)
    sampling.stop()
    answers.set()
    sampling._thread.join(60)
    assert shown == [], "what comes too late is shown to nobody"
    assert not list(tmp_path.iterdir())


def test_what_is_dear_to_measure_is_measured_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dear(Told):
        def measure(self) -> Resources:
            spent = time.thread_time()
            while time.thread_time() - spent < 0.02:
                pass
            return super().measure()

    pauses: list[float] = []
    over = threading.Event()

    class Over:
        """An event that notes how long it is waited for, and is set the third time."""

        def wait(self, seconds: float) -> bool:
            pauses.append(seconds)
            return len(pauses) == 3

        set, is_set = over.set, over.is_set

    sampling = sampler(Dear(), lambda _: None, tmp_path)
    monkeypatch.setattr(sampling, "_over", Over())
    sampling.start()
    sampling._thread.join(60)
    sampling.stop()
    assert pauses[0] == 0.001
    assert min(pauses[1:]) > 0.02 / resources.MOST_SHARE / 2


def test_a_study_keeps_what_it_took(
    tiny: Callable[..., Study], train_study: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sampler.__init__, "__defaults__", (0.02,))
    monkeypatch.setattr(resources, "MOST_SHARE", 1.0)
    session = train_study(tiny("train.epochs=60"), lanes=1)
    assert session.wait(60)
    kept = read(session.path)
    assert kept
    assert session.snapshot().resources == kept[-1]
    assert not [thread for thread in threading.enumerate() if thread.name == "resources"]


def test_a_sampler_that_fails_ends_no_study(
    tiny: Callable[..., Study], train_study: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(Sampler.__init__, "__defaults__", (0.01,))
    monkeypatch.setattr(Meter, "begin", fails)
    monkeypatch.setattr(Meter, "measure", fails)
    session = train_study(tiny(), lanes=1)
    assert session.wait(60)
    assert session.error is None
    assert session.snapshot().resources is None
    assert read(session.path) == ()
