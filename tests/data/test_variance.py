"""The variance of many numbers, in blocks, against NumPy's."""

import numpy as np
import pytest
import torch

from lrtui.data.variance import variance


@pytest.mark.parametrize("count", [1, 5, 4096, 9001])
def test_it_is_numpy_s_over_all_numbers(count: int) -> None:
    rows = torch.randn(count, 3, generator=torch.Generator().manual_seed(count)) * 2 + 5
    assert variance(rows) == pytest.approx(rows.double().numpy().var(0).mean(), rel=1e-12, abs=1e-15)
    assert np.isfinite(variance(rows))


def test_equal_rows_have_none() -> None:
    assert variance(torch.full((9000, 2), 0.5)) == 0
