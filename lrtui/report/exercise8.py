"""The answers to exercise 8 as sections of the report: one for each family of presets."""

from collections.abc import Iterator, Sequence
from typing import Any

from lrtui.analysis.answers.caveats import ERRORS
from lrtui.analysis.answers.exercise8 import EXPERIMENT, Exercise8, Figures, exercise8
from lrtui.analysis.answers.families import Trained
from lrtui.report.answered import figures_table, findings_document, findings_list, rows_document
from lrtui.report.blocks import Block, Facts, Heading, Item, Items, Paragraph
from lrtui.report.render import json_safe
from lrtui.report.reported import ReportedStudy

COLUMNS = (
    "Mean ± sd over the replicates that are done (n). kept: the epoch whose weights were kept; val acc % and test acc % are "
    "theirs, highest val acc % that of any epoch. s per epoch: the median of a run. (1 of 2): so many reach the common loss; "
    "none: no run does."
)
CRITERION = (
    "A difference counts where every replicate of one is above every replicate of the other; of one seed only an accuracy is "
    f"judged, and counts where the test accuracies are more than {ERRORS:g} standard errors of the test images apart (binomial)."
)


def answers(studies: Sequence[ReportedStudy]) -> list[Exercise8]:
    """Return the answers that the studies give together; the later of two counts where they hold the same."""
    in_time = sorted(studies, key=lambda saved: saved.started)
    return exercise8([_trained(saved) for saved in in_time if saved.study.experiment == EXPERIMENT])


def exercise8_blocks(found: Exercise8) -> Iterator[Block]:
    """Yield the part of a report on one family: the answers, the figures, what limits them, the points one by one."""
    yield Heading(f"Exercise 8, from the runs of {found.family}")
    for reply in found.replies:
        yield Heading(reply.question, 3)
        yield Facts([(reply.source, reply.expected), ("these runs", reply.conclusion)])
    if found.tables:
        yield Heading("The figures", 3)
        yield Paragraph(COLUMNS)
    for table in found.tables:
        yield Heading(table.title, 4)
        yield figures_table(table.measures, table.rows)
        if table.notes:
            yield Items([Item(note) for note in table.notes])
    if found.caveats:
        yield Heading("What limits the answers", 3)
        yield Items([Item(caveat) for caveat in found.caveats])
    if found.replies:
        yield Heading("Point by point", 3)
        yield Paragraph(CRITERION)
    for reply in found.replies:
        yield Heading(reply.question, 4)
        yield findings_list(reply.findings)
        if reply.besides:
            yield Items([Item(sentence) for sentence in reply.besides])


def exercise8_document(found: Exercise8) -> dict[str, Any]:
    """Return the same for a JSON document: figures as numbers."""
    document: dict[str, Any] = json_safe(
        {
            "family": found.family,
            "studies": found.studies,
            "caveats": found.caveats,
            "common_loss": found.common_loss,
            "tables": {table.key: _table_document(table) for table in found.tables},
            "questions": [
                {
                    "question": reply.question,
                    "source": reply.source,
                    "expected": reply.expected,
                    "verdict": reply.verdict.value,
                    "conclusion": reply.conclusion,
                    "findings": findings_document(reply.findings),
                    "besides": reply.besides,
                }
                for reply in found.replies
            ],
        }
    )
    return document


def _table_document(table: Figures) -> dict[str, Any]:
    return {"title": table.title, "rows": rows_document(table.measures, table.rows), "notes": table.notes}


def _trained(saved: ReportedStudy) -> Trained:
    device = saved.device
    return Trained(
        id=saved.id,
        result=saved.result,
        device=f"{device.get('kind', 'unknown')}: {device.get('name', 'unknown')}",
        lanes=saved.lanes,
        data=tuple(dict(fingerprint) for fingerprint in saved.fingerprints),
    )
