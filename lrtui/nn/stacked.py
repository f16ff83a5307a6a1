"""Networks of one architecture as one: their parameters are rows of one tensor, and a layer is one operation for all of them.

What a row gives depends on that row alone, NaN and infinity included. Between dense layers values are (R, B, features) for
R networks and a batch of B, between convolutions (B, R·channels, height, width): a grouped convolution each.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d, max_pool2d

from lrtui.nn.activations import RReLU
from lrtui.nn.dropout import AlphaDropout, Dropout
from lrtui.nn.models import Network
from lrtui.nn.normalization import BiasedBatchNorm1d, BiasedBatchNorm2d

ALIGNMENT = 16
"""Bytes at a multiple of which every parameter begins within its row."""

Layer = Callable[[Tensor, bool], Tensor]
"""Takes values, and whether they are of training."""


class StackedNetwork:
    """R networks of one architecture. `seeds` says which generator of `noise` each row's dropout draws from."""

    def __init__(self, networks: Sequence[Network], seeds: Sequence[int], noise: Sequence[torch.Generator]) -> None:
        """Take the networks' weights over; they keep their own until `give`.

        Raises ValueError for a module that has no stacked form.
        """
        first = networks[0]
        self.size = len(networks)
        self._noise = tuple(noise)
        example = next(first.parameters())
        self._seeds = torch.tensor(list(seeds), device=example.device)
        self.places: dict[str, tuple[int, torch.Size]] = {}
        """Where each parameter begins within a row, and its shape."""
        at = 0
        for name, parameter in first.named_parameters():
            self.places[name] = at, parameter.shape
            step = ALIGNMENT // parameter.element_size()
            at += -(-parameter.numel() // step) * step
        self.flat = torch.zeros(self.size, at, dtype=example.dtype, device=example.device)
        """All parameters (R, P), one network a row."""
        self.parameters = {name: self.view(self.flat, name).detach().requires_grad_() for name in self.places}
        """Views of it (R, …), by name: what is differentiated."""
        self.buffers = {
            name: torch.zeros(self.size, *buffer.shape, dtype=buffer.dtype, device=example.device)
            for name, buffer in first.named_buffers()
            if name in first.state_dict()
        }
        self._layers = [self._stacked(name, module) for name, module in first.named_children()]
        for row, network in enumerate(networks):
            self.take(row, network)

    def __call__(self, values: Tensor, *, training: bool) -> Tensor:
        """Return logits (R, B, classes) of what `images` or `same_images` gave."""
        for layer in self._layers:
            values = layer(values, training)
        return values

    def view(self, rows: Tensor, name: str) -> Tensor:
        """Return what belongs to a parameter of a tensor like `flat`, as (R, …)."""
        begin, shape = self.places[name]
        part: Tensor = rows[:, begin : begin + shape.numel()].unflatten(1, shape)
        return part

    def images(self, images: Tensor) -> Tensor:
        """Return stored images (R·B, features) or (R·B, H, W, C), a batch of each row after another, as layers take them."""
        each: Tensor = images.unflatten(0, (self.size, -1))
        return each if each.dim() == 3 else each.permute(1, 0, 4, 2, 3).flatten(1, 2)

    def same_images(self, images: Tensor) -> Tensor:
        """Return stored images (B, features) or (B, H, W, C), the same for every row, as layers take them."""
        if images.dim() == 2:
            return images.expand(self.size, *images.shape)
        return images.permute(0, 3, 1, 2).repeat(1, self.size, 1, 1)

    @torch.no_grad()
    def take(self, row: int, network: nn.Module) -> None:
        """Have a row be as a network is."""
        for name, parameter in network.named_parameters():
            self.view(self.flat, name)[row].copy_(parameter)
        for name, buffer in self.buffers.items():
            buffer[row].copy_(network.get_buffer(name))

    @torch.no_grad()
    def give(self, row: int, network: nn.Module) -> None:
        """Have a network be as its row is."""
        for name, parameter in network.named_parameters():
            parameter.copy_(self.view(self.flat, name)[row])
        for name, buffer in self.buffers.items():
            network.get_buffer(name).copy_(buffer[row])

    # --- what each module is, stacked

    def _stacked(self, name: str, module: nn.Module) -> Layer:
        match module:
            case nn.Linear():
                return self._dense(name)
            case nn.Conv2d():
                return self._convolution(name, module)
            case nn.modules.batchnorm._BatchNorm():
                return self._normalization(name, module)
            case AlphaDropout():
                return self._alpha_dropout(module)
            case Dropout():
                return self._dropout(module)
            case nn.PReLU():
                return self._prelu(name)
            case nn.MaxPool2d():
                return lambda values, _: max_pool2d(values, module.kernel_size)
            case nn.Flatten():
                return lambda values, _: values.unflatten(1, (self.size, -1)).flatten(2).transpose(0, 1)
            case _ if isinstance(module, RReLU) or module.state_dict():
                raise ValueError(f"{type(module).__name__} has no stacked form")
            case _:  # an activation: each value by itself
                return lambda values, _: module(values)

    def _dense(self, name: str) -> Layer:
        weight, bias = self.parameters[f"{name}.weight"], self.parameters.get(f"{name}.bias")

        def dense(values: Tensor, _: bool) -> Tensor:
            turned = weight.transpose(1, 2)
            return torch.bmm(values, turned) if bias is None else torch.baddbmm(bias.unsqueeze(1), values, turned)

        return dense

    def _convolution(self, name: str, module: nn.Conv2d) -> Layer:
        weight, bias = self.parameters[f"{name}.weight"], self.parameters.get(f"{name}.bias")

        def convolution(values: Tensor, _: bool) -> Tensor:
            offsets = None if bias is None else bias.flatten()
            return conv2d(values, weight.flatten(0, 1), offsets, padding=module.padding, groups=self.size)

        return convolution

    def _normalization(self, name: str, module: nn.modules.batchnorm._BatchNorm) -> Layer:
        weight, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        mean, variance = self.buffers[f"{name}.running_mean"], self.buffers[f"{name}.running_var"]
        seen, share = self.buffers[f"{name}.num_batches_tracked"], module.momentum
        biased = isinstance(module, BiasedBatchNorm1d | BiasedBatchNorm2d)
        assert share is not None

        def normalize(values: Tensor, training: bool) -> Tensor:
            dense = values.dim() == 3
            flat = values.transpose(0, 1).flatten(1) if dense else values  # (B, R·features, …)
            scale, shift = weight.flatten(), bias.flatten()
            if training:
                new_mean, new_variance = (
                    mean.flatten().clone(),
                    variance.flatten().clone(),
                )  # the backward pass keeps them
                normalized = batch_norm(flat, new_mean, new_variance, scale, shift, True, share, module.eps)
                with torch.no_grad():
                    if biased:
                        count = flat.numel() // flat.shape[1]
                        kept = variance.flatten() * (1 - share)
                        new_variance = kept + (new_variance - kept) * ((count - 1) / count)
                    mean.copy_(new_mean.view_as(mean))
                    variance.copy_(new_variance.view_as(variance))
                    seen.add_(1)
            else:
                normalized = batch_norm(
                    flat, mean.flatten(), variance.flatten(), scale, shift, False, share, module.eps
                )
            return normalized.unflatten(1, (self.size, -1)).transpose(0, 1) if dense else normalized

        return normalize

    def _dropout(self, module: Dropout) -> Layer:
        def drop(values: Tensor, training: bool) -> Tensor:
            return values * self._kept(values, module.p).div_(1 - module.p) if training else values

        return drop

    def _alpha_dropout(self, module: AlphaDropout) -> Layer:
        def drop(values: Tensor, training: bool) -> Tensor:
            if not training:
                return values
            kept = self._kept(values, module.p)
            return torch.addcmul(module.level, values - module.bound, kept, value=module.scale)

        return drop

    def _kept(self, values: Tensor, p: float) -> Tensor:
        """Return a new mask of the shape of `values`: 1 where a value is kept. Rows of one seed have the same."""
        dense = values.dim() == 3
        masks = []
        for generator in self._noise:
            if dense:
                mask = torch.empty(values.shape[1:], dtype=values.dtype, device=values.device)
            else:  # drawn in the order of a network alone: channel by channel within a pixel
                batch, channels, height, width = values.shape
                mask = torch.empty(
                    (batch, channels // self.size, height, width),
                    dtype=values.dtype,
                    device=values.device,
                    memory_format=torch.channels_last,
                )
            masks.append(mask.uniform_(generator=generator).lt_(1 - p))
        if len(masks) == self.size == 1:
            return masks[0].unsqueeze(0) if dense else masks[0]
        each = torch.stack(masks).index_select(0, self._seeds)
        return each if dense else each.transpose(0, 1).flatten(1, 2)

    def _prelu(self, name: str) -> Layer:
        weight = self.parameters[f"{name}.weight"]

        def prelu(values: Tensor, _: bool) -> Tensor:
            if values.dim() == 3:
                slope = weight.unsqueeze(2)
            else:
                slope = weight.expand(-1, values.shape[1] // self.size).reshape(1, -1, 1, 1)
            return torch.where(values > 0, values, slope * values)

        return prelu
