"""How far numbers lie from their means: what a network that knows nothing gets wrong."""

import torch
from torch import Tensor

_BLOCK = 4096
"""Rows worked on at once, in float64."""


def variance(rows: Tensor) -> float:
    """Return the mean squared deviation of rows (N, K) from the mean row: over all numbers, of the population."""
    blocks = rows.split(_BLOCK)
    mean = torch.stack([block.double().sum(0) for block in blocks]).sum(0) / len(rows)
    deviations = torch.stack([(block.double() - mean).square().sum() for block in blocks])
    return float(deviations.sum()) / rows.numel()
