"""The report over one or several studies: what was trained, what came out, and what it says of the published figures."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.analysis import winner
from lrtui.analysis.verdicts import RULES
from lrtui.analysis.winner import comparisons
from lrtui.analysis.winner_words import caveat
from lrtui.book import exercise8, paper
from lrtui.book.answer import Answer
from lrtui.book.lab.experiments import answer
from lrtui.book.published import Comparison, OptimizerFit, beside_published, optimizer_fit
from lrtui.book.question import Verdict
from lrtui.book.scenario import Trained
from lrtui.errors import InputError
from lrtui.report.answered import answer_blocks, claims_document, exercise8_document, experiment_document
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
from lrtui.report.curvature import curvature_blocks, curvature_document
from lrtui.report.diff import compared, diff_blocks, names_of
from lrtui.report.diff import document as diff_document
from lrtui.report.facts import facts
from lrtui.report.finder_table import only_searched, suggested
from lrtui.report.health import health_blocks, health_document, measured_scenarios
from lrtui.report.inference import inference_blocks, inference_document
from lrtui.report.page import Contents, Overlaid, PageBlock, Pictures, Settings, html_page
from lrtui.report.page import Verdict as Said
from lrtui.report.render import json_document, json_object, json_safe
from lrtui.report.table import results_table
from lrtui.store.reader import SavedStudy
from lrtui.study.words import Words, words
from lrtui.text import one_of

RUN_COLUMNS = (
    "run",
    "scenario",
    "seed",
    "status",
    "verdict",
    "settling_epoch",
    "stable_epoch",
    "run_key",
    "reused_from",
    "continued_from",
)
"""What JSON says of every run."""
FORMATS = ("text", "markdown", "json", "html")

_OF_CLASSES = "Accuracies are percent of the validation images, differences points, losses mean cross-entropy in nats."
_READING = (
    "n counts replicates that are done; means and standard deviations (sd, of the sample) are over them. "
    f"{_OF_CLASSES} conv. is the median convergence epoch of the replicates that converged, fluct. the share of the "
    "validation loss's movement that is upward, div. how many replicates diverged. val acc and val loss are of the weights "
    "kept, after pruning; best, conv., "
    "fluct. and verdict of the training. settled is the median of the first epoch from which the validation loss stays within "
    "2 % of what was learned around the median of its last five, of the replicates with the verdict settled. stable is the "
    "first epoch that changes the validation loss by less than 1 %: a rate at which nothing moves has it at epoch 2, so that "
    "it says nothing of having learned. "
    f"Verdicts go by the rules of {RULES}, whenever a study was trained. Full precision "
    "is in each study's runs.parquet and epochs.parquet."
)


def _reading(told: Words) -> str:
    """Return how to read the tables, in words of the runs."""
    if not told.sentence:
        return told.said(_READING)
    sentence = f"{told.sentence[0].upper()}{told.sentence[1:]}. Differences are {told.points}."
    sentence = " ".join(filter(None, (sentence, told.reading)))
    before, after = _READING.split(_OF_CLASSES)
    return f"{told.said(before)}{sentence}{told.said(after)}"


@dataclass(frozen=True)
class Report:
    """Everything a report says, before it is written in a format."""

    studies: Sequence[SavedStudy]
    published: list[list[Comparison]]
    """Measured beside published, of each study."""
    fits: list[OptimizerFit]
    claims: Answer | None
    """The paper's; None if all studies are experiments."""
    exercise8: list[Answer]
    """What the studies say together of exercise 8, one for each group of presets."""

    @property
    def speaks_of_the_paper(self) -> bool:
        """Return whether a study has the paper's figures, or anything that a claim of the paper is about."""
        pairs = zip(self.studies, self.published, strict=True)
        compared = any(published for saved, published in pairs if saved.study.protocol == "paper")
        return compared or (self.claims is not None and paper.measured(self.claims))

    @property
    def judges_anything(self) -> bool:
        """Return whether anything was measured the way the source did."""
        compared = any(comparison.comparable for published in self.published for comparison in published)
        replies = self.claims.replies if self.claims else ()
        return compared or any(reply.verdict is not Verdict.CANNOT_BE_SAID for reply in replies)


def report(studies: Sequence[SavedStudy], fmt: str = "text", width: int | None = None) -> str:
    """Return the report over the studies as text, markdown, one JSON document, or a web page.

    Text is at most `width` wide; None: as wide as it comes. Raises InputError for another format.
    """
    if fmt not in FORMATS:
        raise InputError(f"unknown report format {fmt!r}; expected {one_of(FORMATS)}")
    found = gather(studies)
    if fmt == "json":
        return json.dumps(_document(found), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    if fmt == "html":
        return _page(found)
    blocks = list(_blocks(found))
    return text_document(blocks, width) if fmt == "text" else markdown_document(blocks)


def gather(studies: Sequence[SavedStudy]) -> Report:
    """Return what the report over the studies says. Claims and optimizers are judged on all of them together.

    If two studies hold a run of the same configuration and seed, the one that began later counts.
    """
    in_time = [Trained.of(saved) for saved in sorted(studies, key=lambda saved: saved.started)]
    others = [study for study in in_time if not study.result.study.experiment]  # an experiment has its own question
    return Report(
        studies=studies,
        published=[beside_published(saved.result) for saved in studies],
        fits=optimizer_fit(others),
        claims=paper.judge(others) if others else None,
        exercise8=exercise8.answers(in_time),
    )


def _blocks(found: Report, *, whole: bool = False) -> Iterator[Any]:
    """Yield what a document says; `whole`, with what only a page can show."""
    several = len(found.studies) > 1
    if several:
        yield Heading(f"Report over {len(found.studies)} studies", 1)
        names = names_of(found.studies)
        if whole:
            shorts = ["; ".join(_in_short(saved)) for saved in found.studies]
            rows = zip(names, found.studies, shorts, strict=True)
            yield Contents(
                [(name, saved.study.title, saved.status.value, said or "no run is done") for name, saved, said in rows]
            )
        try:
            beside = compared(found.studies)
        except InputError as error:  # nothing in common: each stands for itself
            if whole:
                yield Paragraph(f"Not set side by side: {error}.")
        else:
            yield from diff_blocks(found.studies, beside, 2)
            if whole:
                yield Overlaid(found.studies, names)
    for index, (saved, published) in enumerate(zip(found.studies, found.published, strict=True)):
        name = f"{names_of(found.studies)[index]} · " if several and whole else ""
        yield from _study_blocks(saved, published, 2 if several else 1, whole=whole, name=name)
    for family in found.exercise8:
        yield from answer_blocks(family, 2)
    if found.speaks_of_the_paper:
        yield from _paper_blocks(found)
    yield Heading("How to read the tables")
    told = words(spec.config for saved in found.studies for spec in saved.study.runs)
    yield Paragraph(_reading(told))
    yield Paragraph(caveat(told))


def _page(found: Report) -> str:
    """Return the report as a web page: who won first, then pictures, then the rest."""
    studies, several = found.studies, len(found.studies) > 1
    blocks: list[PageBlock] = list(_blocks(found, whole=True))
    return html_page(f"Report over {len(studies)} studies" if several else studies[0].study.title, blocks)


def _paper_blocks(found: Report) -> Iterator[Block]:
    if found.fits:
        yield Heading("Which optimizer explains the published table")
        yield fit_table(found.fits)
        yield Paragraph(fit_sentence(found.fits))
    if found.claims is not None:
        yield from answer_blocks(found.claims, 2)
    yield Heading("What disagrees with the source")
    yield from _disagreement_blocks(found)


def _study_blocks(
    saved: SavedStudy, published: Sequence[Comparison], level: int, *, whole: bool, name: str
) -> Iterator[Block | Pictures | Settings | Said]:
    yield Heading(f"{name}{saved.study.title}", level)
    winners = _winners(saved)
    if whole:
        yield Said(winners or ["No run is done."])
        yield Pictures(saved)
        yield Heading("Results", level + 1)
        yield results_table(saved.result)
        yield Heading("What was trained, and where", level + 1)
    yield Facts(facts(saved))
    if whole:
        yield Settings(saved.study)
    else:
        yield Heading("Results", level + 1)
        yield results_table(saved.result)
    if whole:
        pass
    elif len(winners) > 1:
        yield Items([Item(sentence) for sentence in winners])
    else:
        yield Paragraph(" ".join(winners) or "No run is done.")
    if (answered := answer(Trained.of(saved))) is not None:
        yield from answer_blocks(answered, level + 1)
    yield from inference_blocks(saved, level + 1)
    yield from health_blocks(measured_scenarios(saved.states), level + 1)
    yield from curvature_blocks(saved.states, level + 1)
    if published and saved.study.experiment != exercise8.EXPERIMENT:  # whose scenarios stand together below
        yield Heading("Measured beside published", level + 1)
        yield published_table(published)
        for sentence in reservations(published):
            yield Paragraph(sentence)


def _winners(saved: SavedStudy) -> list[str]:
    """Return what the comparison says, for each model/data pair; of range tests, what they suggest."""
    if only_searched(saved.result):
        return [suggested(saved.result)]
    return [" ".join(one.sentences()) for one in _comparisons(saved)]


def _in_short(saved: SavedStudy) -> list[str]:
    """Return who won in one sentence for each model/data pair, or what range tests suggest."""
    if only_searched(saved.result):
        return [suggested(saved.result)]
    return [one.verdict() for one in _comparisons(saved)]


def _comparisons(saved: SavedStudy) -> list[winner.Comparison]:
    return comparisons(saved.runs, saved.study.equal_within, saved.study.looks)


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
    sentences = [sentence for saved in found.studies for sentence in disagreements(saved.result)]
    replies = enumerate(found.claims.replies, 1) if found.claims else ()
    failed = [(number, paper.reason(reply)) for number, reply in replies if reply.verdict.contradicts]
    return [*sentences, *(f"Claim {number} did not hold: {reason}." for number, reason in failed)]


def _document(found: Report) -> dict[str, Any]:
    return {
        "studies": [_study_document(*study) for study in zip(found.studies, found.published, strict=True)],
        "optimizers": {
            "fits": json_document(fit_table(found.fits))["rows"],
            "sentence": fit_sentence(found.fits) if found.fits else "",
        },
        "exercise8": [exercise8_document(family) for family in found.exercise8],
        "claims": claims_document(found.claims) if found.claims else [],
        "disagreements": _disagreements(found),
        **_side_by_side(found.studies),
    }


def _side_by_side(studies: Sequence[SavedStudy]) -> dict[str, Any]:
    try:
        return {"side_by_side": diff_document(studies, compared(studies))}
    except InputError:  # one study, or nothing in common
        return {}


def _study_document(saved: SavedStudy, published: Sequence[Comparison]) -> dict[str, Any]:
    results = results_table(saved.result)
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
        "reused": saved.runs["reused_from"].count(),
        "runs": json_safe(saved.runs.select(RUN_COLUMNS).to_dicts()),
        "data": [dict(fingerprint) for fingerprint in saved.fingerprints],
        "warnings": list(saved.warnings),
        "results": json_document(results)["rows"],
        "winners": _winners(saved),
        **results.about,
        "published": json_document(published_table(published))["rows"],
        "reservations": reservations(published),
    }
    if (answered := answer(Trained.of(saved))) is not None:
        document["answer"] = experiment_document(answered)
    if measured := measured_scenarios(saved.states):
        document["health"] = health_document(measured)
    if predicting := inference_document(saved):
        document["inference"] = predicting
    if curvature := curvature_document(saved.states):
        document["curvature"] = curvature
    return json_object(document)
