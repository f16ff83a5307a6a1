"""Which device trains, and what it is called."""

import functools
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
    """Return how the device reckons where its kind differ: the instruction set that torch uses on a CPU, a GPU's precision.

    A processor with other instructions adds up in another order: what is unstable comes out otherwise there.
    """
    return "float32, deterministic" if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()


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
    return {"kind": "cpu", "name": processor_name(), **processor_details(), "cores": usable_cores()}


def processor_name() -> str:
    """Return the processor's name as the system knows it."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def processor_details() -> dict[str, str]:
    """Return what tells processors of one name apart, for numbers that depend on it: `model` (vendor, family and model, if the
    system gives them) and `instructions`, the instruction set that torch uses."""
    known = _cpuinfo()
    named = [known.get("vendor_id", ""), *(f"{word} {known[key]}" for word, key in _MODEL if known.get(key))]
    model = " ".join(filter(None, named))
    instructions = {"instructions": arithmetic(torch.device("cpu"))}
    return {"model": model} | instructions if model else instructions


_MODEL = (("family", "cpu family"), ("model", "model"), ("stepping", "stepping"))
"""What each is called here and by Linux."""


@functools.cache
def _cpuinfo() -> dict[str, str]:
    """Return what Linux says of the first processor; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
