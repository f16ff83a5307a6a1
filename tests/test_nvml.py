"""What GPUs tell through NVML, from a module that plays it: two cards, the second with two MIG instances if asked for."""

import sys
import types

import pytest

from lrtui.nvml import Gpus, gpu_figures
from lrtui.study.resources import GpuUse

GIB = 2**30
GPU = GpuUse(1, "GPU-1", 93.0, 21 * GIB, 80 * GIB, 310.4, 61.0)


def gone(*_: object) -> None:
    raise RuntimeError("GPU is lost")


def nvml(**changed: object) -> types.SimpleNamespace:
    """Return a module; what is None in `changed` fails."""
    told = {
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: f"GPU-{index}",
        "nvmlDeviceGetUUID": lambda handle: handle.encode(),
        "nvmlDeviceGetMaxMigDeviceCount": lambda _: 0,
        "nvmlDeviceGetMemoryInfo": lambda _: types.SimpleNamespace(used=21 * GIB, total=80 * GIB),
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
        (nvml(), ("2",), ()),
        (nvml(nvmlDeviceGetPowerUsage=None, nvmlDeviceGetUtilizationRates=None), ("1",),
         (GpuUse(1, "GPU-1", None, 21 * GIB, 80 * GIB, None, 61.0),)),
        (nvml(nvmlDeviceGetMaxMigDeviceCount=None), ("1",), (GPU,)),
        (nvml(nvmlInit=None), ("1",), ()),
        (nvml(nvmlDeviceGetCount=None), ("1",), ()),
        (nvml(nvmlDeviceGetHandleByIndex=lambda index: f"GPU-{index}" if index else gone()), ("0", "1"), (GPU,)),
        (types.SimpleNamespace(), ("1",), ()),
        (None, ("1",), ()),
    ],
)  # fmt: skip
def test_gpus_tell_what_they_tell(
    monkeypatch: pytest.MonkeyPatch, module: object, uuids: tuple[str, ...], expected: tuple[GpuUse, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", module)
    gpus = Gpus(uuids)
    assert gpus.use() == expected
    gpus.close()


def test_one_that_is_lost_midway_is_left_out_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    module = nvml()
    monkeypatch.setitem(sys.modules, "pynvml", module)
    gpus = Gpus(("1",))
    assert gpus.use() == (GPU,)
    whole = vars(module).copy()
    for name in whole:
        if name.startswith("nvmlDeviceGet"):
            setattr(module, name, gone)
    assert gpus.use() == ()
    vars(module).update(whole)
    assert gpus.use() == (GPU,)
    module.nvmlShutdown = gone
    gpus.close()


def test_a_mig_instance_has_its_own_memory_and_its_cards_power(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_a_card(figure: object) -> object:
        return lambda handle, *_: gone() if handle.startswith("MIG") else figure

    module = nvml(
        nvmlDeviceGetMaxMigDeviceCount=lambda card: 7 if card == "GPU-1" else 0,
        nvmlDeviceGetMigDeviceHandleByIndex=lambda _, number: f"MIG-a{number}" if number < 2 else gone(),
        nvmlDeviceGetMemoryInfo=lambda handle: types.SimpleNamespace(
            used=GIB, total=10 * GIB if handle.startswith("MIG") else 80 * GIB
        ),
        nvmlDeviceGetUtilizationRates=None,
        nvmlDeviceGetPowerUsage=of_a_card(200_000),
        nvmlDeviceGetTemperature=of_a_card(50),
    )
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert Gpus(("A1",)).use() == (GpuUse(1, "MIG-a1", None, GIB, 10 * GIB, 200.0, 50.0),)


@pytest.mark.parametrize(
    ("module", "clause"),
    [
        (nvml(), "utilization, memory, power and temperature of 2 GPUs"),
        (nvml(nvmlDeviceGetCount=lambda: 1), "utilization, memory, power and temperature of 1 GPU"),
        (nvml(nvmlInit=None), "no figures of GPUs: NVML says GPU is lost"),
        (None, "no figures of GPUs: that takes `pip install 'lrtui[gpu]'`"),
    ],
)
def test_doctor_is_told_what_can_be_measured(monkeypatch: pytest.MonkeyPatch, module: object, clause: str) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert gpu_figures() == clause
