"""The report over one or several studies: what was trained, what came out, and what it says of the published figures."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.analysis.answers.answer import Answer
from lrtui.analysis.answers.exercise8 import EXPERIMENT, Exercise8
from lrtui.analysis.answers.experiments import answer
from lrtui.analysis.claims import Claim, ClaimVerdict, judge
from lrtui.analysis.published import Comparison, OptimizerFit, compare, optimizer_fit
from lrtui.analysis.verdicts import RULES
from lrtui.analysis.winner import comparisons
from lrtui.errors import InputError
from lrtui.report.answered import answer_blocks, answer_document
from lrtui.report.beside import (
    ACCURACY_POINTS,
    CONVERGENCE_EPOCHS,
    disagreements,
    fit_sentence,
    fit_table,
    published_table,
    reservations,
)
from lrtui.report.blocks import (
    Block,
    Facts,
    Heading,
    Item,
    Items,
    Paragraph,
    markdown_document,
    text_document,
)
from lrtui.report.cells import Table
from lrtui.report.exercise8 import answers, exercise8_blocks, exercise8_document
from lrtui.report.facts import facts
from lrtui.report.health import health_blocks, health_document, measured_scenarios
from lrtui.report.layer_run import LayerRun
from lrtui.report.render import json_document, json_safe
from lrtui.report.reported import ReportedStudy
from lrtui.report.table import results_table
from lrtui.text import one_of

FORMATS = ("text", "markdown", "json")

_READING = (
    "n counts replicates that are done; means and standard deviations (sd, of the sample) are over them. Accuracies are "
    "percent of the validation images, differences points, losses mean cross-entropy in nats. conv. is the median "
    "convergence epoch of the replicates that converged, fluct. the share of the validation loss's movement that is "
    "upward, div. how many replicates diverged. val acc and val loss are of the weights kept, after pruning; best, conv., "
    f"fluct. and verdict of the training. Verdicts go by the rules of {RULES}, whenever a study was trained. Full precision "
    "is in each study's runs.parquet and epochs.parquet."
)


@dataclass(frozen=True)
class StudyReport:
    """One study's part of the report."""

    saved: ReportedStudy
    results: Table
    winners: list[str]
    """A sentence for each model/data pair."""
    comparisons: list[Comparison]
    disagreements: list[str]
    """Sentences, see `beside.disagreements`."""
    answer: Answer | None
    """What the runs say of the study's question; None where it is no experiment."""
    health: list[LayerRun]
    """A run of every scenario whose layers were measured."""


@dataclass(frozen=True)
class Report:
    """Everything a report says, before it is written in a format."""

    studies: list[StudyReport]
    fits: list[OptimizerFit]
    claims: list[Claim]
    """None where all studies are experiments."""
    exercise8: list[Exercise8]
    """What the studies say together of exercise 8, one for each family of presets."""

    @property
    def speaks_of_the_paper(self) -> bool:
        """Return whether a study has the paper's figures, or anything that a claim of the paper is about."""
        compared = any(study.comparisons for study in self.studies if study.saved.study.protocol == "paper")
        return compared or any(claim.figures for claim in self.claims)

    @property
    def judges_anything(self) -> bool:
        """Return whether anything was measured the way the source did."""
        compared = any(comparison.comparable for study in self.studies for comparison in study.comparisons)
        return compared or any(claim.verdict is not ClaimVerdict.NOT_MEASURED for claim in self.claims)


def report(studies: Sequence[ReportedStudy], fmt: str = "text", width: int | None = None) -> str:
    """Return the report over the studies as text, markdown, or one JSON document.

    Text is at most `width` wide; None: as wide as it comes. Raises InputError for another format.
    """
    if fmt not in FORMATS:
        raise InputError(f"unknown report format {fmt!r}; expected {one_of(FORMATS)}")
    found = gather(studies)
    if fmt == "json":
        return json.dumps(_document(found), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    blocks = list(_blocks(found))
    return text_document(blocks, width) if fmt == "text" else markdown_document(blocks)


def gather(studies: Sequence[ReportedStudy]) -> Report:
    """Return what the report over the studies says. Claims and optimizers are judged on all of them together.

    Where two studies hold a run of the same configuration and seed, the one that began later counts.
    """
    in_time = sorted(studies, key=lambda saved: saved.started)
    results = [saved.result for saved in in_time if not saved.study.experiment]  # an experiment has its own question
    return Report(
        studies=[_study_report(saved) for saved in studies],
        fits=optimizer_fit(results),
        claims=judge(results) if results else [],
        exercise8=answers(studies),
    )


def _study_report(saved: ReportedStudy) -> StudyReport:
    result = saved.result
    return StudyReport(
        saved=saved,
        results=results_table(result),
        winners=[" ".join(comparison.sentences()) for comparison in comparisons(result.runs, saved.study.equal_within)],
        comparisons=compare(result),
        disagreements=disagreements(result),
        answer=answer(result),
        health=measured_scenarios(result),
    )


def _blocks(found: Report) -> Iterator[Block]:
    several = len(found.studies) > 1
    if several:
        yield Heading(f"Report over {len(found.studies)} studies", 1)
    for study in found.studies:
        yield from _study_blocks(study, 2 if several else 1)
    for family in found.exercise8:
        yield from exercise8_blocks(family)
    if found.speaks_of_the_paper:
        yield from _paper_blocks(found)
    yield Heading("How to read the tables")
    yield Paragraph(_READING)


def _paper_blocks(found: Report) -> Iterator[Block]:
    if found.fits:
        yield Heading("Which optimizer explains the published table")
        yield fit_table(found.fits)
        yield Paragraph(fit_sentence(found.fits))
    yield Heading("The paper's claims")
    yield Paragraph(_tally(found.claims))
    yield Items([_claim_item(claim) for claim in found.claims], numbered=True)
    yield Heading("What disagrees with the source")
    yield from _disagreement_blocks(found)


def _study_blocks(study: StudyReport, level: int) -> Iterator[Block]:
    yield Heading(study.saved.study.title, level)
    yield Facts(facts(study.saved))
    yield Heading("Results", level + 1)
    yield study.results
    if len(study.winners) > 1:
        yield Items([Item(sentence) for sentence in study.winners])
    else:
        yield Paragraph(" ".join(study.winners) or "No run is done.")
    if study.answer is not None:
        yield from answer_blocks(study.answer, level + 1)
    yield from health_blocks(study.health, level + 1)
    if study.comparisons and study.saved.study.experiment != EXPERIMENT:  # whose arms stand together below
        yield Heading("Measured beside published", level + 1)
        yield published_table(study.comparisons)
        for sentence in reservations(study.comparisons):
            yield Paragraph(sentence)


def _claim_item(claim: Claim) -> Item:
    reason = f" ({claim.reason})" if claim.reason else ""
    details = [f"{claim.verdict.value.upper()}{reason}", f"Criterion: {claim.criterion}", *claim.figures]
    return Item(claim.text, details)


def _tally(claims: Sequence[Claim]) -> str:
    counts = {verdict: sum(claim.verdict is verdict for claim in claims) for verdict in ClaimVerdict}
    return (
        f"Of {len(claims)} claims {counts[ClaimVerdict.HELD]} held, {counts[ClaimVerdict.DID_NOT_HOLD]} did not hold, "
        f"and {counts[ClaimVerdict.NOT_MEASURED]} cannot be judged on what was measured."
    )


def _disagreement_blocks(found: Report) -> Iterator[Block]:
    said = _disagreements(found)
    if said:
        yield Paragraph(
            f"Where plain SGD followed the paper's protocol: accuracies at least {ACCURACY_POINTS:g} point, and further "
            f"than either standard deviation, from the published ones; convergence epochs more than {CONVERGENCE_EPOCHS} "
            "from them. And the claims that did not hold."
        )
        yield Items([Item(sentence) for sentence in said])
    elif found.judges_anything:
        yield Paragraph("Nothing that was measured disagrees with it.")
    else:
        yield Paragraph("Nothing can: no finished run followed the paper's protocol.")


def _disagreements(found: Report) -> list[str]:
    sentences = [sentence for study in found.studies for sentence in study.disagreements]
    failed = [claim for claim in found.claims if claim.verdict is ClaimVerdict.DID_NOT_HOLD]
    return [*sentences, *(f"Claim {claim.number} did not hold: {claim.reason}." for claim in failed)]


def _document(found: Report) -> dict[str, Any]:
    return {
        "studies": [_study_document(study) for study in found.studies],
        "optimizers": {
            "fits": json_document(fit_table(found.fits))["rows"],
            "sentence": fit_sentence(found.fits) if found.fits else "",
        },
        "exercise8": [exercise8_document(family) for family in found.exercise8],
        "claims": [{**dataclasses.asdict(claim), "verdict": claim.verdict.value} for claim in found.claims],
        "disagreements": _disagreements(found),
    }


def _study_document(study: StudyReport) -> dict[str, Any]:
    saved = study.saved
    document = {
        "study": saved.id,
        "path": str(saved.path),
        "preset": saved.study.name,
        "title": saved.study.title,
        "source": saved.study.source,
        "note": saved.study.note,
        "status": saved.status.value,
        "message": saved.message,
        "started": saved.started.isoformat(),
        "ended": saved.ended.isoformat() if saved.ended else None,
        "device": dict(saved.device),
        "lanes": saved.lanes,
        "versions": dict(saved.versions),
        "data": [dict(fingerprint) for fingerprint in saved.fingerprints],
        "warnings": list(saved.warnings),
        "results": json_document(study.results)["rows"],
        "winners": study.winners,
        **study.results.about,
        "published": json_document(published_table(study.comparisons))["rows"],
        "reservations": reservations(study.comparisons),
    }
    if study.answer is not None:
        document["answer"] = answer_document(study.answer)
    if study.health:
        document["health"] = health_document(study.health)
    safe: dict[str, Any] = json_safe(document)
    return safe
