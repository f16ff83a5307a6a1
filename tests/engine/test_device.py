"""What a study records of the processor: enough to tell those of one name apart."""

from pathlib import Path

import pytest
import torch

from lrtui.book.scenario import device_name
from lrtui.engine import device

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
        device._cpuinfo.cache_clear()
        described = device.describe(torch.device("cpu"))
        assert described["name"] == "AMD EPYC"
        assert described["model"] == f"AuthenticAMD family {family} model 17 stepping 1"
        assert described["instructions"] == torch.backends.cpu.get_cpu_capability()
        named.append(device_name(described))
    assert named[0] != named[1]
    device._cpuinfo.cache_clear()


def test_where_the_system_tells_less_less_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", absent)
    device._cpuinfo.cache_clear()
    described = device.describe(torch.device("cpu"))
    device._cpuinfo.cache_clear()
    assert described["name"]
    assert "model" not in described
    assert device_name({"kind": "cpu", "name": "AMD EPYC"}) == "cpu: AMD EPYC"
