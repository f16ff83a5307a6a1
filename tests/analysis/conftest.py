"""Made studies: what each run came to is written down, nothing is trained."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from lrtui.analysis.frames import epochs_frame, runs_frame
from lrtui.analysis.result import StudyResult
from lrtui.study import preset
from lrtui.study.spec import Study
from lrtui.study.states import RunState
from tests.report.conftest import golden

__all__ = ["golden"]
Outcome = dict[str, Any]


def make_study(
    model: str = "mlp",
    dataset: str = "mnist",
    optimizer: str = "sgd",
    rates: Sequence[float] = (1e-3,),
    replicates: int = 3,
    **tables: Any,
) -> Study:
    """Return a study that sweeps the rates; further tables (`train`, `optim`, `published`, …) are laid over it."""
    table: dict[str, Any] = {
        "title": "made",
        "data": {"name": dataset},
        "model": {"name": model},
        "optim": {"name": optimizer, **tables.pop("optim", {})},
        "sweep": {"optim.lr": list(rates), "replicates": replicates, **tables.pop("sweep", {})},
    }
    for name, values in tables.items():
        table[name] = {**table.get(name, {}), **values} if isinstance(values, dict) else values
    return preset.from_resolved("made", table)


@pytest.fixture(scope="session")
def study() -> Callable[..., Study]:
    """Return `make_study`."""
    return make_study


@pytest.fixture(scope="session")
def measured() -> Callable[..., StudyResult]:
    """Return a maker of results from outcomes by rate: final accuracies, or dicts with further columns of `runs.parquet`."""

    def make(outcomes: Mapping[float, Sequence[float | Outcome]], *, epochs: int = 30, **about: Any) -> StudyResult:
        replicates = max(len(runs) for runs in outcomes.values())
        train = {"epochs": epochs, **about.pop("train", {})}
        made = make_study(rates=list(outcomes), replicates=replicates, train=train, **about)
        states = [RunState(spec) for spec in made.runs]
        rows = []
        for blank, spec in zip(runs_frame(states).to_dicts(), made.runs, strict=True):
            row, given = dict(blank), outcomes[spec.lr]
            if spec.replicate <= len(given):
                row.update({"status": "done", "epochs": epochs, "verdict": "improving", "fluctuation": 0.0})
                outcome = given[spec.replicate - 1]
                row.update(outcome if isinstance(outcome, dict) else {"final_val_accuracy": outcome})
            rows.append(row)
        runs = pl.DataFrame(rows, schema=runs_frame(states).schema)
        return StudyResult(made, runs, epochs_frame(states))

    return make
