"""Weights to begin with: those of a run that a study has kept, or of a file, layer by layer from the input."""

from collections.abc import Mapping
from itertools import islice, takewhile

import torch
from safetensors import SafetensorError, safe_open
from safetensors import torch as safetensors
from torch import Tensor

from lrtui.errors import InputError
from lrtui.nn.models import Network
from lrtui.nn.own import OwnNetwork
from lrtui.study.networks import ModelConfig, Start, TorchvisionConfig
from lrtui.study.pretrained import of_torchvision
from lrtui.text import literal
from lrtui.train import pretrained
from lrtui.train.checkpoint import Checkpoint, DamagedCheckpointError, ForeignCheckpointError
from lrtui.train.weights import content, require_fit


def begin_with(network: Network, config: ModelConfig) -> str:
    """Give a network the weights that it is to begin with, if its configuration says so; return which layers those are.

    That is said in words; empty if all are drawn. Raises InputError if they cannot be read, are not what they were, or do not
    fit; which do not is said.
    """
    if config.start is None:
        return ""
    if (start := config.begins_with) is None:
        raise InputError(f"model.start: {literal(config.start)}: nobody knows which weights that was")
    if isinstance(config, TorchvisionConfig) and of_torchvision(config.start):
        assert isinstance(network, OwnNetwork)
        return _told(network, pretrained.load(network, start, config.start_layers))
    return _told(network, load(network, start, config.start_layers))


def _told(network: Network, layers: int) -> str:
    """Return in words that the first `layers` layers begin with other weights than those that were drawn."""
    names, drawn = [layer.name for layer in network.layers], len(network.layers) - layers
    if not layers:
        return "no layer"
    if not drawn:
        return f"all {len(names)} layers" if len(names) > 1 else "the layer"
    rest = f"{names[-1]} is" if drawn == 1 else f"the {drawn} from {names[layers]} on are"
    return f"the first {f'{layers} ' if layers > 1 else ''}of {len(names)} layers; {rest} drawn"


@torch.no_grad()
def load(network: Network, start: Start, layers: int | None) -> int:
    """Give a network's first `layers` layers, or all of it, the weights of a file; return how many layers these are."""
    where = literal(start.path)
    source = read(start)
    target = network.state_dict()
    if isinstance(network, OwnNetwork):
        target = {key.partition(".")[2]: value for key, value in target.items()}
        source = {key.removeprefix("0.") if key not in target else key: value for key, value in source.items()}
    count = len(network.layers) if layers is None else layers
    if count > len(network.layers):
        raise InputError(f"model.start_layers: is {layers}, and the network has {len(network.layers)} layers")
    target = _before(target, network, count)
    if not all(
        key in source for key in target
    ):  # the same layers under other numbers, as where dropout stands between them
        if layers is not None and len(source) > len(target):
            source = dict(islice(source.items(), len(target)))
        source = dict(zip(target, source.values(), strict=True)) if len(source) == len(target) else source
    require_fit(where, source, target, whole=layers is None)
    for key, value in target.items():
        value.copy_(source[key])
    return count


def read(start: Start) -> dict[str, Tensor]:
    """Return the tensors of a file by name, in the order in which they were written."""
    where = literal(start.path)
    found = content(start)
    try:
        if found[:2] == b"PK" or (found[:1] == b"\x80" and any(found[4:8])):  # else it is the length of a header
            raise InputError(
                f"model.start: {where} holds pickled objects, which could run code; save its state_dict with safetensors"
            )
        with safe_open(start.path, "pt") as file:
            metadata = file.metadata() or {}
        if "lrtui" in metadata:
            return dict(Checkpoint.decoded(found).state["model"])
        return safetensors.load(found)
    except (SafetensorError, DamagedCheckpointError, ForeignCheckpointError, KeyError, ValueError, OSError) as error:
        raise InputError(f"model.start: {where} is no safetensors file, or damaged: {literal(str(error))}") from None


def _before(tensors: Mapping[str, Tensor], network: Network, layers: int) -> dict[str, Tensor]:
    """Return what belongs to the first layers of a network: everything before the kernel behind them."""
    if layers == len(network.layers):
        return dict(tensors)
    end = network.layers[layers].kernel.weight.data_ptr()
    return dict(takewhile(lambda item: item[1].data_ptr() != end, tensors.items()))
