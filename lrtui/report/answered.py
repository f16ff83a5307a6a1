"""The answer to an experiment's question, as a section of the report."""

from collections.abc import Iterator
from typing import Any

from lrtui.analysis.answers.answer import Answer, Finding, Row
from lrtui.report.blocks import Block, Facts, Heading, Item, Items, Paragraph
from lrtui.report.cells import Column, Table
from lrtui.report.render import json_safe

_MARKS = {True: "agrees", False: "contradicts", None: "cannot be said"}


def answer_blocks(answer: Answer, level: int) -> Iterator[Block]:
    """Yield the section: the question, what the guide says, the figures, the findings, the conclusion."""
    yield Heading("The answer", level)
    if answer.question:
        yield Paragraph(answer.question)
    yield Facts([("the guide", answer.guide), ("these runs", answer.conclusion)])
    yield figures_table(answer)
    if answer.details:
        yield Items([Item(detail) for detail in answer.details])
    yield Paragraph(
        "What the guide says, point by point. A difference counts only where every replicate of one is above every "
        "replicate of the other."
    )
    yield Items([_item(finding) for finding in answer.findings], numbered=True)


def figures_table(answer: Answer) -> Table:
    """Return one row per arm: the mean of every figure over its done replicates, ± their standard deviation."""
    shown = [
        index for index in range(len(answer.measures)) if any(row.figures[index] is not None for row in answer.rows)
    ]
    columns = [
        Column("arm", "", identifies=True),
        Column("n", "n", "count"),
        *(Column(answer.measures[index].key, answer.measures[index].header, "number") for index in shown),
    ]
    rows = [[row.label, row.n, *(_cell(answer, row, index) for index in shown)] for row in answer.rows]
    return Table.of("", columns, rows)


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return the answer for a JSON document: figures as numbers, one entry for each arm."""
    document: dict[str, Any] = json_safe(
        {
            "question": answer.question,
            "guide": answer.guide,
            "verdict": answer.verdict.value,
            "conclusion": answer.conclusion,
            "figures": [_row_document(answer, row) for row in answer.rows],
            "details": answer.details,
            "findings": [
                {"point": finding.point, "verdict": _MARKS[finding.agrees], "measured": finding.measured}
                for finding in answer.findings
            ],
        }
    )
    return document


def _cell(answer: Answer, row: Row, index: int) -> str | None:
    stat = row.figures[index]
    return None if stat is None else stat.text(answer.measures[index].decimals)


def _item(finding: Finding) -> Item:
    return Item(f"{finding.point[0].upper()}{finding.point[1:]}: {_MARKS[finding.agrees].upper()}", finding.measured)


def _row_document(answer: Answer, row: Row) -> dict[str, Any]:
    figures = {
        measure.key: None if stat is None else {"mean": stat.mean, "sd": stat.sd, "values": stat.values}
        for measure, stat in zip(answer.measures, row.figures, strict=True)
    }
    return {"arm": row.label, "n": row.n, "planned": row.planned, **figures}
