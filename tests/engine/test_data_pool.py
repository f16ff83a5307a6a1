from pathlib import Path

import pytest
import torch

from lrtui.data import load as loading
from lrtui.engine import data_pool as pools
from lrtui.engine.data_pool import DataPool
from lrtui.study import preset
from lrtui.study.spec import RunSpec, Study

NOWHERE = Path("no-such-folder")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Four runs: two rates, and with each of them the digits scaled in two ways."""
    path = tmp_path / "scales.toml"
    path.write_text(
        'title = "Scales"\n[data]\nname = "digits"\nvalidation = "last"\nvalidation_count = 300\n'
        '[model]\nname = "mlp"\n[optim]\nname = "sgd"\n'
        '[sweep]\n"optim.lr" = [0.1, 0.01]\n"data.scale" = ["unit", "standardized"]\n'
    )
    return preset.load_file(path)


@pytest.fixture
def pool(study: Study) -> DataPool:
    made = DataPool(NOWHERE, torch.device("cpu"), study.runs)
    made.load_all()
    return made


def placed(pool: DataPool) -> list[str]:
    return [wanted.config.scale for wanted, _ in pool._placed]


def one_by_one(pool: DataPool, runs: tuple[RunSpec, ...]) -> list[list[str]]:
    """Let the runs have their data in turn; return what lies in memory while each has it."""
    found = []
    for spec in runs:
        pool.get(spec)
        found.append(placed(pool))
        pool.release(spec)
    return found


def test_every_way_to_use_a_data_set_is_told(study: Study) -> None:
    fingerprints = DataPool(NOWHERE, torch.device("cpu"), study.runs).load_all()
    assert [(each.name, each.train_count, each.val_count, each.test_count) for each in fingerprints] == [
        ("digits", 1137, 300, 360)
    ] * 2


def test_runs_get_the_data_they_ask_for(study: Study, pool: DataPool) -> None:
    unit, standardized = pool.get(study.runs[0]), pool.get(study.runs[1])
    assert unit.train_images.min() == 0 and unit.train_images.max() == 1
    assert standardized.train_images.min() < 0
    assert len(unit.test_labels) == 360 and len(unit.val_labels) == 300


def test_what_later_runs_need_stays_where_there_is_room(study: Study, pool: DataPool) -> None:
    both = ["unit", "standardized"]
    assert one_by_one(pool, study.runs) == [["unit"], both, both, ["standardized"]]
    assert placed(pool) == []


def test_what_no_run_uses_makes_room(study: Study, pool: DataPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "SPARE_BYTES", 0)
    assert one_by_one(pool, study.runs) == [["unit"], ["standardized"], ["unit"], ["standardized"]]


def test_what_a_run_uses_stays(study: Study, pool: DataPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "SPARE_BYTES", 0)
    first = pool.get(study.runs[0])
    pool.get(study.runs[1])
    assert placed(pool) == ["unit", "standardized"]
    assert pool.get(study.runs[2]) is first


def test_data_that_changed_meanwhile_is_refused(study: Study, pool: DataPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "sha256_of", lambda *_: "0" * 64)
    with pytest.raises(pools.InputError, match="digits is not what it was when the study began"):
        pool.get(study.runs[1])
