"""Networks that others have written: torchvision's architectures, and a person's own modules.

They know nothing of a run's generators. They are built, and trained, with torch's global ones set to the run's, and these are
as before afterwards.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lrtui import own_code
from lrtui.errors import InputError
from lrtui.nn.kernels import Kernel
from lrtui.nn.models import Layer, Network
from lrtui.own_modules import running
from lrtui.study import references
from lrtui.study.components import extras
from lrtui.study.networks import ModelConfig, OwnNetworkConfig, TorchvisionConfig
from lrtui.text import literal

KERNELS = (nn.Linear, nn.Bilinear, nn.modules.conv._ConvNd, nn.Embedding)
"""Modules whose `weight` is a kernel; those of recurrent layers and of attention have several."""


class OwnNetwork(Network):
    """A network around a module, whose layers are found by the types of its parts."""

    def __init__(self, module: nn.Module, noise: torch.Generator | None, where: tuple[str, str] | None = None) -> None:
        super().__init__(module)
        self.noise, self.where = noise, where
        self.layers = tuple(layers_of(module))

    @property
    def module(self) -> nn.Module:
        """What it is around."""
        return self[0]

    def forward(self, x: Tensor) -> Tensor:
        """Return what the module gives. What it draws, it draws from the run's generator."""
        noise = self.noise if any(part.training for part in self.module.modules()) else None
        try:
            with (
                contextlib.nullcontext() if noise is None else drawing_from(noise, self.where[1] if self.where else "")
            ):
                return self.module(x)  # type: ignore[no-any-return]
        except (torch.OutOfMemoryError, MemoryError, KeyboardInterrupt, InputError):
            raise
        except BaseException as error:  # SystemExit too: it is the module's, not lrtui's
            if self.where is None or x.is_cuda:
                raise
            folder, name = self.where
            raise InputError(own_code.told(error, references.at(folder, references.parts(name)[0]))) from None

    def set_noise(self, generator: torch.Generator | None) -> None:
        """Have it draw from `generator`."""
        self.noise = generator

    def __deepcopy__(self, memo: dict[int, Any]) -> "OwnNetwork":
        import copy

        return OwnNetwork(copy.deepcopy(self.module, memo), self.noise, self.where)


class _Part:
    """One of several kernels of a module."""

    def __init__(self, module: nn.Module, weight: str, bias: str | None) -> None:
        self._module, self._weight, self._bias = module, weight, bias

    @property
    def weight(self) -> nn.Parameter:
        return getattr(self._module, self._weight)  # type: ignore[no-any-return]

    @property
    def bias(self) -> nn.Parameter | None:
        return None if self._bias is None else getattr(self._module, self._bias, None)


def layers_of(module: nn.Module) -> Iterator[Layer]:
    """Yield the layers with a kernel, in the order in which the module has them; a kernel that several share, once."""
    seen: set[int] = set()
    for name, part in module.named_modules():
        for suffix, kernel in _kernels(part):
            if id(kernel.weight) not in seen:
                seen.add(id(kernel.weight))
                yield Layer(" ".join(filter(None, (name or type(part).__name__, suffix))), kernel, part, None)


def _kernels(part: nn.Module) -> Iterator[tuple[str, Kernel]]:
    if isinstance(part, KERNELS):
        yield "", _Part(part, "weight", "bias")
    elif isinstance(part, nn.RNNBase):
        for name, _ in part.named_parameters(recurse=False):
            if name.startswith("weight_"):
                yield (
                    name.removeprefix("weight_"),
                    _Part(part, name, name.replace("weight_", "bias_") if part.bias else None),
                )
    elif isinstance(part, nn.RNNCellBase):
        for side in ("ih", "hh"):
            yield side, _Part(part, f"weight_{side}", f"bias_{side}" if part.bias else None)
    elif isinstance(part, nn.MultiheadAttention):
        names = (
            ("in_proj_weight",)
            if part.in_proj_weight is not None
            else ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        )
        for name in names:
            yield name.removesuffix("_weight"), _Part(part, name, None)


@contextlib.contextmanager
def drawing_from(generator: torch.Generator, name: str = "") -> Iterator[None]:
    """Have torch's global generators give what `generator` would, which moves with them; then they are as before.

    Raises InputError if they were seeded meanwhile by what goes by `name`: then every run would draw the same.
    """
    on_gpu, seed = generator.device.type == "cuda", generator.initial_seed()
    with running:
        main = torch.get_rng_state()
        gpu = torch.cuda.get_rng_state(generator.device) if on_gpu else None
        try:
            if on_gpu:
                torch.cuda.set_rng_state(generator.get_state(), generator.device)
            else:
                torch.set_rng_state(generator.get_state())
            yield
            if on_gpu:
                generator.set_state(torch.cuda.get_rng_state(generator.device))
            else:
                generator.set_state(torch.get_rng_state())
            if generator.initial_seed() != seed:
                raise InputError(seeded(name))
        finally:
            torch.set_rng_state(main)
            if gpu is not None:
                torch.cuda.set_rng_state(gpu, generator.device)


def seeded(where: str) -> str:
    """Return the line for what has seeded torch's global generators, by its name or its place."""
    return (
        f"{literal(where)}: seeds torch's generators, which have the run's own seed there: all replicates would draw the same; "
        "leave it out, or have what is the same in every run drawn from a torch.Generator of its own"
    )


def build(
    config: ModelConfig,
    shape: Sequence[int],
    classes: int,
    generator: torch.Generator,
    noise: torch.Generator | None,
    folder: str,
) -> OwnNetwork:
    """Return a network that lrtui has not written, on the CPU; its weights are drawn from `generator`.

    A generator seeded with s gives the weights that `torch.manual_seed(s)` before plain construction gives.
    Raises InputError where code of a person's own fails or gives no module.
    """
    with drawing_from(generator, config.name):
        if isinstance(config, TorchvisionConfig):
            network = OwnNetwork(_torchvision(config, shape, classes), noise)
            return network.to(memory_format=torch.channels_last)
        assert isinstance(config, OwnNetworkConfig)
        keys = {**extras(config), "shape": tuple(shape), "classes": classes}
        module = own_code.call(folder, config.name, config.sha256, **keys)
    if not isinstance(module, nn.Module):
        raise InputError(f"{literal(config.name)} gives {literal(type(module).__name__)}; expected an nn.Module")
    return OwnNetwork(module, noise, (folder, config.name))


class _Coloured(nn.Module):
    """An architecture for three channels, given images of one: each stands for all three."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x.expand(-1, 3, -1, -1))  # type: ignore[no-any-return]


def architecture(network: OwnNetwork) -> nn.Module:
    """Return the architecture of torchvision that a network is around, as torchvision has it: for three channels."""
    return network.module.network if isinstance(network.module, _Coloured) else network.module


def _torchvision(config: TorchvisionConfig, shape: Sequence[int], classes: int) -> nn.Module:
    import torchvision

    keys: dict[str, Any] = {"weights": None, "num_classes": classes}
    if config.name in ("inception_v3", "googlenet"):
        keys |= {"aux_logits": False, "init_weights": True}
    try:
        network = torchvision.models.get_model(config.name, **keys)
    except ValueError as error:
        raise InputError(f"model.name: this torchvision has no {config.name}: {literal(str(error))}") from None
    if config.stem == "cifar":
        _cifar_stem(network, config.name)
    return _Coloured(network) if shape[0] == 1 else network


def _cifar_stem(network: nn.Module, name: str) -> None:
    """Have a network look at small images as they are: its first convolution 3×3, without stride, and no pooling behind it."""
    places = [
        (part, key)
        for part in network.modules()
        for key, child in part.named_children()
        if isinstance(child, nn.Conv2d)
    ]
    if not places:
        raise InputError(f"model.stem: {name} has no convolution at its beginning")
    part, key = places[0]
    first: Any = getattr(part, key)
    made = nn.Conv2d(first.in_channels, first.out_channels, 3, padding=1, bias=first.bias is not None)
    nn.init.kaiming_normal_(made.weight, mode="fan_out", nonlinearity="relu")
    setattr(part, key, made)
    if isinstance(getattr(network, "maxpool", None), nn.MaxPool2d):
        network.maxpool = nn.Identity()
    elif isinstance(getattr(getattr(network, "features", None), "pool0", None), nn.MaxPool2d):
        network.features.pool0 = nn.Identity()  # type: ignore[union-attr]
