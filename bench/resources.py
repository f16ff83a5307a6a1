"""What it takes to measure once a second what training takes: processor time of the measuring thread, and of writing it.

usage: python bench/resources.py [--quick]. The lanes are processes that sleep; NVML, where there are GPUs, is a stand-in that
answers at once, so that only Python's share of asking is measured.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

from common import processor_name, usable_cores

from lrtui.resources import Meter
from lrtui.store.resources import MOST, WRITE_SECONDS, ResourcesFile
from lrtui.study.resources import GpuUse, Resources

SAMPLES = 30


def stand_in(gpus: int) -> types.SimpleNamespace:
    """Return a module in the place of pynvml."""
    return types.SimpleNamespace(
        NVML_TEMPERATURE_GPU=0,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: gpus,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetUUID=lambda handle: f"GPU-{handle}",
        nvmlDeviceGetMaxMigDeviceCount=lambda _: 0,
        nvmlDeviceGetMemoryInfo=lambda _: types.SimpleNamespace(used=2**34, total=2**36),
        nvmlDeviceGetUtilizationRates=lambda _: types.SimpleNamespace(gpu=93),
        nvmlDeviceGetPowerUsage=lambda _: 310_000,
        nvmlDeviceGetTemperature=lambda *_: 61,
    )


def measuring(lanes: int, gpus: int, every: float) -> dict[str, float]:
    """Return the milliseconds a sample takes of the thread's time, and their share of it."""
    processes = [subprocess.Popen(["sleep", "600"]) for _ in range(lanes - 1)]
    sys.modules["pynvml"] = stand_in(gpus)  # type: ignore[assignment]
    first, *others = [{"kind": "cuda", "uuid": str(index)} for index in range(gpus)] or [{"kind": "cpu"}]
    try:
        meter = Meter(lambda: [process.pid for process in processes], {**first, "others": others})
        meter.begin()
        spent, began = time.thread_time(), time.perf_counter()
        for _ in range(SAMPLES):
            time.sleep(every)
            meter.measure()
        spent, seconds = time.thread_time() - spent, time.perf_counter() - began
        meter.close()
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return {"ms": round(1000 * spent / SAMPLES, 3), "percent": round(100 * spent / seconds, 4)}


def writing(gpus: int) -> dict[str, float]:
    """Return the milliseconds of writing the longest file there is, and their share of the time between two."""
    used = tuple(GpuUse(index, f"GPU-{index}", 93.0, 2**34, 2**36, 310.0, 61.0) for index in range(gpus))
    with tempfile.TemporaryDirectory(dir=".") as folder:
        file = ResourcesFile(Path(folder))
        file._samples = [
            Resources(1e9 + second, 1.0, 187.3, 90.0, 2**30 + second, 2**32, 2**34, used)
            for second in range(MOST // max(1, gpus))
        ]
        taken = []
        for _ in range(5):
            file._written = 0.0
            began = time.thread_time()
            file.write()
            taken.append(time.thread_time() - began)
    middle = sorted(taken)[2]
    return {"ms": round(1000 * middle, 1), "percent": round(100 * middle / WRITE_SECONDS, 4)}


if __name__ == "__main__":
    every = 0.05 if "--quick" in sys.argv[1:] else 1.0
    document = {
        "benchmark": "resources",
        "machine": f"{processor_name()}, {usable_cores()} cores, {platform.system()}",
        "every_seconds": every,
        **{
            f"{lanes} lanes, {gpus} GPUs": measuring(lanes, gpus, every)
            for lanes, gpus in ((1, 0), (2, 0), (8, 0), (16, 0), (1, 1), (8, 8))
        },
        **{f"writing, {gpus} GPUs": writing(gpus) for gpus in (0, 1, 8)},
    }
    print(json.dumps(document, indent=2, ensure_ascii=False))
