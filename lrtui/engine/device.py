"""Which device trains, and what it is called."""

import functools
import platform
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch

from lrtui.engine.cores import usable_cores
from lrtui.errors import InputError
from lrtui.study.machine import gpu_number, is_device
from lrtui.text import count as quantity


@dataclass(frozen=True)
class Chosen:
    """What trains, of one kind."""

    devices: tuple[torch.device, ...]
    """The processor, or GPUs."""
    note: str = ""
    """What a person should know of the choice, a sentence."""

    @property
    def kind(self) -> str:
        """Return `cpu` or `cuda`."""
        return self.devices[0].type


def choose(wanted: str) -> Chosen:
    """Return the devices for `auto` (every GPU that works, else the processor), `cpu`, `cuda` or `cuda:1`.

    A GPU works if it does a product and a convolution; one that does not is left out, with a note if it was `auto` that
    chose. Raises InputError if CUDA was asked for and cannot be used.
    """
    if not is_device(wanted):
        raise InputError(f"--device: expected auto, cpu, cuda or cuda:N, got {wanted!r}")
    if wanted == "cpu":
        return Chosen((torch.device("cpu"),))
    number = gpu_number(wanted)
    count = _gpus()
    if number is not None and count and number >= count:
        raise InputError(
            f"--device {wanted}: there {'is' if count == 1 else 'are'} {quantity(count, 'GPU')}, from cuda:0"
        )
    if not count:
        if wanted == "auto":
            return Chosen((torch.device("cpu"),))
        built = f"is built for CUDA {torch.version.cuda}" if torch.version.cuda else "is built without CUDA"
        raise InputError(
            f"--device {wanted}: no CUDA device can be used here (torch {torch.__version__} {built}); "
            "`--device cpu` trains on the processor, `lrtui doctor` says more"
        )
    settle_arithmetic()
    candidates = [torch.device("cuda", index) for index in (range(count) if number is None else [number])]
    faults = {device: probe(device) for device in candidates}
    working = tuple(device for device, fault in faults.items() if not fault)
    told = "; ".join(f"{device} cannot be used: {fault}" for device, fault in faults.items() if fault)
    if working:
        return Chosen(working, told)
    if wanted == "auto":
        return Chosen((torch.device("cpu"),), f"{told}; training on the processor")
    raise InputError(f"--device {wanted}: {told}; `--device cpu` trains on the processor, `lrtui doctor` says more")


def probe(device: torch.device) -> str:
    """Return why a GPU cannot be used, as a clause; empty if it multiplies and convolves."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch warns of is in what it raises
            product = torch.ones(8, 8, device=device) @ torch.ones(8, 8, device=device)
            folded = torch.nn.functional.conv2d(product.reshape(1, 1, 8, 8), torch.ones(1, 1, 3, 3, device=device))
            return "" if float(folded.sum()) == 8 * 9 * 36 else "it reckons wrongly"
    except RuntimeError as error:
        return first_line(error)


def first_line(error: BaseException) -> str:
    """Return what an exception says, without the advice that torch adds in further lines."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _gpus() -> int:
    """Return how many GPUs torch sees."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns about drivers it cannot use; the answer says as much
        return torch.cuda.device_count() if torch.cuda.is_available() else 0


def arithmetic(device: torch.device) -> str:
    """Return how the device reckons where its kind differ: the instruction set that torch uses on a CPU, a GPU's precision.

    A processor with other instructions adds up in another order: what is unstable comes out otherwise there.
    """
    return "float32, deterministic" if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()


def settle_arithmetic() -> None:
    """Have the GPU multiply in float32 rather than in TF32, torch's default for convolutions, and the same way every time."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True


def set_tf32(device: torch.device, allowed: bool) -> None:
    """Have a GPU multiply and convolve in TF32 from now on, or in float32."""
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = allowed
        torch.backends.cudnn.allow_tf32 = allowed


def describe(device: torch.device) -> dict[str, str | int]:
    """Return kind, name and size of the device, what else tells it apart, and its arithmetic, for the study's record."""
    if device.type != "cuda":
        return {"kind": "cpu", "name": processor_name(), **processor_details(), "cores": usable_cores()}
    properties = torch.cuda.get_device_properties(device)
    known: dict[str, str | int] = {
        "kind": "cuda",
        "name": properties.name,
        "memory_gib": round(properties.total_memory / 2**30),
        "index": device.index or 0,
        "uuid": str(getattr(properties, "uuid", "")),
        "capability": f"{properties.major}.{properties.minor}",
        "driver": driver(),
        "cuda": torch.version.cuda or "",
        "cudnn": str(torch.backends.cudnn.version() or ""),
        "arithmetic": arithmetic(device),
    }
    return {key: value for key, value in known.items() if value != ""}


def driver(version: Path = Path("/proc/driver/nvidia/version")) -> str:
    """Return the version of NVIDIA's driver, as Linux knows it; empty if it does not."""
    try:
        found = re.search(r"\s(\d+(?:\.\d+)+)\s", version.read_text())
    except OSError:
        return ""
    return found[1] if found else ""


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
