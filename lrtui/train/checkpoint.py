"""A training between two epochs as bytes: one safetensors file, its tensors and, as JSON in the metadata, all the rest.

Every part of a training tells its own state: a dict as JSON has it, with tensors among the values, nested as it likes.
Nothing here knows what is in it. Nothing is pickled: reading a file runs no code of it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor

from lrtui.study.run_key import by_content, decides, says
from lrtui.study.spec import RunSpec
from lrtui.text import literal
from lrtui.train.numerics import NUMERICS

FORMAT = 1
"""Version of the file's layout."""

State = dict[str, Any]
"""What a part of a training remembers: JSON values, lists and dicts of them, and tensors. Tuples come back as lists."""


class DamagedCheckpointError(Exception):
    """A checkpoint is torn or changed: nothing in it is to be relied on. Says why, as a clause."""


class ForeignCheckpointError(Exception):
    """A checkpoint is whole, and another run's or another computation's; says which, as the end of a sentence."""


@dataclass(frozen=True)
class Checkpoint:
    """What a training needs to go on after `epoch` epochs."""

    epoch: int
    state: State
    spec: Mapping[str, Any]
    """The run it was made by, as `told` tells it."""
    computation: Mapping[str, Any]
    """What computed it, as `computation` tells it."""

    @classmethod
    def of(cls, spec: RunSpec, device: torch.device, epoch: int, state: State) -> "Checkpoint":
        """Return the checkpoint of a run that is trained on `device` by the calling thread."""
        return cls(epoch, state, told(spec), computation(device, torch.get_num_threads()))

    def encoded(self) -> bytes:
        """Return it as a file's content. Tensors are copied from their device."""
        tensors: dict[str, Tensor] = {}
        text = json.dumps(
            {
                "epoch": self.epoch,
                "spec": self.spec,
                "computation": self.computation,
                "state": _without_tensors(self.state, "", tensors),
            }
        )
        metadata = {"lrtui": str(FORMAT), "state": text, "sha256": _digest(text, tensors)}
        return safetensors.save(tensors, metadata)

    @classmethod
    def decoded(cls, content: bytes) -> "Checkpoint":
        """Return what `encoded` gave.

        Raises DamagedCheckpointError if it is damaged, ForeignCheckpointError if it is of another format.
        """
        try:
            metadata = _metadata(content)
            if metadata.get("lrtui") != str(FORMAT):
                raise ForeignCheckpointError(f"was written in format {metadata.get('lrtui')}, not {FORMAT}")
            tensors = safetensors.load(content)
            if metadata["sha256"] != _digest(metadata["state"], tensors):
                raise DamagedCheckpointError("its content is not what was written")
            whole = json.loads(metadata["state"])
            return cls(whole["epoch"], _with_tensors(whole["state"], tensors), whole["spec"], whole["computation"])
        except (SafetensorError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedCheckpointError(f"it cannot be read: {literal(str(error))}") from None

    def for_run(self, spec: RunSpec) -> "Checkpoint":
        """Return it as that of a run that begins as its own did, for one that goes on further (`study.extending.can_extend`)."""
        own = told(spec)
        changed = {key: value for key, value in own.items() if key == "train.epochs" or key.startswith("schedule.")}
        kept = {key: value for key, value in self.spec.items() if not key.startswith("schedule.")}
        return replace(self, spec={**kept, **changed})

    def require(self, spec: RunSpec, device: torch.device, threads: int) -> None:
        """Raise ForeignCheckpointError unless it is of this run, and of what `threads` intra-op threads compute on `device`."""
        for was, is_now in ((self.spec, told(spec)), (self.computation, computation(device, threads))):
            for key in sorted({*was, *is_now}):
                if was.get(key) != is_now.get(key):
                    raise ForeignCheckpointError(
                        f"was made with {key} {literal(str(was.get(key)))}, not {is_now.get(key)}"
                    )


def told(spec: RunSpec) -> dict[str, Any]:
    """Return all of a run that decides its numbers, by dotted key: its configuration, seed and found rate."""
    tables = spec.config.model_dump(mode="json", exclude_none=True)
    by_content(tables, spec)
    keys = {
        f"{table}.{key}": value
        for table, values in tables.items()
        for key, value in values.items()
        if decides(f"{table}.{key}", spec.config.model) and says(f"{table}.{key}", value)
    }
    return {**keys, "seed": spec.seed, "found_lr": spec.found_lr}


def computation(device: torch.device, threads: int) -> dict[str, Any]:
    """Return what decides the bits besides the run: this version's computation, torch, the device, on a CPU the threads."""
    known = {"NUMERICS": NUMERICS, "torch": torch.__version__, "device": device.type}
    return known | {"threads": threads} if device.type == "cpu" else known


def _without_tensors(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """Return a value as JSON has it: instead of a tensor, the name under which it is put into `tensors`."""
    if isinstance(value, Tensor):
        tensors[path] = value.detach().cpu().contiguous()
        return {"tensor": path}
    if isinstance(value, dict):
        return {key: _without_tensors(part, f"{path}/{key}".lstrip("/"), tensors) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_tensors(part, f"{path}/{index}", tensors) for index, part in enumerate(value)]
    return value


def _with_tensors(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"tensor"}:
            return tensors[value["tensor"]]
        return {key: _with_tensors(part, tensors) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_tensors(part, tensors) for part in value]
    return value


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of the JSON and of every tensor's name and bytes."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _metadata(content: bytes) -> Mapping[str, str]:
    """Return the metadata of a safetensors file: JSON behind its own length, in the first 8 bytes."""
    length = int.from_bytes(content[:8], "little")
    found: Mapping[str, str] = json.loads(content[8 : 8 + length])["__metadata__"]
    return found
