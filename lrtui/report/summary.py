"""What `lrtui run --json` prints: one document, in full precision."""

from typing import Any

from lrtui.analysis.columns import SCENARIO_COORDINATES, swept
from lrtui.analysis.scenarios import scenarios
from lrtui.analysis.verdicts import RULES, Verdict
from lrtui.analysis.winner import comparisons
from lrtui.report.compared import comparison_documents
from lrtui.report.render import json_safe
from lrtui.store.reader import SavedStudy
from lrtui.store.sittings import as_documents

FIGURES = (
    "n",
    "val_accuracy_mean",
    "val_accuracy_sd",
    "best_val_accuracy_mean",
    "convergence_epoch_median",
    "settling_epoch_median",
    "stable_epoch_median",
    "verdict",
    *(verdict.value for verdict in Verdict),
    "test_accuracy_mean",
    "test_accuracy_sd",
    "mc_accuracy_mean",
    "kept_epoch_mean",
    "sparsity_mean",
    "seconds_per_epoch_mean",
    "seconds_to_best_mean",
    "task",
)
"""What is said of each scenario, after its coordinates; over its runs that are done."""


def summary(saved: SavedStudy) -> dict[str, Any]:
    """Return a study as a dict ready for `json.dumps(…, allow_nan=False)`.

    Keys: "study", "path", "status", "changed" (what was changed of the preset), "shard" (`3/8`; null: all runs are its own),
    "reused" (how many runs were taken over from other studies), "sittings" (when it was trained, and where; several if it was
    resumed), "rules" (by which its runs are judged), "runs", "scenarios", "comparisons" (who won, one per model/data pair).

    `runs` has the columns of runs.parquet. Figures that are not finite are the strings `nan`, `inf`, `-inf`.
    """
    runs = saved.runs
    coordinates = [column.name for column in SCENARIO_COORDINATES]
    chosen = scenarios(runs).select(*coordinates, *swept(runs), *FIGURES)
    return {
        "study": saved.id,
        "path": str(saved.path),
        "status": saved.status.value,
        "changed": list(saved.study.overrides),
        "shard": str(saved.study.shard) if saved.study.shard else None,
        "reused": runs["reused_from"].count(),
        "sittings": as_documents(saved.sittings),
        "rules": RULES,
        "runs": json_safe(runs.to_dicts()),
        "scenarios": json_safe(chosen.to_dicts()),
        "comparisons": json_safe(comparison_documents(comparisons(runs, saved.study.equal_within, saved.study.looks))),
    }
