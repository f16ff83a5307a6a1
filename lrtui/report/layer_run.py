"""The layers of one run: which run is drawn, what was measured of it, and what that says."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.columns import LAYERS, schema
from lrtui.analysis.health import sentence
from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.study.records import LayerRecord, RunStatus
from lrtui.study.spec import RunSpec
from lrtui.text import count


@dataclass(frozen=True)
class LayerRun:
    """A run whose layers were measured."""

    spec: RunSpec
    measured: Mapping[int, tuple[LayerRecord, ...]]
    """Its layers, from the input, after each epoch that was measured, in order."""
    place: str
    """What it is among the study's runs: `run 3 of 15, the best`."""

    @property
    def title(self) -> str:
        """Return which run it is: `mlp-digits-sgd-1e-2 · seed 1 · run 3 of 15`."""
        return f"{self.spec.scenario} · seed {self.spec.seed} · {self.place}"

    @property
    def last(self) -> int:
        """Return the latest epoch that was measured."""
        return max(self.measured)

    @property
    def sentence(self) -> str:
        """Return the state of its layers after that epoch in plain words."""
        return sentence(self.measured[self.last], self.spec.config.health)

    @property
    def words(self) -> str:
        """Return the sentence, and the epoch it is about."""
        return f"epoch {self.last}: {self.sentence}"


def find_run(result: StudyResult, number: int | None = None) -> LayerRun:
    """Return run `number`, else the finished one with the highest validation accuracy (of all, where none is finished).

    Raises InputError where there is no such run, and where its layers were not measured.
    """
    runs = result.runs.filter(pl.col("run").is_in(result.layers["run"].unique().to_list()))
    total = len(result.study.runs)
    if number is None:
        done = runs.filter(pl.col("status") == RunStatus.DONE.value)
        runs = runs if done.is_empty() else done
        if runs.is_empty():
            raise InputError("no layer is measured yet")
        best = runs.sort("final_val_accuracy", descending=True, nulls_last=True, maintain_order=True)["run"][0]
        which = "" if total == 1 else ", the best so far" if done.is_empty() else ", the best"
        return layers_of(result, best, f"run {best} of {total}{which}")
    spec_of(result, number)
    if number not in runs["run"]:
        known = ", ".join(map(str, runs["run"]))
        raise InputError(f"--run {number}: its layers were not measured (they were of run {known})")
    return layers_of(result, number, f"run {number} of {total}")


def spec_of(result: StudyResult, number: int) -> RunSpec:
    """Return the run of that number. Raises InputError where the study has none."""
    spec = next((spec for spec in result.study.runs if spec.run == number), None)
    if spec is None:
        raise InputError(f"--run {number}: the study has {count(len(result.study.runs), 'run')}, numbered from 1")
    return spec


def layers_of(result: StudyResult, number: int, place: str = "") -> LayerRun:
    """Return what was measured of the layers of a run."""
    rows = result.layers.filter(pl.col("run") == number).select(list(schema(LAYERS))).sort("epoch", "layer")
    measured = {
        int(epoch): tuple(LayerRecord(*row) for row in layers.iter_rows())
        for (epoch,), layers in rows.group_by("epoch", maintain_order=True)
    }
    return LayerRun(spec_of(result, number), measured, place)
