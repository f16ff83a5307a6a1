"""Which curves belong together, and their means."""

import math

from lrtui.report.curves import groups
from tests.report.made import mixed, paper, variants


def test_one_group_of_five_rates_with_three_replicates_each() -> None:
    (group,) = groups(paper().result, "val_accuracy")
    assert group.label == ""
    assert [scenario.lr for scenario in group.scenarios] == [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
    assert {len(scenario.replicates) for scenario in group.scenarios} == {3}


def test_the_mean_is_over_the_done_runs_and_lost_where_one_is() -> None:
    wide, narrow = groups(mixed().result, "val_loss")
    assert (wide.label, narrow.label) == ("hidden 64-32", "hidden 16")
    slow, fast = wide.scenarios
    assert slow.mean.values[:3] == [2.3, 0.55, 0.45]
    assert fast.mean.values[1] == (5.0 + 4e7) / 2
    assert all(not math.isfinite(value) for value in fast.mean.values[2:])
    stalled = narrow.scenarios[0]
    assert len(stalled.replicates) == 2  # the stopped run has its curve
    assert stalled.mean == stalled.replicates[0]  # and no part in the mean


def test_where_no_run_is_done_the_mean_is_over_those_under_way() -> None:
    under_way = groups(mixed().result, "val_loss")[1].scenarios[1]
    assert under_way.mean.values == [2.3, 1.25]
    assert len(under_way.replicates) == 1


def test_variants_share_a_picture_and_go_by_their_names() -> None:
    (group,) = groups(variants().result, "val_loss")
    assert group.label == ""
    assert [(scenario.label, scenario.lr) for scenario in group.scenarios] == [("plain", 0.1), ("adam", 1e-3)]


def test_variants_whose_rates_are_swept_have_a_picture_each() -> None:
    swept = variants(
        sweep={"optim.lr": [0.1, 0.01], "replicates": 1}, variants={"a": {}, "b": {"train": {"epochs": 8}}}
    )
    found = groups(swept.result, "val_loss")
    assert [group.label for group in found] == ["a", "b"]
    assert [[scenario.label for scenario in group.scenarios] for group in found] == [["1e-1", "1e-2"]] * 2


def test_a_figure_that_epoch_0_lacks_begins_at_epoch_1() -> None:
    (group,) = groups(paper().result, "grad_norm")
    assert group.scenarios[0].mean.epochs[0] == 1
