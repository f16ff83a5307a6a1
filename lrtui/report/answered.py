"""The answers to a source's questions, as a section of the report: one layout for all sources."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lrtui.book.answer import Answer, Reply
from lrtui.book.figures import Figures
from lrtui.book.paper import reason
from lrtui.book.question import Finding, Verdict
from lrtui.book.tables import FigureTable
from lrtui.report.blocks import Block, Facts, Heading, Item, Items, Paragraph
from lrtui.report.cells import Column, Table
from lrtui.report.render import json_object

COLUMNS = (
    "Mean ± sd over the replicates that are done (n). (1 of 2): so many have such a figure; none: no run has. An epoch is that "
    "whose weights were kept (kept) or the first that reaches a loss; seconds per epoch are the median of a run."
)


def answer_blocks(answer: Answer, level: int) -> Iterator[Block]:
    """Yield the section: the questions with what the source says and what came out, figures, caveats, points one by one.

    Without tables of figures the points stand below their questions.
    """
    yield Heading(answer.title, level)
    if answer.opening:
        yield Paragraph(answer.opening)
    if not answer.tables:
        yield Items(list(_all(answer)), numbered=True)
    for reply in answer.replies if answer.tables else ():
        question = reply.question
        yield Heading(question.text, level + 1) if len(answer.replies) > 1 else Paragraph(question.text)
        yield Facts([(question.lead, question.expected), ("these runs", reply.conclusion)])
    if answer.tables:
        yield Heading("The figures", level + 1)
        yield Paragraph(COLUMNS)
    for table in answer.tables:
        if table.title:
            yield Heading(table.title, level + 2)
        yield figures_table(table)
        if table.notes:
            yield _list(table.notes)
    if answer.caveats:
        yield Heading("What limits the answers", level + 1)
        yield _list(answer.caveats)
    if answer.replies:
        yield Heading("Point by point" if answer.tables else "How they were judged", level + 1)
        yield Paragraph(answer.criterion)
    for reply in answer.replies if answer.tables else ():
        if len(answer.replies) > 1:
            yield Heading(reply.question.text, level + 2)
        yield Items([Item(f"{sign(one)}", lines(one)) for one in reply.findings], numbered=True)
        if reply.besides:
            yield _list(reply.besides)


def _list(sentences: Sequence[str]) -> Items:
    return Items([Item(sentence) for sentence in sentences])


def _all(answer: Answer) -> Iterator[Item]:
    """Yield the questions; of those that cannot be answered at all the reason, and that only once."""
    first: dict[str, int] = {}
    for number, reply in enumerate(answer.replies, 1):
        if any(one.verdict is not Verdict.CANNOT_BE_SAID for one in reply.findings):
            yield _whole(answer, reply)
            continue
        text, why = f"{reply.question.text} {answer.word(reply).upper()}", _lacking(reply)
        as_before = first.setdefault(why, number)
        yield Item(text, [why]) if as_before == number else Item(f"{text}, as {as_before}")


def _lacking(reply: Reply) -> str:
    """Return what is missing to answer a question, of each of its points unless it is the same."""
    lacks = {one.lacks for one in reply.findings}
    if len(lacks) == 1:
        return f"{lacks.pop()}."
    return f"{'; '.join(f'{one.point}: {one.lacks}' for one in reply.findings)}."


def _whole(answer: Answer, reply: Reply) -> Item:
    """Return a question with everything that belongs to it; of what is missing altogether the conclusion tells."""
    points = [
        f"{one.point}: {one.verdict.value.upper()}{'. ' if lines(one) else ''}{'; '.join(lines(one))}"
        for one in reply.findings
        if one.verdict is not Verdict.CANNOT_BE_SAID or one.measured or not one.needed
    ]
    details = [f"{reply.question.lead}: {reply.question.expected}", reply.conclusion, *points, *reply.besides]
    return Item(f"{reply.question.text} {answer.word(reply).upper()}", details)


def sign(finding: Finding) -> str:
    """Return a point and its verdict: `Part c is better than part b: AGREES`."""
    return f"{finding.point[0].upper()}{finding.point[1:]}: {finding.verdict.value.upper()}"


def lines(finding: Finding) -> tuple[str, ...]:
    """Return what was measured of a point, and what is missing."""
    return (*finding.measured, *filter(None, (finding.lacks,)))


def figures_table(table: FigureTable) -> Table:
    """Return one row per scenario: the mean of every figure over its done replicates, ± their standard deviation."""
    shown = [at for at, column in enumerate(table.columns) if any(figures[at] for _, figures in table.rows)]
    columns = [
        Column("scenario", "", identifies=True),
        Column("n", "n", "count"),
        *(Column(table.columns[at].key, table.columns[at].header, "number") for at in shown),
    ]
    cells = [
        [
            scenario.label,
            scenario.n,
            *(None if (one := figures[at]) is None else one.text(table.columns[at].decimals) for at in shown),
        ]
        for scenario, figures in table.rows
    ]
    return Table.of("", columns, cells)


def experiment_document(answer: Answer) -> dict[str, Any]:
    """Return the answer to an experiment's one question for a JSON document: figures as numbers."""
    (reply,) = answer.replies
    document = {
        **_reply_document(reply),
        "guide": reply.question.expected,
        "figures": [row for table in answer.tables for row in _rows(table)],
        "details": reply.besides,
        "caveats": answer.caveats,
        "common_loss": answer.common_loss,
        "criterion": answer.criterion,
    }
    return json_object(document)


def exercise8_document(answer: Answer) -> dict[str, Any]:
    """Return the answers to exercise 8 from the runs of a group of presets for a JSON document."""
    document = {
        "family": answer.group,
        "studies": answer.studies,
        "caveats": answer.caveats,
        "common_loss": answer.common_loss,
        "tables": {
            table.key: {"title": table.title, "rows": _rows(table), "notes": table.notes} for table in answer.tables
        },
        "questions": [_reply_document(reply) for reply in answer.replies],
        "criterion": answer.criterion,
    }
    return json_object(document)


def claims_document(answer: Answer) -> list[dict[str, Any]]:
    """Return the paper's claims for a JSON document, by number."""
    return [
        {
            "number": number,
            "text": reply.question.text,
            "criterion": reply.question.expected,
            "verdict": answer.word(reply),
            "figures": [line for finding in reply.findings for line in finding.measured],
            "reason": reason(reply),
            "conclusion": reply.conclusion,
            "findings": _findings(reply),
        }
        for number, reply in enumerate(answer.replies, 1)
    ]


def _reply_document(reply: Reply) -> dict[str, Any]:
    return {
        "question": reply.question.text,
        "source": reply.question.source,
        "expected": reply.question.expected,
        "verdict": reply.verdict.value,
        "conclusion": reply.conclusion,
        "findings": _findings(reply),
        "besides": reply.besides,
    }


def _findings(reply: Reply) -> list[dict[str, Any]]:
    return [{"point": one.point, "verdict": one.verdict.value, "measured": lines(one)} for one in reply.findings]


def _figures(found: Figures) -> dict[str, Any]:
    plain = replace(found, ratio=False)
    document = {"mean": plain.mean, "sd": plain.sd, "values": found.values}
    return document | ({"geometric_mean": found.mean, "geometric_sd": found.sd} if found.ratio else {})


def _rows(table: FigureTable) -> list[dict[str, Any]]:
    """Return one entry for each scenario: mean, standard deviation and value of every replicate, by the columns' keys."""
    return [
        {"arm": scenario.label, "n": scenario.n, "planned": len(scenario.statuses)}
        | {
            column.key: None if found is None else _figures(found)
            for column, found in zip(table.columns, figures, strict=True)
        }
        for scenario, figures in table.rows
    ]
