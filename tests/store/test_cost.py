"""What a study will cost, from what like ones took."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lrtui.session import Session
from lrtui.store.cost import Cost, estimate, told
from lrtui.store.reader import open_study
from lrtui.study.spec import Study

Tiny = Callable[..., Study]
Start = Callable[..., Session]


@pytest.fixture
def trained(tiny: Tiny, train_study: Start, tmp_path: Path) -> Path:
    """Train a study; return the runs folder."""
    assert train_study(tiny()).wait(60)
    return tmp_path / "runs"


def test_runs_take_what_runs_like_them_took(tiny: Tiny, trained: Path) -> None:
    runs = open_study(next(trained.iterdir())).runs
    an_epoch = sum(runs["seconds"] / runs["epochs"]) / len(runs)
    cost = estimate(tiny("train.epochs=30", "optim.lr=[0.5, 0.7, 0.9]", "sweep.replicates=4"), trained)
    assert cost.runs == 12 and cost.seconds == pytest.approx(12 * 30 * an_epoch)
    halved = estimate(tiny("train.epochs=30", "optim.lr=[0.5, 0.7, 0.9]", "sweep.replicates=4"), trained, lanes=2)
    assert halved.seconds == pytest.approx(6 * 30 * an_epoch)
    assert "about" in cost.text and cost.studies[0] in cost.text


def test_the_longest_run_is_the_least(tiny: Tiny, trained: Path) -> None:
    study = tiny("train.epochs=30", "sweep.replicates=1")
    assert estimate(study, trained, lanes=64).seconds == estimate(replace(study, runs=study.runs[:1]), trained).seconds


@pytest.mark.parametrize(
    "override", ["model.hidden=[17]", "train.batch_size=64", "optim.momentum=0.9", "data.train_limit=100"]
)
def test_of_other_networks_data_batches_or_optimizers_nothing_is_known(
    tiny: Tiny, trained: Path, override: str
) -> None:
    cost = estimate(tiny(override), trained)
    assert cost.seconds is None and "not known" in cost.text


def test_of_another_kind_of_device_nothing_is_known(tiny: Tiny, trained: Path) -> None:
    assert estimate(tiny(), trained, kind="cuda").seconds is None


def test_a_search_costs_its_budget_at_most(tiny: Tiny, trained: Path) -> None:
    cost = estimate(tiny("sweep.search=bracket", "optim.lr=1e-3..1 x4", "sweep.budget=6"), trained)
    assert cost.runs == 6 and "at most" in cost.text


def test_damaged_studies_and_a_folder_that_is_none_are_passed_over(tiny: Tiny, trained: Path, tmp_path: Path) -> None:
    (next(trained.iterdir()) / "runs.parquet").write_bytes(b"PAR1nonsense")
    assert estimate(tiny(), trained).seconds is None
    assert estimate(tiny(), tmp_path / "nowhere").seconds is None


def test_times_are_told_in_two_figures() -> None:
    assert [told(seconds) for seconds in (0.2, 90, 719, 7199, 11_520, 216_000)] == [
        "1 s", "90 s", "12 min", "120 min", "3.2 h", "2.5 days",
    ]  # fmt: skip
    assert "MiB" in Cost(1, None, (), 2**21).text
