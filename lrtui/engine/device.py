"""Which device trains, and what it is called."""

import platform
import warnings
from pathlib import Path

import torch

from lrtui.engine.cores import usable_cores
from lrtui.errors import InputError

CHOICES = ("auto", "cpu", "cuda")


def choose(wanted: str) -> torch.device:
    """Return the device for `auto` (CUDA if there is a usable device), `cpu` or `cuda`. Raises InputError if CUDA is missing."""
    if wanted not in CHOICES:
        raise InputError(f"--device: expected auto, cpu or cuda, got {wanted!r}")
    if wanted == "cpu":
        return torch.device("cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns about drivers it cannot use; the answer says as much
        present = torch.cuda.is_available()
    if wanted == "cuda" and not present:
        built = f"is built for CUDA {torch.version.cuda}" if torch.version.cuda else "is built without CUDA"
        raise InputError(
            f"--device cuda: no CUDA device can be used here (torch {torch.__version__} {built}); "
            "`--device cpu` trains on the processor, `lrtui doctor` says more"
        )
    if present:
        _settle_arithmetic()
    return torch.device("cuda" if present else "cpu")


def arithmetic(device: torch.device) -> str:
    """Return how the device reckons where torch leaves a choice; empty for a CPU, which has none."""
    return "float32, deterministic" if device.type == "cuda" else ""


def _settle_arithmetic() -> None:
    """Have the GPU multiply in float32 rather than in TF32, torch's default for convolutions, and the same way every time."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True


def describe(device: torch.device) -> dict[str, str | int]:
    """Return kind, name and size of the device, and its arithmetic, for the study's record."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        size = round(properties.total_memory / 2**30)
        return {"kind": "cuda", "name": properties.name, "memory_gib": size, "arithmetic": arithmetic(device)}
    return {"kind": "cpu", "name": processor_name(), "cores": usable_cores()}


def processor_name() -> str:
    """Return the processor's name as the system knows it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
