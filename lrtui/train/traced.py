"""The health of networks that lrtui has not written: what follows a kernel is seen when a batch goes through."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from lrtui.nn.models import Network
from lrtui.nn.own import OwnNetwork
from lrtui.study.activations import ACTIVATIONS, ActivationName
from lrtui.study.diagnostics import HealthConfig
from lrtui.train.health import HealthProbe, _ill, _moments, _norms, noiseless
from lrtui.train.tensors import TrainingData

_ACTIVATIONS: Mapping[Any, ActivationName] = {
    functional.relu: "relu",
    torch.relu: "relu",
    torch.relu_: "relu",
    Tensor.relu: "relu",
    Tensor.relu_: "relu",
    functional.tanh: "tanh",
    torch.tanh: "tanh",
    Tensor.tanh: "tanh",
    functional.sigmoid: "logistic",
    torch.sigmoid: "logistic",
    Tensor.sigmoid: "logistic",
    functional.leaky_relu: "leaky_relu",
    functional.rrelu: "rrelu",
    functional.prelu: "prelu",
    functional.elu: "elu",
    functional.selu: "selu",
    functional.gelu: "gelu",
    functional.silu: "silu",
}
_PASSING = {functional.batch_norm, functional.layer_norm, functional.group_norm, functional.instance_norm}
"""What may stand between a kernel and its activation."""


class _Watch(TorchFunctionMode):
    """Sees which activation is taken of what a layer gave, be it a module or a function."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_of: dict[int, int] = {}
        self.kept: list[Tensor] = []
        """Alive, so that no other tensor takes their place."""
        self.activations: dict[int, tuple[ActivationName, Tensor]] = {}

    def gave(self, layer: int, output: Tensor) -> None:
        """A layer's kernel has given something."""
        self.layer_of[id(output)] = layer
        self.kept.append(output)

    def __torch_function__(
        self, function: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        taken = id(args[0]) if args else 0
        result = function(*args, **(kwargs or {}))
        layer = self.layer_of.get(taken)
        if layer is not None and isinstance(result, Tensor):
            if function in _PASSING:
                self.gave(layer, result)
            elif (name := _ACTIVATIONS.get(function)) is not None:
                self.activations[layer] = (name, result)
        return result


def health_probe(network: Network, config: HealthConfig, data: TrainingData, run: int) -> HealthProbe:
    """Return what measures the health of a network, whoever has written it."""
    kind = TracedProbe if isinstance(network, OwnNetwork) else HealthProbe
    return kind(network, config, data, run)  # type: ignore[arg-type]


class TracedProbe(HealthProbe):
    """Measures a network of somebody else's. Of a layer that is used several times, its last use."""

    def __init__(self, network: OwnNetwork, config: HealthConfig, data: TrainingData, run: int) -> None:
        super().__init__(network, config, data, run)
        self._own = network
        self._known: dict[int, ActivationName] = {}

    def _activation_modules(self) -> list[nn.Module]:
        return []

    def _activation_of(self, number: int) -> ActivationName | None:
        return self._known.get(number)

    def _figures(self) -> list[list[float]]:
        outputs, watch, gradients = self._watched()
        self._known = {layer: name for layer, (name, _) in watch.activations.items()}
        rows: list[Tensor] = []
        for number, layer in enumerate(self._own.layers):
            conv = isinstance(layer.output, nn.modules.conv._ConvNd)
            output = outputs.get(number)
            moments = torch.full((1, 2), math.nan, dtype=torch.float64)
            ill = torch.full((1, 1), math.nan, dtype=torch.float64)
            activation = watch.activations.get(number)
            if activation is not None:
                output = activation[1]
            if output is not None and output.is_floating_point():
                value = (output.detach().movedim(1, -1) if conv else output.detach())[None]
                moments = _moments(value).double().cpu()
                properties = ACTIVATIONS[activation[0]] if activation is not None else None
                if properties is not None and (properties.dies or properties.saturates):
                    ill = _ill(value, properties.bounds).double().cpu()
            first = layer.kernel.weight.detach().flatten(1)[:, 0]
            distinct = torch.tensor([[1 + int((first.sort().values.diff() != 0).sum())]], dtype=torch.float64)
            rows.append(torch.cat([moments, ill, torch.full((1, 2), math.nan, dtype=torch.float64), distinct], 1))
        found = torch.cat(rows)
        sizes = torch.tensor([kernel.numel() for kernel in self._kernels], dtype=torch.float64)
        found[:, 3] = _norms(gradients).cpu() / sizes.sqrt()
        if self._update_ratios is not None:
            found[:, 4] = self._update_ratios.cpu()
        figures: list[list[float]] = found.tolist()
        return figures

    def _watched(self) -> tuple[dict[int, Tensor], _Watch, Sequence[Tensor]]:
        """Return what each layer gave, what became of it, and the gradients of the kernels, 0 where none reaches one."""
        outputs: dict[int, Tensor] = {}
        watch = _Watch()

        def seeing(number: int) -> Callable[..., None]:
            def see(_module: nn.Module, _inputs: Any, output: Any) -> None:
                given = output[0] if isinstance(output, tuple) else output
                if isinstance(given, Tensor):
                    outputs[number] = given
                    watch.gave(number, given)

            return see

        hooks = [layer.output.register_forward_hook(seeing(number)) for number, layer in enumerate(self._own.layers)]
        try:
            with torch.enable_grad(), noiseless(self._own, by_batch=len(self._labels) > 1):
                with watch:
                    given = self._own(self._images)
                loss = self._objective.loss(given, self._labels)
                gradients = torch.autograd.grad(loss, self._kernels, allow_unused=True, materialize_grads=True)
        finally:
            for hook in hooks:
                hook.remove()
        return outputs, watch, gradients
