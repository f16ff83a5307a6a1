"""What `lrtui run --json` prints: one document, in full precision."""

from typing import Any

from lrtui.analysis.columns import RUNS
from lrtui.analysis.scenarios import scenarios
from lrtui.report.render import json_safe
from lrtui.report.reported import ReportedStudy

FIGURES = (
    "n",
    "val_accuracy_mean",
    "val_accuracy_sd",
    "best_val_accuracy_mean",
    "convergence_epoch_median",
    "diverged",
    "test_accuracy_mean",
    "test_accuracy_sd",
    "mc_accuracy_mean",
    "kept_epoch_mean",
    "sparsity_mean",
    "seconds_per_epoch_mean",
    "seconds_to_best_mean",
)
"""What is said of each scenario, after its coordinates; over its runs that are done."""

COORDINATES = ("scenario", "variant", "model", "dataset", "optimizer", "lr", "lr_found", "batch_size")


def summary(saved: ReportedStudy) -> dict[str, Any]:
    """Return {"study", "path", "status", "runs", "scenarios"} of a study, ready for `json.dumps(…, allow_nan=False)`.

    `runs` has the columns of runs.parquet. Figures that are not finite are the strings `nan`, `inf`, `-inf`.
    """
    runs = saved.runs
    standard = {column.name for column in RUNS}
    swept = [name for name in runs.columns if name not in standard]
    chosen = scenarios(runs).select(*COORDINATES, *swept, *FIGURES)
    return {
        "study": saved.id,
        "path": str(saved.path),
        "status": saved.status.value,
        "runs": json_safe(runs.to_dicts()),
        "scenarios": json_safe(chosen.to_dicts()),
    }
