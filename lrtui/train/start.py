"""Weights to begin with: those of a run that a study has kept, or of a file, layer by layer from the input."""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors import torch as safetensors
from torch import Tensor

from lrtui.errors import InputError
from lrtui.nn.models import Network
from lrtui.nn.own import OwnNetwork
from lrtui.study.networks import ModelConfig, Start
from lrtui.text import literal
from lrtui.train.checkpoint import Checkpoint, DamagedCheckpointError, ForeignCheckpointError

_SHOWN = 3


def begin_with(network: Network, config: ModelConfig) -> None:
    """Give a network the weights that it is to begin with, if its configuration says so.

    Raises InputError if they cannot be read, are not what they were, or do not fit; which do not is said.
    """
    if (start := config.begins_with) is not None:
        load(network, start, config.start_layers)


@torch.no_grad()
def load(network: Network, start: Start, layers: int | None) -> None:
    """Give a network's first `layers` layers, or all of it, the weights of a file."""
    where = literal(start.path)
    source = read(start)
    target = network.state_dict()
    if isinstance(network, OwnNetwork):
        target = {key.partition(".")[2]: value for key, value in target.items()}
        source = {key.removeprefix("0.") if key not in target else key: value for key, value in source.items()}
    if layers is not None:
        if layers > len(network.layers):
            raise InputError(f"model.start_layers: is {layers}, and the network has {len(network.layers)} layers")
        target = _first(target, layers)
    by_name = all(key in source for key in target)
    if not by_name:  # the same layers under other numbers, as where dropout stands between them
        firsts = _first(source, layers) if layers is not None else source
        source = dict(zip(target, firsts.values(), strict=False)) if len(firsts) == len(target) else source
    _require_fit(where, source, target, whole=layers is None)
    for key, value in target.items():
        value.copy_(source[key])


def read(start: Start) -> dict[str, Tensor]:
    """Return the tensors of a file by name, in the order in which they were written."""
    where = literal(start.path)
    try:
        content = Path(start.path).read_bytes()
    except OSError as error:
        raise InputError(f"model.start: cannot read {where}: {error.strerror or error}") from None
    if start.sha256 and hashlib.sha256(content).hexdigest() != start.sha256:
        raise InputError(f"model.start: {where} is not what it was when the study began")
    try:
        if content[:2] == b"PK" or (content[:1] == b"\x80" and any(content[4:8])):  # else it is the length of a header
            raise InputError(
                f"model.start: {where} holds pickled objects, which could run code; save its state_dict with safetensors"
            )
        with safe_open(start.path, "pt") as file:
            metadata = file.metadata() or {}
        if "lrtui" in metadata:
            return dict(Checkpoint.decoded(content).state["model"])
        return safetensors.load(content)
    except (SafetensorError, DamagedCheckpointError, ForeignCheckpointError, KeyError, ValueError, OSError) as error:
        raise InputError(f"model.start: {where} is no safetensors file, or damaged: {literal(str(error))}") from None


def _first(tensors: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return what belongs to the first layers: everything before the kernel behind them."""
    seen = 0

    def before(item: tuple[str, Tensor]) -> bool:
        nonlocal seen
        seen += item[1].dim() >= 2
        return seen <= layers

    return dict(takewhile(before, tensors.items()))


def _require_fit(where: str, source: Mapping[str, Tensor], target: Mapping[str, Tensor], *, whole: bool) -> None:
    absent = [key for key in target if key not in source]
    if absent:
        raise InputError(f"model.start: {where} lacks {_some(absent)}; it has {_some(source)}")
    if whole and (more := [key for key in source if key not in target]):
        raise InputError(
            f"model.start: {where} has {_some(more)}, which the network has not; model.start_layers says how many layers to take"
        )
    unlike = [key for key in target if source[key].shape != target[key].shape]
    if unlike:
        shapes = "; ".join(
            f"{literal(key)} is {_size(source[key])} there and {_size(target[key])} here" for key in unlike[:_SHOWN]
        )
        more_of_them = f", and {len(unlike) - _SHOWN} more" if len(unlike) > _SHOWN else ""
        hint = "" if not whole else "; model.start_layers takes the first layers only"
        raise InputError(f"model.start: the weights of {where} do not fit: {shapes}{more_of_them}{hint}")


def _some(keys: Iterable[str]) -> str:
    names = [literal(key) for key in keys]
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{rest}" if names else "nothing"


def _size(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "one number"
