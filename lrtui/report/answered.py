"""The answer to an experiment's question, as a section of the report."""

from collections.abc import Iterator, Sequence
from typing import Any

from lrtui.analysis.answers.answer import Answer, Finding, Measure, Row
from lrtui.analysis.answers.stat import Stat
from lrtui.report.blocks import Block, Facts, Heading, Item, Items, Paragraph
from lrtui.report.cells import Column, Table
from lrtui.report.render import json_safe

CRITERION = "A difference counts only where every replicate of one is above every replicate of the other."


def answer_blocks(answer: Answer, level: int) -> Iterator[Block]:
    """Yield the section: the question, what the guide says, the figures, the findings, the conclusion."""
    yield Heading("The answer", level)
    if answer.question:
        yield Paragraph(answer.question)
    yield Facts([("the guide", answer.guide), ("these runs", answer.conclusion)])
    yield figures_table(answer.measures, answer.rows)
    if answer.details:
        yield Items([Item(detail) for detail in answer.details])
    yield Paragraph(f"What the guide says, point by point. {CRITERION}")
    yield findings_list(answer.findings)


def figures_table(measures: Sequence[Measure], rows: Sequence[Row]) -> Table:
    """Return one row per arm: the mean of every figure over its done replicates, ± their standard deviation."""
    shown = [index for index in range(len(measures)) if any(row.figures[index] is not None for row in rows)]
    columns = [
        Column("arm", "", identifies=True),
        Column("n", "n", "count"),
        *(Column(measures[index].key, measures[index].header, "number") for index in shown),
    ]
    cells = [[row.label, row.n, *(_cell(measures[index], row.figures[index]) for index in shown)] for row in rows]
    return Table.of("", columns, cells)


def findings_list(findings: Sequence[Finding]) -> Items:
    """Return the points of the guide as a numbered list: what the runs say of each, and the figures."""
    return Items([_item(finding) for finding in findings], numbered=True)


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return the answer for a JSON document: figures as numbers, one entry for each arm."""
    document: dict[str, Any] = json_safe(
        {
            "question": answer.question,
            "guide": answer.guide,
            "verdict": answer.verdict.value,
            "conclusion": answer.conclusion,
            "figures": rows_document(answer.measures, answer.rows),
            "details": answer.details,
            "findings": findings_document(answer.findings),
        }
    )
    return document


def _cell(measure: Measure, stat: Stat | None) -> str | None:
    return None if stat is None else stat.text(measure.decimals)


def _item(finding: Finding) -> Item:
    return Item(f"{finding.point[0].upper()}{finding.point[1:]}: {finding.verdict.value.upper()}", finding.measured)


def rows_document(measures: Sequence[Measure], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return one entry for each arm: mean, standard deviation and value of every replicate, by the measures' keys."""
    return [
        {"arm": row.label, "n": row.n, "planned": row.planned}
        | {
            measure.key: None if stat is None else {"mean": stat.mean, "sd": stat.sd, "values": stat.values}
            for measure, stat in zip(measures, row.figures, strict=True)
        }
        for row in rows
    ]


def findings_document(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return one entry for each point of the guide."""
    return [
        {"point": finding.point, "verdict": finding.verdict.value, "measured": finding.measured} for finding in findings
    ]
