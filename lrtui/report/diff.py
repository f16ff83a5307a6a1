"""`lrtui diff`: studies side by side, as blocks of a document and as JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lrtui.analysis.side_by_side import Difference, SideBySide, side_by_side, summary_text
from lrtui.analysis.winner_words import points
from lrtui.analysis.wording import p_text
from lrtui.plots.overlay import names
from lrtui.report.blocks import Block, Heading, Item, Items, Paragraph, markdown_document, text_document
from lrtui.report.cells import Cell, Column, Table
from lrtui.report.render import json_safe
from lrtui.store.reader import SavedStudy
from lrtui.text import format_rate, shown_value, wrap

_SHORTEST = 15
"""Characters of an id that are its date and time."""


def compared(studies: Sequence[SavedStudy], baseline: int = 0) -> SideBySide:
    """Return saved studies side by side. Raises InputError as `side_by_side` does."""
    return side_by_side(
        [saved.result for saved in studies],
        names_of(studies),
        data=[data_of(saved) for saved in studies],
        machines=[machine_of(saved) for saved in studies],
        baseline=baseline,
    )


def names_of(studies: Sequence[SavedStudy]) -> list[str]:
    """Return what studies are called side by side: A, B, C, …"""
    return names(len(studies))


def diff(studies: Sequence[SavedStudy], fmt: str = "text", width: int | None = None, *, baseline: int = 0) -> str:
    """Return the comparison as text, Markdown, or one JSON document. Raises InputError if there is nothing to compare."""
    found = compared(studies, baseline)
    if fmt == "json":
        return json.dumps(document(studies, found), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    blocks = list(diff_blocks(studies, found))
    return text_document(blocks, width) if fmt == "text" else markdown_document(blocks)


def diff_blocks(studies: Sequence[SavedStudy], found: SideBySide, level: int = 1) -> Iterator[Block]:
    """Yield what there is to say of studies side by side."""
    yield Heading(f"{len(studies)} studies side by side", level)
    yield Items(
        [Item(f"{name}: {saved.id}, {saved.study.title}") for name, saved in zip(found.names, studies, strict=True)]
    )
    for remark in found.remarks:
        yield Paragraph(f"{remark}.")
    yield Heading("Settings that differ", level + 1)
    if found.settings:
        yield settings_table(found)
    else:
        yield Paragraph("None: the same settings.")
    yield Heading("Results", level + 1)
    first, *others = results_tables(found)
    yield first
    for table in others:
        yield Heading(table.title, level + 2)
        yield table
    yield Paragraph(_reading(found))


def settings_table(found: SideBySide) -> Table:
    """Return the settings that differ, a column for each study."""
    columns = [
        Column("setting", "setting", identifies=True),
        *(Column(name, name, missing="–") for name in found.names),
    ]
    rows: list[list[Cell]] = [[one.key, *map(_shown, one.values)] for one in found.settings]
    return Table.of("Settings that differ", columns, rows)


def results_tables(found: SideBySide, *, compact: bool = False) -> list[Table]:
    """Return the scenarios with their accuracies, a column for each study, and the differences to the baseline.

    Of two studies they stand in one table, of more in one for each compared study, called `B − A`; of studies of two tasks
    there are none. `compact`, without the numbers of runs.
    """
    scenario = Column("scenario", "lr" if found.by_rate else "scenario", identifies=True)
    plain = all(words.score == "accuracy" for words in found.each)
    heads = [
        f"{name} %" if plain else f"{name} {words.short} %" for name, words in zip(found.names, found.each, strict=True)
    ]
    accuracies = [Column(name, head, missing="–") for name, head in zip(found.names, heads, strict=True)]
    others = [index for index in range(len(found.names)) if index != found.baseline and found.subtracts(index)]
    told: list[list[Cell]] = [
        [row.label, *(summary_text(one, compact=compact) or None for one in row.accuracies)] for row in found.rows
    ]
    if len(others) == 1 and len(found.names) == 2:
        rows = [[*cells, *_told(row.differences[others[0]])] for cells, row in zip(told, found.rows, strict=True)]
        return [Table.of("Results", [scenario, *accuracies, *_columns(found, others[0])], rows)]
    tables = [Table.of("Results", [scenario, *accuracies], told)]
    for index in others:
        columns = [scenario, *_columns(found, index)]
        compared = [[row.label, *_told(one)] for row in found.rows if (one := row.differences[index]) is not None]
        tables.append(Table.of(_minus(found, index), columns, compared))
    return tables


def _minus(found: SideBySide, index: int) -> str:
    return f"{found.names[index]} − {found.names[found.baseline]}"


def _columns(found: SideBySide, index: int) -> list[Column]:
    texts = {"difference": _minus(found, index), "interval": "95 % interval", "p": "p", "seeds": "seeds"}
    return [Column(key, header, missing="–") for key, header in texts.items()]


def document(studies: Sequence[SavedStudy], found: SideBySide) -> dict[str, Any]:
    """Return the comparison as JSON has it, in full precision."""
    return {
        "studies": [
            {
                "name": name,
                "study": saved.id,
                "path": str(saved.path),
                "title": saved.study.title,
                "tasks": _tasks(saved),
            }
            for name, saved in zip(found.names, studies, strict=True)
        ],
        "baseline": found.names[found.baseline],
        "settings": [
            {"key": one.key, "values": dict(zip(found.names, map(json_safe, one.values), strict=True))}
            for one in found.settings
        ],
        "remarks": list(found.remarks),
        "results": [
            {
                "scenario": row.label,
                **({"apart": True} if row.apart else {}),
                "accuracies": {
                    name: {str(seed): json_safe(value) for seed, value in figures.items()}
                    for name, figures in zip(found.names, row.accuracies, strict=True)
                },
                "differences": {
                    name: None
                    if one is None
                    else json_safe(
                        {
                            "mean": one.mean,
                            "low": one.low,
                            "high": one.high,
                            "p": one.p,
                            "paired": one.paired,
                            "n": one.n,
                        }
                    )
                    for name, one in zip(found.names, row.differences, strict=True)
                    if name != found.names[found.baseline]
                },
            }
            for row in found.rows
        ],
    }


def _tasks(saved: SavedStudy) -> list[str]:
    return sorted({spec.config.task.name for spec in saved.study.runs})


def data_of(saved: SavedStudy) -> dict[str, str]:
    """Return the SHA-256 of a study's data sets, by name."""
    return {str(one["name"]): str(one["sha256"]) for one in saved.fingerprints}


def machine_of(saved: SavedStudy) -> dict[str, str]:
    """Return what else the bits of a study depend on."""
    device = saved.device
    kind = " ".join(str(device[key]) for key in ("kind", "instructions") if device.get(key))
    return {"device": kind, "torch": saved.versions.get("torch", ""), "engine": str(device.get("engine", "lanes"))}


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(format_rate(one) if isinstance(one, float) else shown_value(one) for one in value)
    return shown_value(value)


def _told(one: Difference | None) -> list[Cell]:
    """Return `+0.83`, `[0.37, 1.29]`, `0.016`, `3`, as far as they are known; `unp.` marks what is not paired."""
    if one is None:
        return [None] * 4
    interval = None if one.low is None or one.high is None else f"[{points(one.low)}, {points(one.high)}]"
    p = None if one.p is None else p_text(one.p).removeprefix("p = ")
    return [f"{'+' if one.mean >= 0 else ''}{points(one.mean)}", interval, p, f"{one.n}{'' if one.paired else ' unp.'}"]


def reading(found: SideBySide, width: int | None = None) -> list[str]:
    """Return how to read the results, in lines."""
    return wrap(_reading(found), width)


def _reading(found: SideBySide) -> str:
    base = found.names[found.baseline]
    unpaired = any(one is not None and not one.paired for row in found.rows for one in row.differences)
    welch = "; unp.: too few seeds are common, so over all seeds of each (Welch)" if unpaired else ""
    words = found.words
    kept = words.said("Validation accuracies of the weights kept, percent: mean ± standard deviation (runs).")
    told = f" {words.sentence[0].upper()}{words.sentence[1:]}." if words.sentence else ""
    if not any(found.subtracts(index) for index in range(len(found.names)) if index != found.baseline):
        return f"{kept}{told}"
    return (
        f"{kept}{told} Differences are {words.points} above "
        f"{base} with their 95 % interval and two-sided p, paired by seed{welch}; not corrected for the number of rows."
    )
