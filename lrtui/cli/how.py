"""How a study would be trained on this machine: by which engine, on what, and why. Without torch where there is no GPU."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lrtui.study.spec import Study
from lrtui.study.stacking import chunks, reason, sentences
from lrtui.text import count

_SIGNS_OF_A_GPU = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg")


@dataclass(frozen=True)
class How:
    """How a study would be trained."""

    name: str
    """`lanes` or `stack`."""
    device: str
    """`cpu` or `cuda`."""
    lanes: int
    reason: str
    stacks: tuple[str, ...] = ()
    """How runs are trained in stacks, a sentence each."""

    @property
    def text(self) -> str:
        """Return it in a line or a few."""
        return "\n".join([f"{self.name} on {self.device}, {count(self.lanes, 'lane')}: {self.reason}", *self.stacks])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"stacks": list(self.stacks)}


def how_trained(study: Study, device: str, engine: str, lanes: int | None) -> How:
    """Return how a study would be trained with these options. Raises InputError if it could not."""
    if device == "cpu" or (device == "auto" and not _may_have_gpu()):
        from lrtui.engine.cores import usable_cores

        kind, name = "cpu", "stack" if engine == "stack" else "lanes"
        most = lanes or (usable_cores() if name == "lanes" else 1)
    else:
        from lrtui.engine.means import choose  # torch comes with it

        means = choose(device, engine, lanes=lanes, threads=1)
        kind, name, most = means.kind, means.engine, means.most_lanes
    stacked = name == "stack"
    number = len(chunks(study.own, most)) if stacked else len(study.own)
    told = tuple(sentences(study.own, most)) if stacked else ()
    return How(name, kind, max(1, min(most, number)), reason(name, kind, asked=engine != "auto"), told)


def _may_have_gpu() -> bool:
    return sys.platform == "win32" or any(Path(sign).exists() for sign in _SIGNS_OF_A_GPU)
