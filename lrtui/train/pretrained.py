"""torchvision's trained weights in a network of torchvision: all of them, but for the last layer where the classes differ."""

import io
import re
from collections.abc import Mapping
from itertools import takewhile

import torch
from torch import Tensor

from lrtui.errors import InputError
from lrtui.nn.own import OwnNetwork, architecture
from lrtui.study.model_config import Start
from lrtui.text import literal
from lrtui.train.weights import content, require_fit, some

_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")
"""How the names of layers begin that GoogLeNet and Inception have in training only, and that are not built."""
_DENSE = re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)")
_BLOCK = re.compile(r"(.*\.mlp)\.linear_([12])(\..*)")
_PLACES = {"1": "0", "2": "3"}
_COUNTED = "num_batches_tracked"
"""What batch normalization has counted; files of old versions of torch lack it, and nothing reads it."""


@torch.no_grad()
def load(network: OwnNetwork, start: Start, layers: int | None) -> int:
    """Give a network the weights of a file that torchvision has of its architecture; return how many layers begin with them.

    Layers are counted from the input, as `network.layers` has them; with each comes what stands between it and the next, as
    batch normalization. `layers` None: all, but for the last if it has another number of outputs there. Raises InputError if
    the file cannot be read, is not what it was, or does not fit; what does not is said.
    """
    where = literal(start.path)
    target = architecture(network).state_dict()
    source = {_today(key): value for key, value in _read(start).items()}
    source = {key: value for key, value in source.items() if key in target or not key.startswith(_AUXILIARY)}
    kernels = _kernels(network)
    if layers is None:
        layers = len(kernels) - _differs(source, target, kernels[-1])
    if layers > len(kernels):
        raise InputError(f"model.start_layers: is {layers}, and the network has {len(kernels)} layers")
    if layers == len(kernels) and _differs(source, target, kernels[-1]):
        there, here = len(source[kernels[-1]]), len(target[kernels[-1]])
        raise InputError(
            f"model.start_layers: {literal(network.layers[-1].name)}, the last of {layers}, has {there:,} outputs there and "
            f"{here:,} here; {layers - 1} takes all before it"
        )
    if unknown := [key for key in source if key not in target]:
        raise InputError(f"model.start: {where} has {some(unknown)}, which the network has not")
    taken = _before(target, kernels[layers] if layers < len(kernels) else None)
    taken = {key: value for key, value in taken.items() if key in source or not key.endswith(_COUNTED)}
    require_fit(where, source, taken, whole=False)
    if odd := [key for key in taken if not source[key].isfinite().all()]:
        raise InputError(f"model.start: {where} has something else than numbers in {some(odd)}")
    for key, value in taken.items():
        value.copy_(source[key])
    return layers


def _read(start: Start) -> dict[str, Tensor]:
    try:
        found = torch.load(io.BytesIO(content(start)), map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # whatever bytes may make of it
        raise InputError(
            f"model.start: {literal(start.path)} is no file of weights, or damaged: {type(error).__name__}"
        ) from None
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise InputError(f"model.start: {literal(start.path)} holds something else than weights by name")
    return found


def _today(key: str) -> str:
    """Return how what a file has under a name is called now: DenseNets and vision transformers had other names once."""
    key = _DENSE.sub(r"\1\2", key)
    return _BLOCK.sub(lambda found: f"{found[1]}.{_PLACES[found[2]]}{found[3]}", key)


def _kernels(network: OwnNetwork) -> list[str]:
    """Return the names of the kernels of all layers, from the input."""
    names = {id(parameter): name for name, parameter in architecture(network).named_parameters()}
    return [names[id(layer.kernel.weight)] for layer in network.layers]


def _differs(source: Mapping[str, Tensor], target: Mapping[str, Tensor], key: str) -> bool:
    return key in source and len(source[key]) != len(target[key])


def _before(tensors: Mapping[str, Tensor], end: str | None) -> dict[str, Tensor]:
    return dict(takewhile(lambda item: item[0] != end, tensors.items()))
