"""Several studies compared: the settings that differ, and the results side by side, the first (or another) as the baseline."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lrtui.analysis.columns import SCENARIO_COORDINATES, swept
from lrtui.analysis.result import StudyResult
from lrtui.analysis.statistics import CONFIDENCE, mean, paired, sd
from lrtui.errors import InputError
from lrtui.study.coordinates import coordinate_text
from lrtui.study.records import RunStatus
from lrtui.study.schema import HeadConfig, RunConfig
from lrtui.study.spec import Study
from lrtui.study.tasks import CLASSIFICATION
from lrtui.study.words import PLAIN, Words, words
from lrtui.text import one_of, rate_text

_STANDARD = tuple(column.name for column in SCENARIO_COORDINATES if column.name not in ("scenario", "lr_found"))
NONE = None
"""What stands for a setting that a study has not."""


@dataclass(frozen=True)
class Differing:
    """A setting that differs between studies: its dotted key, and its value in each; None if a study has none."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """How far a scenario of one study is above the same one of the baseline, points."""

    mean: float
    low: float | None
    """The 95 % interval; None for one seed on either side."""
    high: float | None
    p: float | None
    """Two-sided; None without an interval, and if every seed gives the same difference."""
    paired: bool
    """Whether it is over common seeds (paired); else Welch's, over all seeds of each."""
    n: int
    """Common seeds, if paired; else the seeds of the study that has fewer."""


@dataclass(frozen=True)
class Row:
    """One scenario in all studies."""

    label: str
    accuracies: tuple[Mapping[int, float], ...]
    """Percent, of the weights kept, by seed, of each study; empty if the study has no such scenario, or no run of it done."""
    differences: tuple[Difference | None, ...]
    """From the baseline; None for the baseline itself, if there is nothing to compare, and where another task is learned."""
    apart: bool = False
    """Whether a study has results of it beside the baseline's, from which no difference is taken: they are of another task."""


@dataclass(frozen=True)
class SideBySide:
    """Studies compared."""

    names: tuple[str, ...]
    baseline: int
    settings: tuple[Differing, ...]
    """Those that decide what is trained or how it is judged, in the order of the schema."""
    remarks: tuple[str, ...]
    """What one should know: other data, another torch, another device; what only one study has."""
    rows: tuple[Row, ...]
    by_rate: bool = True
    """Whether what tells the rows apart is the learning rate, and nothing else."""
    each: tuple[Words, ...] = ()
    """What each study's losses, scores and rows are called."""
    words: Words = PLAIN
    """What those of all are called together."""

    @property
    def comparable(self) -> bool:
        """Return whether any scenario is in the baseline and in another study."""
        return any(row.apart or any(one is not None for one in row.differences) for row in self.rows)

    def subtracts(self, index: int) -> bool:
        """Return whether differences between a study and the baseline mean something: not between what is of two tasks."""
        return any(row.differences[index] is not None for row in self.rows) or not any(row.apart for row in self.rows)


def side_by_side(
    results: Sequence[StudyResult],
    names: Sequence[str],
    *,
    data: Sequence[Mapping[str, str]] = (),
    machines: Sequence[Mapping[str, str]] = (),
    baseline: int = 0,
) -> SideBySide:
    """Return studies compared, `names` being what they are called.

    `data` has the SHA-256 of each study's data sets by name; `machines` what else may matter: device, versions.
    Scenarios are the same if they agree in the rate and in what varies within a study; what is constant in each study and
    differs between them is a setting that differs. Accuracies are those of the weights kept. Raises InputError if there are
    fewer than two studies, or if no scenario of another study is one of the baseline's.
    """
    if len(results) < 2:
        raise InputError("a comparison needs two studies or more")
    settings = differing([result.study for result in results])
    found, by_rate = _rows([result.runs for result in results], baseline)
    remarks = _remarks(results, names, data, machines)
    studies = [result.study for result in results]
    together = words(spec.config for study in studies for spec in study.runs)
    each = tuple(study.words for study in studies)
    made = SideBySide(tuple(names), baseline, settings, tuple(remarks), tuple(found), by_rate, each, together)
    if not made.comparable:
        raise InputError(_why_nothing(results, names, baseline))
    return made


def differing(studies: Sequence[Study]) -> tuple[Differing, ...]:
    """Return the settings that differ between studies; titles, sources and notes do not count."""
    flats = [_flat(study.resolved) for study in studies]
    keys = list(dict.fromkeys(key for flat in flats for key in flat))
    order = {name: index for index, name in enumerate((*RunConfig.model_fields, "sweep", "variants"))}
    keys.sort(key=lambda key: order.get(key.partition(".")[0], len(order)))
    return tuple(
        Differing(key, tuple(flat.get(key) for flat in flats))
        for key in keys
        if _several([flat.get(key) for flat in flats])
    )


def _flat(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by dotted key; of a swept one its values, whole; of variants one key each."""
    flat: dict[str, Any] = {}
    for name, value in resolved.items():
        if name in HeadConfig.model_fields or name == "published":
            continue
        if name == "variants":
            for variant, tables in value.items():
                flat |= {f"variants.{variant}.{key}": inner for key, inner in _flat(tables).items()} or {
                    f"variants.{variant}": "as it is"
                }
        elif name == "sweep":
            flat |= {key if "." in key else f"sweep.{key}": inner for key, inner in value.items()}
        elif isinstance(value, dict):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    seeds = flat.pop("sweep.seeds", None)
    if seeds is not None:
        flat["sweep.replicates"] = f"seeds {', '.join(map(str, seeds))}"
    return flat


def _several(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values[1:])


def _rows(tables: Sequence[pl.DataFrame], baseline: int) -> tuple[list[Row], bool]:
    """Return the rows, and whether they are told apart by nothing but the rate."""
    keys = _keys(tables)
    gathered: dict[tuple[object, ...], list[dict[int, float]]] = {}
    tasks: dict[tuple[object, ...], dict[int, object]] = {}
    for index, runs in enumerate(tables):
        for row in runs.iter_rows(named=True):
            place = _place(row, keys)
            tasks.setdefault(place, {})[index] = row["task"] or CLASSIFICATION.name
            figures = gathered.setdefault(place, [{} for _ in tables])
            accuracy = row["final_val_accuracy"]
            if row["status"] == RunStatus.DONE.value and accuracy is not None:
                figures[index][row["seed"]] = accuracy
    named = [key for key in keys if len({place[keys.index(key)] for place in gathered}) > 1]
    rows = []
    for place, accuracies in gathered.items():
        learned = tasks[place]
        others = [index for index in range(len(tables)) if index != baseline and accuracies[index]]
        alike = [index for index in others if learned[index] == learned.get(baseline)]
        differences = tuple(
            difference(accuracies[index], accuracies[baseline]) if index in alike else None
            for index in range(len(tables))
        )
        apart = bool(accuracies[baseline]) and len(alike) < len(others)
        rows.append(Row(_label(place, keys, named), tuple(accuracies), differences, apart))
    return _in_order(rows, list(gathered), keys), named in ([], ["lr"])


def _keys(tables: Sequence[pl.DataFrame]) -> list[str]:
    """Return the coordinates by which scenarios are the same: the rate, and what varies within a study."""
    others = list(dict.fromkeys(key for runs in tables for key in swept(runs)))
    keys = [*_STANDARD, *others]
    varies = [
        key for key in keys if key != "lr" and any(key in runs.columns and runs[key].n_unique() > 1 for runs in tables)
    ]
    return ["lr", *varies]


def _place(row: Mapping[str, object], keys: Sequence[str]) -> tuple[object, ...]:
    return tuple("find" if key == "lr" and row["lr_found"] else row.get(key) for key in keys)


def _label(place: Sequence[object], keys: Sequence[str], named: Sequence[str]) -> str:
    parts = []
    for key, value in zip(keys, place, strict=True):
        if key in named or (not named and key == "lr"):
            rate = rate_text(value, False) if isinstance(value, float) else str(value or "")
            parts.append(rate if key == "lr" else coordinate_text(key, value))
    return ", ".join(filter(None, parts))


def _in_order(rows: Sequence[Row], places: Sequence[tuple[object, ...]], keys: Sequence[str]) -> list[Row]:
    """Return rows by what varies besides, in order of appearance, then by ascending rate."""
    groups: dict[tuple[object, ...], int] = {}
    for place in places:
        groups.setdefault(place[1:], len(groups))
    rate = [place[0] if isinstance(place[0], float) else math.inf for place in places]
    order = sorted(range(len(rows)), key=lambda index: (groups[places[index][1:]], rate[index]))
    return [rows[index] for index in order]


def difference(one: Mapping[int, float], other: Mapping[int, float]) -> Difference | None:
    """Return how far `one` is above `other`, figures by seed; None if either has none.

    Over the common seeds, paired, if there are two or more of them, or as many as either has; else by Welch's t-test.
    """
    if not one or not other:
        return None
    pair = paired(one, other)
    if pair is not None and (pair.n > 1 or len(one) == len(other) == 1):
        low, high = pair.interval or (None, None)
        return Difference(pair.mean, low, high, pair.p, True, pair.n)
    gap = statistics.fmean(one.values()) - statistics.fmean(other.values())
    fewest = min(len(one), len(other))
    if fewest < 2:
        return Difference(gap, None, None, None, False, fewest)
    first, second = (statistics.variance(values.values()) / len(values) for values in (one, other))
    error = math.sqrt(first + second)
    if error <= 1e-9:  # every seed gives the same
        return Difference(gap, gap, gap, None, False, fewest)
    degrees = (first + second) ** 2 / (first**2 / (len(one) - 1) + second**2 / (len(other) - 1))
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(degrees, (1 + CONFIDENCE) / 2)) * error
    return Difference(gap, gap - half, gap + half, float(2 * stdtr(degrees, -abs(gap) / error)), False, fewest)


def _remarks(
    results: Sequence[StudyResult],
    names: Sequence[str],
    data: Sequence[Mapping[str, str]],
    machines: Sequence[Mapping[str, str]],
) -> list[str]:
    remarks = []
    learned = [sorted({spec.config.task.name for spec in result.study.runs}) for result in results]
    if _several(learned):
        told = "; ".join(f"{name}: {', '.join(tasks)}" for name, tasks in zip(names, learned, strict=True))
        remarks.append(
            f"They learn different things ({told.replace('_', ' ')}): their scores are not one scale, and where tasks differ no "
            "difference is taken"
        )
    together = words(spec.config for result in results for spec in result.study.runs)
    used = [sorted({spec.dataset for spec in result.study.runs}) for result in results]
    if _several(used):
        told = "; ".join(f"{name}: {', '.join(sets)}" for name, sets in zip(names, used, strict=True))
        remarks.append(
            f"They are of different data ({told}): {together.scores} on different {together.rows} are not one scale"
        )
    elif data and (odd := [name for name in used[0] if _several([one.get(name) for one in data])]):
        remarks.append(f"The copies of {', '.join(odd)} are not the same {together.rows} (other SHA-256)")
    for key in dict.fromkeys(key for machine in machines for key in machine):
        values = [machine.get(key, "") for machine in machines]
        if _several(values):
            told = "; ".join(f"{name}: {value or 'unknown'}" for name, value in zip(names, values, strict=True))
            remarks.append(f"Other {key} ({told}): the same settings need not give the same bits")
    return remarks


def _why_nothing(results: Sequence[StudyResult], names: Sequence[str], baseline: int) -> str:
    """Return why no scenario can be compared."""
    for name, result in zip(names, results, strict=True):
        if not (result.runs["status"] == RunStatus.DONE.value).any():
            return f"{name}: no run is done: there is nothing to compare"
    keys = _keys([result.runs for result in results])
    for index, key in enumerate(keys):
        values = [{_place(row, keys)[index] for row in result.runs.iter_rows(named=True)} for result in results]
        others = set().union(*(each for at, each in enumerate(values) if at != baseline))
        if not values[baseline] & others:
            what = "learning rate" if key == "lr" else key
            rest = one_of([name for at, name in enumerate(names) if at != baseline])
            return f"nothing in common: no {what} of {names[baseline]} is one of {rest}"
    return f"nothing in common: no scenario of {names[baseline]} has a finished run in another study"


def summary_text(accuracies: Mapping[int, float], *, compact: bool = False) -> str:
    """Return `98.10 ± 0.16 (3)`, `compact` without the number of runs; empty without a run."""
    values = list(accuracies.values())
    middle, spread = mean(values), sd(values)
    if middle is None:
        return ""
    return f"{middle:.2f}{'' if spread is None else f' ± {spread:.2f}'}{'' if compact else f' ({len(values)})'}"
