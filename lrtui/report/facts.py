"""The head of a study's report: what was trained, when, on what machine, on which data, and how it ended."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from lrtui.analysis.bracket import told
from lrtui.book.scenario import device_name
from lrtui.store.reader import SavedStudy
from lrtui.store.resources import read_frame
from lrtui.store.sittings import resumed
from lrtui.study.datasets import rows_of
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.reused import numbered, reused_lines, reused_sentence
from lrtui.study.words import names_of_outputs
from lrtui.text import count, format_duration, literal


def facts(saved: SavedStudy) -> list[tuple[str, str]]:
    """Return labels and texts, in the order in which they are read; what is unknown is left out."""
    return [(label, text) for label, text in _facts(saved) if text]


def _facts(saved: SavedStudy) -> Iterator[tuple[str, str]]:
    study, versions = saved.study, dict(saved.versions)
    yield "study", saved.id
    yield "preset", study.name
    yield "changed", ", ".join(study.overrides)
    yield "source", study.source
    yield "question", "" if study.experiment else study.question  # an experiment's stands above its answer
    yield "note", study.note
    yield "tags", ", ".join(saved.remarks.tags)
    for line in saved.remarks.note.splitlines():
        yield "remark", line
    yield (
        "runs",
        f"{len(study.runs)}: {count(len(study.scenarios), 'scenario')} × {count(len(study.seeds), 'replicate')}",
    )
    yield "search", told(study, saved.states) if study.searches else ""
    yield "shard", f"{study.shard}: {count(len(study.own), 'run')} of its own" if study.shard else ""
    origins = {state.spec.run: state.reused_from for state in saved.states}
    yield "reused", reused_sentence(origins.values())
    for line in reused_lines(origins):
        yield "reused", line
    begun: dict[str, list[int]] = {}
    for state in saved.states:
        if state.continued_from:
            begun.setdefault(state.continued_from, []).append(state.spec.run)
    for origin, runs in begun.items():
        yield "continued", f"{numbered(runs)} began in {origin}"
    for weights, runs in _beginnings(saved).items():
        yield "weights", f"{numbered(runs)} began with those of {weights}"
    yield "status", _status(saved)
    yield "started", _moment(saved.started)
    yield "ended", _ended(saved)
    yield "resumed", resumed(saved.sittings).removeprefix("resumed ")
    yield "device", _device(saved)
    yield "arithmetic", _arithmetic(saved)
    yield "resources", _resources(saved)
    yield "machine", versions.pop("system", "")
    yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items())
    read = dict.fromkeys(
        (_data(one), str(one.get("sha256") or "")) for one in saved.fingerprints
    )  # scaled in several ways
    for data, sha256 in read:
        yield "data", data
        yield "SHA-256", sha256
    for warning in (*study.advice, *saved.warnings):
        yield "warning", warning


def _beginnings(saved: SavedStudy) -> dict[str, list[int]]:
    """Return which runs began with which weights, in words."""
    found: dict[str, list[int]] = {}
    for state in saved.states:
        start = state.spec.config.model.begins_with
        if start is not None:
            words = ": ".join(filter(None, (start.run or literal(start.path.rpartition("/")[2]), start.layers)))
            found.setdefault(words, []).append(state.spec.run)
    return found


def _status(saved: SavedStudy) -> str:
    done = int((saved.runs["status"] == RunStatus.DONE.value).sum())
    text = saved.status.value
    if saved.status is not StudyStatus.DONE or done < len(saved.study.own):
        text += f", {done} of {count(len(saved.study.own), 'run')} done"
    return f"{text}: {saved.message}" if saved.message else text


def _ended(saved: SavedStudy) -> str:
    if saved.ended is None or saved.duration is None:
        return ""
    return f"{_moment(saved.ended)}, after {format_duration(saved.duration)}"


def _moment(when: dt.datetime) -> str:
    return f"{when.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def _device(saved: SavedStudy) -> str:
    device = saved.device
    sizes = [count(device["cores"], "core")] if "cores" in device else []
    sizes += [f"{device['memory_gib']} GiB"] if "memory_gib" in device else []
    return ", ".join([device_name(device), *sizes, count(saved.lanes, "lane")])


def _arithmetic(saved: SavedStudy) -> str:
    """Return how a GPU reckoned; empty for a processor, whose instruction set stands with its name."""
    if saved.device.get("kind") != "cuda":
        return ""
    tf32 = {spec.config.train.tf32 for spec in saved.study.runs}
    stated = str(saved.device.get("arithmetic") or "")
    return f"{stated}; TF32 in {'all' if tf32 == {True} else 'some'} runs (train.tf32)" if True in tf32 else stated


def _resources(saved: SavedStudy) -> str:
    """Return the means and peaks of what was measured while it trained; empty if nothing was."""
    used = read_frame(saved.path).filter(pl.col("seconds") > 0)
    alone = used.unique("at", keep="first")  # what is not of a GPU stands in the row of each
    told = (
        _mean_and_peak("CPU {:.0f} (at most {:.0f}) % of a core", alone, pl.col("cpu")),
        _mean_and_peak("memory {:.1f} (at most {:.1f}) GiB", alone, pl.col("memory") / 2**30),
        _mean_and_peak("GPU {:.0f} (at most {:.0f}) %", used, pl.col("gpu_utilization")),
        _mean_and_peak("its memory {:.1f} (at most {:.1f}) GiB", used, pl.col("gpu_memory") / 2**30),
        _mean_and_peak("{:.0f} (at most {:.0f}) W", used, pl.col("gpu_power")),
        _mean_and_peak("{:.0f} (at most {:.0f}) °C", used, pl.col("gpu_temperature")),
    )
    return ", ".join(filter(None, told))


def _mean_and_peak(words: str, used: pl.DataFrame, figure: pl.Expr) -> str:
    known = used.select("seconds", figure=figure).drop_nulls()
    if known.is_empty():
        return ""
    mean = (pl.col("figure") * pl.col("seconds")).sum() / pl.col("seconds").sum()
    return words.format(*known.select(mean.alias("mean"), pl.col("figure").max().alias("peak")).row(0))


def _data(fingerprint: Mapping[str, Any]) -> str:
    shape = (fingerprint.get("found") or {}).get("shape", (1, 1, 1))
    what = rows_of(shape) + (f" of {shape[0]:,}" if len(shape) == 1 else "")
    counts = (
        f"{fingerprint.get('name')}: {fingerprint.get('train_count', 0):,} training and "
        f"{fingerprint.get('val_count', 0):,} validation {what}"
    )
    return "; ".join(filter(None, (counts, names_of_outputs(fingerprint), str(fingerprint.get("note") or ""))))
