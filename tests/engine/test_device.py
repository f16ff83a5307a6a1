"""Which device trains, how it reckons, and what a study records of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lrtui.book.scenario import device_name
from lrtui.engine import device as devices
from lrtui.errors import InputError

CPUINFO = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC
stepping\t: 1

processor\t: 1
cpu family\t: 99
"""


def test_processors_of_one_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    named = []
    for family in ("25", "26"):
        monkeypatch.setattr(Path, "read_text", lambda _, family=family: CPUINFO.replace("25", family))
        devices._cpuinfo.cache_clear()
        described = devices.describe(torch.device("cpu"))
        assert described["name"] == "AMD EPYC"
        assert described["model"] == f"AuthenticAMD family {family} model 17 stepping 1"
        assert described["instructions"] == torch.backends.cpu.get_cpu_capability()
        named.append(device_name(described))
    assert named[0] != named[1]
    devices._cpuinfo.cache_clear()


def test_where_the_system_tells_less_less_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", absent)
    devices._cpuinfo.cache_clear()
    described = devices.describe(torch.device("cpu"))
    devices._cpuinfo.cache_clear()
    assert described["name"]
    assert "model" not in described
    assert device_name({"kind": "cpu", "name": "AMD EPYC"}) == "cpu: AMD EPYC"


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that has torch see GPUs; those with a fault cannot be used, for it."""

    def see(*faults: str) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(faults))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(faults))
        monkeypatch.setattr(devices, "probe", lambda device: faults[device.index])
        for owner, name in ((torch.backends.cuda.matmul, "allow_tf32"), (torch.backends.cudnn, "allow_tf32")):
            monkeypatch.setattr(owner, name, True)
        monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)

    return see


def test_a_gpu_reckons_in_float32_and_the_same_way_every_time(gpus: Callable[..., None]) -> None:
    gpus("")
    chosen = devices.choose("auto")
    assert chosen == devices.Chosen((torch.device("cuda", 0),))
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.deterministic
    assert devices.arithmetic(chosen.devices[0]) == "float32, deterministic"


FULL = "CUDA out of memory. Tried to allocate 20.00 MiB."


@pytest.mark.parametrize(
    ("faults", "wanted", "numbers", "note"),
    [
        (["", ""], "auto", [0, 1], ""),
        (["", ""], "cuda", [0, 1], ""),
        (["", ""], "cuda:1", [1], ""),
        ([FULL, ""], "auto", [1], f"cuda:0 cannot be used: {FULL}"),
        ([FULL], "auto", None, f"cuda:0 cannot be used: {FULL}; training on the processor"),
        (["", ""], "cpu", None, ""),
        ([], "auto", None, ""),
    ],
)
def test_gpus_that_work_train(
    gpus: Callable[..., None], faults: list[str], wanted: str, numbers: list[int] | None, note: str
) -> None:
    gpus(*faults)
    chosen = devices.choose(wanted)
    expected = [torch.device("cpu")] if numbers is None else [torch.device("cuda", number) for number in numbers]
    assert list(chosen.devices) == expected
    assert chosen.note == note


@pytest.mark.parametrize(
    ("faults", "wanted", "message"),
    [
        ([], "cuda", "no CUDA device can be used here"),
        ([], "cuda:0", "--device cuda:0: no CUDA device"),
        ([""], "cuda:1", "--device cuda:1: there is 1 GPU, from cuda:0"),
        (
            [FULL, "no kernel image"],
            "cuda",
            "cuda:0 cannot be used: CUDA out of memory.*cuda:1 cannot be used: no kernel",
        ),
        ([""], "cuda:-1", "expected auto, cpu, cuda or cuda:N, got 'cuda:-1'"),
        ([""], "gpu", "got 'gpu'"),
        ([""], "cuda:", "got 'cuda:'"),
    ],
)
def test_a_device_that_is_not_there_is_refused(
    gpus: Callable[..., None], faults: list[str], wanted: str, message: str
) -> None:
    gpus(*faults)
    with pytest.raises(InputError, match=message):
        devices.choose(wanted)


def test_a_device_that_cannot_reckon_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices.probe(torch.device("cpu")) == ""

    def broken(*_: object, **__: object) -> None:
        raise torch.AcceleratorError(
            "CUDA error: no kernel image is available\nCUDA kernel errors might be\nFor debugging"
        )

    monkeypatch.setattr(torch, "ones", broken)
    assert devices.probe(torch.device("cpu")) == "CUDA error: no kernel image is available"


def test_the_driver_is_what_linux_says(tmp_path: Path) -> None:
    file = tmp_path / "version"
    assert devices.driver(file) == ""
    file.write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build\nGCC version: 12.3\n"
    )
    assert devices.driver(file) == "580.159.04"


def test_a_processor_reckons_with_its_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    (chosen,) = devices.choose("cpu").devices
    assert (
        devices.arithmetic(chosen)
        == devices.describe(chosen)["instructions"]
        == torch.backends.cpu.get_cpu_capability()
    )
    assert torch.backends.cudnn.allow_tf32
