"""Accuracy against milliseconds, as a section of the report: every way of predicting that was measured, the quickest first."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lrtui.analysis.inference import Predicting, ways
from lrtui.book.grouping import own_label
from lrtui.report.blocks import Block, Heading, Paragraph
from lrtui.report.cells import Column, Table
from lrtui.report.render import json_object
from lrtui.store.reader import SavedStudy

_COLUMNS = (
    Column("scenario", "", identifies=True),
    Column("format", "format", identifies=True),
    Column("n", "n", "count"),
    Column("milliseconds", "ms", "fixed", decimals=2),
    Column("ratio", "time ×", "fixed", decimals=2),
    Column("accuracy", "test acc %", "fixed", decimals=2),
    Column("points", "points", "fixed", decimals=2),
    Column("bytes", "kB", "fixed", decimals=0),
    Column("best", "best", signs={"true": "★", "false": ""}),
)


def inference_blocks(saved: SavedStudy, level: int) -> Iterator[Block]:
    """Yield the section; nothing if no number format was measured."""
    if not (found := _ways(saved)):
        return
    words = saved.study.words
    yield Heading(words.said("Accuracy against milliseconds"), level)
    good = "accurate" if words.score == "accuracy" else "good"
    told = (
        "One pass over the test images with the weights kept, on the machine that trained: median time and mean accuracy of the "
        "replicates. time × and points are beside the same networks in float32; ★: nothing else is both as quick and as "
    )
    yield Paragraph(f"{words.said(told)}{good}.")
    columns = [replace(column, header=words.said(column.header)) for column in _COLUMNS]
    yield Table.of("", columns, [_row(way) for way in found])


def inference_document(saved: SavedStudy) -> list[dict[str, Any]]:
    """Return one entry for each way, the quickest first."""
    named = {"scenario": "label", "format": "form"}
    keys = ("scenario", "format", "n", "milliseconds", "ratio", "accuracy", "points", "bytes", "best")
    return [json_object({key: getattr(way, named.get(key, key)) for key in keys}) for way in _ways(saved)]


def _ways(saved: SavedStudy) -> list[Predicting]:
    return ways(saved.states, lambda state: own_label(state.spec, state.spec.variant))


def _row(way: Predicting) -> tuple[Any, ...]:
    thousands = None if way.bytes is None else way.bytes / 1000
    best = "true" if way.best else "false"
    return (way.label, way.form, way.n, way.milliseconds, way.ratio, way.accuracy, way.points, thousands, best)
