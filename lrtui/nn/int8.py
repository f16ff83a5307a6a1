"""Inference in int8: dense and convolution layers whose products are of whole numbers; everything else stays in float32.

Weights become whole numbers from -127 to 127 times a scale for each unit, once; what comes into a layer the same with a scale for
each image, at every pass. Their products are added up exactly in int32 and scaled back (dynamic, symmetric quantization;
Jacob et al., Quantization and Training of Neural Networks, 2018, without its zero points). Nothing is calibrated.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

LARGEST = 127
"""-128 has no counterpart, so it is left out."""
CUDA_ROWS, CUDA_MULTIPLE = 17, 8
"""What `torch._int_mm` asks of shapes on CUDA: at least so many rows, the other sides multiples. Not tried on a GPU."""


def quantized(network: nn.Module) -> tuple[nn.Module, int]:
    """Return a copy for inference with its layers in int8, and how many these are.

    Layers whose products are more than one plain one stay as they are: convolutions that are grouped or dilated, subclasses.
    """
    holder = nn.Sequential(copy.deepcopy(network))
    count = _quantize(holder)
    return holder[0].eval(), count


def _quantize(parent: nn.Module) -> int:
    count = 0
    for name, module in parent.named_children():
        if type(module) is nn.Linear:
            setattr(parent, name, Int8Linear(module))
            count += 1
        elif type(module) is nn.Conv2d and _is_plain(module):
            setattr(parent, name, Int8Conv2d(module))
            count += 1
        else:
            count += _quantize(module)
    return count


def _is_plain(layer: nn.Conv2d) -> bool:
    return (
        layer.groups == 1
        and layer.dilation == (1, 1)
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
    )


class _Int8(nn.Module):
    """A layer's weights as whole numbers: rows of products, one for each unit."""

    whole: Tensor
    """(units, inputs), int8."""
    scale: Tensor
    """(units,), float32: what 1 stands for."""
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        """Take over the weights (units, inputs) and the bias (units,) or None, float32."""
        super().__init__()
        with torch.no_grad():
            whole, scale = _whole(weight)
            self.register_buffer("whole", whole)
            self.register_buffer("scale", scale.squeeze(1))
            self.register_buffer("bias", None if bias is None else bias.detach().clone())

    def _products(self, rows: Tensor, scales: Tensor) -> Tensor:
        """Return the layer's outputs (rows, units), float32, of whole numbers (rows, inputs) with a scale (rows, 1) each."""
        sums = _product(rows, self.whole).float().mul_(scales).mul_(self.scale)
        return sums if self.bias is None else sums.add_(self.bias)


class Int8Linear(_Int8):
    """A dense layer in int8."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__(layer.weight, layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs (…, units) of inputs (…, features), float32; the last axis is an image, or a step of a sequence."""
        whole, scales = _whole(x.flatten(0, -2))
        return self._products(whole, scales).view(*x.shape[:-1], -1)


class Int8Conv2d(_Int8):
    """A convolution in int8: its windows are rows of a dense layer, which costs their copies."""

    def __init__(self, layer: nn.Conv2d) -> None:
        # channels last, as the windows come out of images laid out so
        super().__init__(layer.weight.permute(0, 2, 3, 1).flatten(1), layer.bias)
        self.kernel_size, self.stride, self.padding = layer.kernel_size, layer.stride, layer.padding

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs (N, units, H', W') of images (N, C, H, W), float32."""
        images = len(x)
        whole, scales = _whole(x.permute(0, 2, 3, 1).reshape(images, -1))
        vertical, horizontal = (int(size) for size in self.padding)
        padded = pad(whole.view(images, *x.shape[2:], x.shape[1]), (0, 0, horizontal, horizontal, vertical, vertical))
        windows = padded.unfold(1, self.kernel_size[0], self.stride[0]).unfold(2, self.kernel_size[1], self.stride[1])
        height, width = windows.shape[1:3]
        rows = windows.permute(0, 1, 2, 4, 5, 3).reshape(images * height * width, -1)
        outputs = self._products(rows, scales.repeat_interleave(height * width, dim=0))
        return outputs.view(images, height, width, -1).permute(0, 3, 1, 2)


def _whole(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows (N, K), float32, as whole numbers, int8, and the scale (N, 1) of each; of what is not finite it is NaN."""
    scales = rows.abs().amax(1, keepdim=True).div_(LARGEST)
    scales = torch.where(scales.isfinite(), scales, torch.nan)
    tiny = torch.finfo(rows.dtype).tiny  # a row of zeros stays one
    return (rows / scales.clamp_min(tiny)).round_().nan_to_num_(0.0).to(torch.int8), scales


def _product(rows: Tensor, weight: Tensor) -> Tensor:
    """Return rows (N, K) times the transposed weight (M, K), both int8, exactly: (N, M), int32."""
    if not rows.is_cuda:
        if rows.shape[1] == 1:  # of which torch's product is not to be trusted (2.14)
            rows, weight = pad(rows, (0, 1)), pad(weight, (0, 1))
        return torch._int_mm(rows, weight.t())
    n, k, m = len(rows), rows.shape[1], len(weight)
    more_k, more_m = -k % CUDA_MULTIPLE, -m % CUDA_MULTIPLE
    rows = pad(rows, (0, more_k, 0, max(0, CUDA_ROWS - n)))
    return torch._int_mm(rows.contiguous(), pad(weight, (0, more_k, 0, more_m)).contiguous().t())[:n, :m]
