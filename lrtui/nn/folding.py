"""Batch normalization folded into the layers beside it, for inference.

There it is a fixed s·x + t per feature. Behind a kernel it scales the kernel's rows, before a dense kernel its columns.
Before a zero-padded convolution it stays: the padding is not normalized, so no kernel gives the same outputs.
"""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lrtui.nn.dropout import Dropout
from lrtui.nn.models import Network

NORMS = nn.BatchNorm1d | nn.BatchNorm2d


class _Affine(NamedTuple):
    """What batch normalization does at inference: s·x + t per feature, float64."""

    scale: Tensor
    shift: Tensor


def can_fold(network: Network) -> bool:
    """Return whether any batch normalization of the network can be folded."""
    modules = _at_inference(network)
    return any(_folds_back(modules, index) or _folds_on(modules, index) for index in range(len(modules)))


@torch.no_grad()
def fold(network: Network) -> nn.Sequential:
    """Return a copy for inference, in evaluation mode: no dropout, and batch normalization folded where that is exact."""
    modules = _at_inference(network)
    folded: list[nn.Module] = []
    before: _Affine | None = None  # of batch normalization that the next kernel takes in
    for index, module in enumerate(modules):
        if isinstance(module, nn.Linear | nn.Conv2d):
            follower = modules[index + 1] if index + 1 < len(modules) and _folds_back(modules, index + 1) else None
            folded.append(_folded(module, before, _affine(follower)))
            before = None
        elif _folds_back(modules, index):
            continue
        elif _folds_on(modules, index):
            before = _affine(module)
        else:
            folded.append(copy.deepcopy(module))
    return nn.Sequential(*folded).eval()


def _at_inference(network: Network) -> list[nn.Module]:
    return [module for module in network if not isinstance(module, Dropout)]


def _folds_back(modules: list[nn.Module], index: int) -> bool:
    """Return whether batch normalization at `index` stands directly behind a kernel."""
    return isinstance(modules[index], NORMS) and index > 0 and isinstance(modules[index - 1], nn.Linear | nn.Conv2d)


def _folds_on(modules: list[nn.Module], index: int) -> bool:
    """Return whether batch normalization at `index` stands directly before a dense kernel."""
    return isinstance(modules[index], NORMS) and index + 1 < len(modules) and isinstance(modules[index + 1], nn.Linear)


def _affine(norm: nn.Module | None) -> _Affine | None:
    if not isinstance(norm, NORMS):
        return None
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    return _Affine(scale, norm.bias.double() - norm.running_mean.double() * scale)


def _folded(kernel: nn.Linear | nn.Conv2d, before: _Affine | None, behind: _Affine | None) -> nn.Linear | nn.Conv2d:
    """Return a copy of a layer that takes in the maps before and behind it."""
    layer = copy.deepcopy(kernel)
    if before is None and behind is None:
        return layer
    weight = kernel.weight.double()
    bias = weight.new_zeros(len(weight)) if kernel.bias is None else kernel.bias.double()
    if before is not None:
        bias = bias + weight @ before.shift
        weight = weight * before.scale
    if behind is not None:
        bias = behind.scale * bias + behind.shift
        weight = weight * behind.scale.view(-1, *[1] * (weight.dim() - 1))
    layer.weight = nn.Parameter(weight.to(kernel.weight))
    layer.bias = nn.Parameter(bias.to(kernel.weight))
    return layer
