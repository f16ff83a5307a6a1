"""Shares of a study: together all of it, none of it twice, about as many runs each."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.errors import InputError
from lrtui.study.shards import Shard
from lrtui.study.spec import Study


@given(runs=st.integers(1, 60), of=st.integers(1, 70))
def test_shares_are_all_of_it_and_even(runs: int, of: int) -> None:
    shares = [Shard(index, of).own(range(runs)) for index in range(1, of + 1)]
    assert sorted(run for share in shares for run in share) == list(range(runs))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "x", "", "/", "3", "1/2/3", "-1/3", "1/0", "1.5/3", "٣/8", "1/999999"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(InputError, match="as in 3/8"):
        Shard.parse(text)


def test_a_share_is_written_as_it_is_read() -> None:
    assert str(Shard.parse(" 3/8 ")) == "3/8"


def test_a_share_is_cut_in_the_order_of_training(tiny: Callable[..., Study]) -> None:
    study = replace(tiny("sweep.replicates=3"), shard=Shard(1, 2))
    assert [(spec.replicate, spec.lr) for spec in study.own] == [(1, 0.01), (2, 0.01), (3, 0.01)]
    assert [spec.run for spec in replace(study, shard=None).own] == [spec.run for spec in study.training_order]
