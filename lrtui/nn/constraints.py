"""Bounds on kernels."""

from collections.abc import Iterable

import torch
from torch import Tensor


@torch.no_grad()
def max_norm_(kernels: Iterable[Tensor], limit: float) -> None:
    """Scale each unit's incoming weights down to an L2 norm of at most `limit`, in place; smaller ones stay as they are.

    A unit is a row of a dense kernel (out, in), a channel of a convolution's (out, in, height, width).
    """
    for kernel in kernels:
        kernel.renorm_(2, 0, limit)
