"""The health of a network's layers on a fixed batch: what they hand on, how strong their gradients are, how far a step goes."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from lrtui.nn.attention import Attention
from lrtui.nn.kernels import Kernel
from lrtui.nn.models import Layer, Network
from lrtui.nn.recurrent import STATE, Part, Recurrent
from lrtui.study.activations import ACTIVATIONS, Activation, ActivationName
from lrtui.study.diagnostics import HealthConfig
from lrtui.study.records import LayerRecord
from lrtui.train.tensors import TrainingData

NEAR = 0.01
"""How near its bound an output is saturated."""


class HealthProbe:
    """Measures one network on the first `config.images` training images.

    The pass is one of training without its noise: dropout is off, RReLU takes its mean slope, and batch normalization
    normalizes by this batch (by the running statistics where there is one image only), so that the gradients are those
    that training works with, from epoch 0 on. The loss is the plain cross-entropy, without penalties. Parameters, their
    gradients, buffers, modes and generators are afterwards as before.
    """

    def __init__(self, network: Network, config: HealthConfig, data: TrainingData, run: int) -> None:
        self._network, self._run = network, run
        self._kernels: list[Tensor] = list(network.kernels)
        self._images = data.batch(data.train_images[: config.images])
        self._labels = data.train_labels[: config.images]
        self._objective = data.objective
        self._activations = self._activation_modules()
        self._recurrent = {
            number: layer.kernel.layer
            for number, layer in enumerate(network.layers, 1)
            if isinstance(layer.kernel, Part) and layer.name.endswith(STATE)
        }
        """The recurrent layers, by the number of the kernel of their state."""
        self._steps: dict[int, int] = {}
        """How many time steps they have."""
        self._before: list[Tensor] = []
        self._update_ratios: Tensor | None = None

    def _activation_modules(self) -> list[nn.Module]:
        """Return the module that gives each layer's activations."""
        return [_activation(self._network, layer.output) for layer in self._network.layers]

    def _activation_of(self, number: int) -> ActivationName | None:
        """Return the activation of a layer, counted from 0; the output layer has none that could die or saturate."""
        return self._network.layers[number].activation

    @torch.no_grad()
    def before_step(self) -> None:
        """Remember the kernels as they are before a step."""
        self._before = [kernel.detach().clone() for kernel in self._kernels]

    @torch.no_grad()
    def after_step(self) -> None:
        """Compare the kernels with those before the step."""
        changes = torch._foreach_sub(self._kernels, self._before)
        self._update_ratios = _norms(changes) / _norms(self._before)
        self._before = []

    def measure(self, epoch: int) -> tuple[LayerRecord, ...]:
        """Return a record of every layer as it is after `epoch` epochs; behind a recurrent one those of its time steps."""
        records = []
        figures = iter(self._figures())
        for number, layer in enumerate(self._network.layers, 1):
            records.append(self._record(epoch, number, layer, next(figures)))
        for number, module in self._recurrent.items():
            layer = self._network.layers[number - 1]
            for step in range(1, self._steps[number] + 1):
                name = f"step {step}" if len(self._recurrent) == 1 else f"{layer.name.removesuffix(STATE)}step {step}"
                row = self._record(epoch, number, layer, next(figures))
                units = module.cell.hidden_size
                records.append(replace(row, name=name, units=units, distinct_units=None, update_ratio=None, step=step))
        return tuple(sorted(records, key=lambda record: (record.layer, record.step or 0)))

    def _record(self, epoch: int, number: int, layer: Layer, figures: Sequence[float]) -> LayerRecord:
        mean, sd, share, gradient_rms, ratio, at_least = figures
        return LayerRecord(
            run=self._run,
            epoch=epoch,
            layer=number,
            name=layer.name,
            units=layer.kernel.weight.shape[0],
            activation_mean=mean,
            activation_sd=sd,
            dead=share if _properties(self._activation_of(number - 1)).dies else None,
            saturated=share if _properties(self._activation_of(number - 1)).saturates else None,
            distinct_units=distinct_units(layer.kernel, int(at_least)),
            gradient_rms=gradient_rms,
            update_ratio=None if self._update_ratios is None else ratio,
        )

    def _figures(self) -> list[list[float]]:
        """Return for each layer, then for each time step of every recurrent one, what `_record` makes a record of.

        Mean, sd, share of ill, gradient RMS, update ratio, least number of distinct units; what there is not is NaN. All
        leave the device in one transfer.
        """
        layers = self._network.layers
        outputs, activations, gradients, states = self._pass()
        moments = _by_shape(outputs, _moments)
        ill = torch.full_like(moments[:, :1], math.nan)
        bounds = None
        if hidden := [index for index, layer in enumerate(layers) if layer.activation is not None]:
            bounds = _properties(layers[hidden[0]].activation).bounds  # a network has one activation
            ill[hidden] = _by_shape([activations[index] for index in hidden], lambda one: _ill(one, bounds))
        sizes = torch.tensor([kernel.numel() for kernel in self._kernels], dtype=torch.float64)
        gradient_rms = _norms(gradients) / sizes.sqrt().to(moments.device)
        ratios = torch.full_like(gradient_rms, math.nan) if self._update_ratios is None else self._update_ratios
        first_weights = [kernel.detach().flatten(1)[:, 0] for kernel in self._kernels]
        at_least = _by_shape(first_weights, _distinct)
        rows = [torch.cat([moments, ill, gradient_rms[:, None], ratios[:, None], at_least], 1)]
        for number, (memory, gradient) in states.items():
            self._steps[number] = len(memory)
            images, units = memory.shape[1:]
            # the loss is a mean over images: an image's own has a gradient so many times as large
            rms = torch.linalg.vector_norm(gradient.flatten(1), dim=1, dtype=torch.float64) * math.sqrt(images / units)
            ill = _ill(memory, bounds).double()
            none = torch.full_like(ill, math.nan)
            rows.append(torch.cat([_moments(memory).double(), ill, rms[:, None], none, torch.zeros_like(ill)], 1))
        figures: list[list[float]] = torch.cat(rows).tolist()
        return figures

    def _pass(self) -> tuple[list[Tensor], list[Tensor], Sequence[Tensor], dict[int, tuple[Tensor, Tensor]]]:
        """Return of every layer what it hands on, what its activation gives, and the gradient of its kernel; of every
        recurrent one, by number, what goes from step to step (T, N, units) and its gradient.
        """
        seen: dict[nn.Module, Tensor] = {}

        def see(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
            # of a convolution in channels_last memory: without a copy; of a sequence the units are last already
            seen[module] = output.detach() if output.dim() == 3 else output.detach().movedim(1, -1)

        ends = [layer.output for layer in self._network.layers]
        hooks = [module.register_forward_hook(see) for module in {*ends, *self._activations}]
        try:
            with torch.enable_grad(), noiseless(self._network, by_batch=len(self._labels) > 1):
                loss = self._objective.loss(self._network(self._images), self._labels)
                memories = {number: module.memory for number, module in self._recurrent.items()}
                within = [state for memory in memories.values() for state in memory]
                gradients = torch.autograd.grad(loss, [*self._kernels, *within])
        finally:
            for hook in hooks:
                hook.remove()
        of_states = iter(gradients[len(self._kernels) :])
        states = {
            number: (torch.stack(memory).detach(), torch.stack([next(of_states) for _ in memory]))
            for number, memory in memories.items()
        }
        of_kernels = gradients[: len(self._kernels)]
        return [seen[module] for module in ends], [seen[module] for module in self._activations], of_kernels, states


@torch.no_grad()
def distinct_units(layer: Kernel, at_least: int = 0) -> int:
    """Return how many units have incoming weights, bias included, that are not exactly another's.

    `at_least` is a lower bound where one is known; the weights are compared only if it leaves a doubt.
    """
    weights = layer.weight.flatten(1)
    if at_least == len(weights):
        return at_least
    if layer.bias is not None:
        weights = torch.cat([weights, layer.bias[:, None]], 1)
    return len(weights.unique(dim=0))


def _properties(activation: ActivationName | None) -> Activation:
    """Return what is known of a layer's activation, if it has one."""
    return Activation() if activation is None else ACTIVATIONS[activation]


def _activation(network: Network, output: nn.Module) -> nn.Module:
    """Return the module that gives a layer's activations: its output, or what stands before the normalization there."""
    leaves = list(network.modules())
    at = leaves.index(output)
    while isinstance(leaves[at], _BatchNorm):
        at -= 1
    return leaves[at]


@contextmanager
def noiseless(network: nn.Module, *, by_batch: bool) -> Iterator[None]:
    """Put the network into evaluation mode, batch normalization (if `by_batch`) into using but not learning statistics.

    Recurrent layers go step by step and attention is written out, so that every device can differentiate them, and twice.
    """
    modes = [(module, module.training) for module in network.modules()]
    unrolled = [module for module, _ in modes if isinstance(module, Recurrent | Attention) and module.fused]
    tracking = [(module, module.track_running_stats) for module, _ in modes if isinstance(module, _BatchNorm)]
    frozen = [parameter for parameter in network.parameters() if not parameter.requires_grad]
    network.eval()
    for parameter in frozen:  # its gradient is asked for too
        parameter.requires_grad_()
    for normalization, _ in tracking:
        normalization.training, normalization.track_running_stats = by_batch, not by_batch
    for fused in unrolled:
        fused.fused = False
    try:
        yield
    finally:
        for fused in unrolled:
            fused.fused = True
            if isinstance(fused, Recurrent):
                fused.memory = []
        for module, training in modes:
            module.training = training
        for normalization, tracks in tracking:
            normalization.track_running_stats = tracks
        for parameter in frozen:
            parameter.requires_grad_(False)


def _by_shape(tensors: Sequence[Tensor], measure: Callable[[Tensor], Tensor]) -> Tensor:
    """Return a row of figures (float64) per tensor, measured on stacks of those of one shape: few calls for many layers."""
    groups: dict[torch.Size, list[int]] = {}
    for index, tensor in enumerate(tensors):
        groups.setdefault(tensor.shape, []).append(index)
    rows = torch.cat([measure(_stack([tensors[index] for index in group])) for group in groups.values()])
    order = [index for group in groups.values() for index in group]
    return rows.double()[torch.tensor(order, device=rows.device).argsort()]


def _stack(tensors: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(tensors)) if len(tensors) > 1 else tensors[0][None]  # one alone may be large: no copy


def _moments(outputs: Tensor) -> Tensor:
    """Return mean and standard deviation (layers, 2) over images and units of (layers, N, …, units)."""
    values = outputs.flatten(1)
    mean = values.mean(1, keepdim=True)
    norm = torch.linalg.vector_norm(values - mean, dim=1, keepdim=True, dtype=torch.float64)
    return torch.cat([mean, norm / math.sqrt(values.shape[1])], 1)


def _ill(activations: Tensor, bounds: tuple[float, float] | None) -> Tensor:
    """Return the share (layers, 1) of saturated outputs, or without bounds of units never positive, of (layers, N, …, units)."""
    if bounds is None:
        return (~(activations.flatten(1, -2).amax(1) > 0)).double().mean(1, keepdim=True)  # NaN is not positive
    near = (activations <= bounds[0] + NEAR) | (activations >= bounds[1] - NEAR)
    return near.flatten(1).double().mean(1, keepdim=True)


def _distinct(values: Tensor) -> Tensor:
    """Return how many different values (layers, 1) each row of (layers, units) has."""
    return 1 + (values.sort(1).values.diff(dim=1) != 0).sum(1, keepdim=True)


def _norms(tensors: Sequence[Tensor]) -> Tensor:
    """Return the L2 norm of each tensor (float64: the squares of a vanishing gradient are below float32's range)."""
    return torch.stack(torch._foreach_norm(list(tensors), 2, torch.float64))
