"""Which device trains, and how it reckons."""

import pytest
import torch

from lrtui.engine import device as devices


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


def test_a_processor_has_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    assert devices.arithmetic(devices.choose("cpu")) == ""
    assert torch.backends.cudnn.allow_tf32
