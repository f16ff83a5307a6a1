"""Which device trains, how it reckons, and what a study records of it."""

from pathlib import Path

import pytest
import torch

from lrtui.book.scenario import device_name
from lrtui.engine import device as devices

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


def test_a_gpu_reckons_in_float32_and_the_same_way_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    flags = [
        (torch.backends.cuda.matmul, "allow_tf32", True, False),
        (torch.backends.cudnn, "allow_tf32", True, False),
        (torch.backends.cudnn, "deterministic", False, True),
    ]
    for owner, name, before, _ in flags:
        monkeypatch.setattr(owner, name, before)
    chosen = devices.choose("auto")
    assert chosen.type == "cuda"
    assert [getattr(owner, name) for owner, name, _, _ in flags] == [after for *_, after in flags]
    assert devices.arithmetic(chosen) == "float32, deterministic"


def test_a_processor_reckons_with_its_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    chosen = devices.choose("cpu")
    assert (
        devices.arithmetic(chosen)
        == devices.describe(chosen)["instructions"]
        == torch.backends.cpu.get_cpu_capability()
    )
    assert torch.backends.cudnn.allow_tf32
