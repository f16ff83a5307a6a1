"""Batch normalization folded into the layers beside it, for inference.

There it is a fixed s·x + t per feature. Behind a kernel it scales the kernel's rows, before a dense kernel its columns.
Before a zero-padded convolution it stays: the padding is not normalized, so no kernel gives the same outputs.
"""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from lrtui.nn.dropout import Dropout
from lrtui.nn.models import Network
from lrtui.nn.own import OwnNetwork

NORMS = nn.BatchNorm1d | nn.BatchNorm2d


class _Affine(NamedTuple):
    """What batch normalization does at inference: s·x + t per feature, float64."""

    scale: Tensor
    shift: Tensor


def can_fold(network: Network) -> bool:
    """Return whether any batch normalization of the network can be folded.

    Of a network that others have written, torch.fx tells what follows what; where it cannot, nothing is folded.
    """
    if isinstance(
        network, OwnNetwork
    ):  # tracing patches every module of the process meanwhile: only if it is for something
        return any(isinstance(part, _BatchNorm) for part in network.modules()) and bool(_foldable(_graph(network)))
    modules = _at_inference(network)
    return any(_folds_back(modules, index) or _folds_on(modules, index) for index in range(len(modules)))


@torch.no_grad()
def fold(network: Network) -> nn.Sequential:
    """Return a copy for inference, in evaluation mode: no dropout, and batch normalization folded where that is exact."""
    if isinstance(network, OwnNetwork):
        return _folded_graph(network)
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


def _graph(network: Network) -> fx.GraphModule | None:
    """Return a copy of the network's module in evaluation mode, with its calls in order; None where they depend on the input."""
    try:
        return fx.symbolic_trace(copy.deepcopy(network[0]).eval())
    except Exception:  # whatever stands in somebody's forward
        return None


def _foldable(graph: fx.GraphModule | None) -> list[tuple[fx.Node, fx.Node]]:
    """Return each kernel that is followed by batch normalization and by nothing else, and that normalization; both used once."""
    if graph is None:
        return []
    called = [node.target for node in graph.graph.nodes if node.op == "call_module"]
    pairs = []
    for node in graph.graph.nodes:
        if node.op != "call_module" or not isinstance(graph.get_submodule(node.target), _BatchNorm):
            continue
        before = node.args[0] if node.args else None
        if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) != 1:
            continue
        kernel, norm = graph.get_submodule(str(before.target)), graph.get_submodule(node.target)
        once = called.count(before.target) == called.count(node.target) == 1
        if once and norm.running_var is not None and isinstance(kernel, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            pairs.append((before, node))
    return pairs


def _folded_graph(network: Network) -> nn.Sequential:
    graph = _graph(network)
    assert graph is not None
    for before, node in _foldable(graph):
        kernel, norm = graph.get_submodule(str(before.target)), graph.get_submodule(str(node.target))
        assert isinstance(norm, _BatchNorm)
        if isinstance(kernel, nn.Linear):
            merged: nn.Module = fuse_linear_bn_eval(kernel, norm)
        else:
            merged = fuse_conv_bn_eval(kernel, norm)  # type: ignore[type-var]
        place, _, key = str(before.target).rpartition(".")
        setattr(graph.get_submodule(place), key, merged)
        node.replace_all_uses_with(before)
        graph.graph.erase_node(node)
    graph.delete_all_unused_submodules()
    graph.recompile()
    return nn.Sequential(graph).eval()


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
