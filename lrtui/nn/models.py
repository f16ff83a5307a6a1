"""The networks, built from their configuration and a run's own generators."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from lrtui.nn.activations import RReLU, activation
from lrtui.nn.attention import transformer
from lrtui.nn.dropout import AlphaDropout, Dropout
from lrtui.nn.initializers import initialize
from lrtui.nn.kernels import Kernel
from lrtui.nn.normalization import BiasedBatchNorm1d, BiasedBatchNorm2d
from lrtui.nn.recurrent import recurrent
from lrtui.study.activations import ActivationName
from lrtui.study.networks import CnnConfig, Layout, MlpConfig, ModelConfig

Norm = type[nn.BatchNorm1d | nn.BatchNorm2d]


class Layer(NamedTuple):
    """A layer with a kernel, and the module whose result it hands on."""

    name: str
    """`conv 1`, `dense 3`, `output`."""
    kernel: Kernel
    output: nn.Module
    """Its activation, or the batch normalization after that; the output layer's kernel."""
    activation: ActivationName | None
    """As configured; None for the output layer."""


class Network(nn.Sequential):
    """A plain sequence of modules that knows its layers."""

    def __init__(self, *modules: Any, layers: Sequence[Layer] = ()) -> None:
        super().__init__(*modules)
        self.layers = tuple(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, classes) of a batch of images.

        ReLU before a max-pooling is taken after it, to a quarter of the values: the largest of what is left at zero is what
        is left of the largest, bit for bit, in the gradients too. Where somebody looks on, the order is as it is written.
        """
        waiting: nn.Module | None = None
        for module in self:
            if isinstance(module, nn.ReLU) and not module._forward_hooks:
                waiting = module
            elif waiting is not None and isinstance(module, nn.MaxPool2d):
                x, waiting = torch.relu_(module(x)), None
            else:
                x, waiting = module(x if waiting is None else waiting(x)), None
        return x if waiting is None else waiting(x)

    @property
    def kernels(self) -> list[nn.Parameter]:
        """The weights of all layers, biases not among them, from the input."""
        return [layer.kernel.weight for layer in self.layers]

    def set_noise(self, generator: torch.Generator | None) -> None:
        """Make dropout and RReLU draw from `generator`, which lives on the network's device."""
        for module in self.modules():
            if isinstance(module, Dropout | RReLU):
                module.generator = generator


def build(
    config: ModelConfig,
    shape: Sequence[int],
    classes: int,
    generator: torch.Generator,
    noise: torch.Generator | None = None,
    folder: str = "",
) -> Network:
    """Return the network on the CPU, float32, its weights drawn from `generator`; dropout and RReLU draw from `noise`.

    `shape` is an image's (C, H, W). The network takes a batch in its `layout` and gives logits (N, classes).
    By default a generator seeded with s gives the weights that `torch.manual_seed(s)` before plain construction
    gives; the global generator is neither read nor moved.
    `folder` is where the files lie that the configuration names.
    Raises ValueError if the images do not suit it, as if they are too small for a CNN's poolings.
    """
    for _, message in config.misfits(shape):
        raise ValueError(message)
    if config.foreign:
        from lrtui.nn import own  # it is made of what is here

        return own.build(config, shape, classes, generator, noise, folder)
    plan = Plan(config, noise)
    FAMILIES[config.name](plan, config, shape, classes)
    network = Network(*plan.modules, layers=plan.layers)
    plan.begin([layer.kernel for layer in network.layers], config, generator)
    return network.to(memory_format=torch.channels_last) if config.layout == "channels_last" else network


def as_layout(images: Tensor, wanted: Layout) -> Tensor:
    """Return images (N, C, H, W) for storing: `flat` as (N, C·H·W), `channels_last` as (N, H, W, C), contiguous.

    Taking rows of the latter and permuting gives a channels_last batch without a copy.
    """
    if wanted == "channels_last" and images.dim() == 4:
        return images.permute(0, 2, 3, 1).contiguous()
    return images.flatten(1) if wanted == "flat" else images.contiguous()


class Plan:
    """The modules of a network under construction, from the input on: what the builders of the families lay out."""

    def __init__(self, config: ModelConfig, noise: torch.Generator | None) -> None:
        self.config = config
        self.noise = noise
        self.modules: list[nn.Module] = []
        self.layers: list[Layer] = []
        self.begin: Callable[[Sequence[Kernel], Any, torch.Generator], None] = initialize
        """What gives the weights their first values."""

    def layer(self, name: str, kernel: Kernel, output: nn.Module, activation: ActivationName | None = None) -> None:
        """Say that there is a layer whose kernel is in a module of the plan, and what hands its result on."""
        self.layers.append(Layer(name, kernel, output, activation))

    def drop(self) -> None:
        """Add dropout, if there is any."""
        self._dropout()

    def inputs(self, norm: Norm, features: int) -> None:
        """Add what stands before the first layer."""
        if self.config.batch_norm_inputs:
            self.modules.append(self._batch_norm(norm, features))
        if self.config.dropout_where in ("inputs", "everywhere"):
            self._dropout()

    def convolutions(self, channels: int, widths: Sequence[int], *, dense_follows: bool) -> None:
        """Add blocks of 3×3 same convolution, activation and 2×2 max-pooling, and the flatten that ends them."""
        for number, out in enumerate(widths, 1):
            # skip_init: plain construction would draw from the global generator
            kernel = nn.utils.skip_init(nn.Conv2d, channels, out, kernel_size=3, padding=1, bias=self._has_bias)
            self._hidden(f"conv {number}", kernel, nn.BatchNorm2d, out)
            self.modules.append(nn.MaxPool2d(2))
            self._dropout_after(last=number == len(widths) and not dense_follows)
            channels = out
        self.modules.append(nn.Flatten())

    def dense(self, features: int, widths: Sequence[int], classes: int) -> None:
        """Add hidden dense layers and the output layer."""
        for number, width in enumerate(widths, 1):
            kernel = nn.utils.skip_init(nn.Linear, features, width, bias=self._has_bias)
            self._hidden(f"dense {number}", kernel, nn.BatchNorm1d, width)
            self._dropout_after(last=number == len(widths))
            features = width
        output = nn.utils.skip_init(nn.Linear, features, classes)
        self.modules.append(output)
        self.layers.append(Layer("output", output, output, None))

    @property
    def _has_bias(self) -> bool:
        return bool(self.config.batch_norm != "before")  # its shift does what a bias would

    def _hidden(self, name: str, kernel: nn.Linear | nn.Conv2d, norm: Norm, features: int) -> None:
        """Add a hidden layer: kernel and activation, batch normalization between or after them."""
        self.modules.append(kernel)
        if self.config.batch_norm == "before":
            self.modules.append(self._batch_norm(norm, features))
        self.modules.append(activation(self.config, self.noise))
        if self.config.batch_norm == "after":
            self.modules.append(self._batch_norm(norm, features))
        self.layers.append(Layer(name, cast(Kernel, kernel), self.modules[-1], self.config.activation))

    def _batch_norm(self, norm: Norm, features: int) -> nn.Module:
        if self.config.batch_norm_variance == "biased":
            norm = BiasedBatchNorm1d if norm is nn.BatchNorm1d else BiasedBatchNorm2d
        return norm(features, eps=self.config.batch_norm_eps, momentum=1 - self.config.batch_norm_momentum)

    def _dropout_after(self, *, last: bool) -> None:
        where = self.config.dropout_where
        if where in ("hidden", "everywhere") or (where == "last" and last):
            self._dropout()

    def _dropout(self) -> None:
        if self.config.dropout > 0:
            kind = AlphaDropout if self.config.dropout_kind == "alpha" else Dropout
            self.modules.append(kind(self.config.dropout, self.noise))


def _mlp(plan: Plan, config: MlpConfig, shape: Sequence[int], classes: int) -> None:
    features = math.prod(shape)
    plan.inputs(nn.BatchNorm1d, features)
    plan.dense(features, config.hidden, classes)


def _cnn(plan: Plan, config: CnnConfig, shape: Sequence[int], classes: int) -> None:
    channels, height, width = shape
    plan.inputs(nn.BatchNorm2d, channels)
    plan.convolutions(channels, config.channels, dense_follows=bool(config.dense))
    pooled = (height >> len(config.channels)) * (width >> len(config.channels))
    plan.dense(config.channels[-1] * pooled, config.dense, classes)


FAMILIES: dict[str, Callable[[Plan, Any, Sequence[int], int], None]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    **dict.fromkeys(("rnn", "lstm", "gru"), recurrent),
    "transformer": transformer,
}
"""What lays out the layers of each model of `study.networks.MODELS`: of its configuration, an image's shape, the classes."""
