"""Batch normalization whose running variance is Keras's: squared deviations over n; torch's own divides by n − 1."""

import torch
from torch import Tensor, nn


class _Biased(nn.modules.batchnorm._BatchNorm):
    def forward(self, x: Tensor) -> Tensor:
        """Return values of the shape of `x` (N, features, …), normalized."""
        if not (self.training and self.track_running_stats):
            return super().forward(x)
        assert self.running_var is not None
        assert self.momentum is not None
        kept = self.running_var * (1 - self.momentum)
        normalized = super().forward(x)
        count = x.numel() // x.shape[1]
        with torch.no_grad():  # a new tensor: the backward pass has seen the old one
            self.running_var = kept + (self.running_var - kept) * ((count - 1) / count)
        return normalized


class BiasedBatchNorm1d(_Biased, nn.BatchNorm1d):
    """Of (N, features)."""


class BiasedBatchNorm2d(_Biased, nn.BatchNorm2d):
    """Of (N, channels, height, width)."""
