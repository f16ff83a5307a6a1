"""The conclusion of a question of exercise 8: the answer in a sentence to quote, and how it stands to what was expected."""

from collections.abc import Collection, Sequence

from lrtui.analysis.answers.answer import Finding, Verdict
from lrtui.analysis.answers.compared import Compared


def conclude(findings: Sequence[Finding], opening: str, told: Sequence[Compared], source: str) -> tuple[Verdict, str]:
    """Return the verdict on all points together, and the sentences that begin with the answer.

    The answer is a clause to open with (or none), those of the needed findings, and those of what is `told` besides. A point
    that is contradicted contradicts the source; it agrees where every needed point does. With points of one seed a verdict is
    what one seed says, and figures that one seed cannot be judged by do not hold it up.
    """
    clauses = [opening, *(one.said for one in findings if one.needed), *(found.clause() for found in told)]
    runs = {number for pair in (*(one.runs for one in findings), *(found.runs for found in told)) for number in pair}
    verdict = _verdict(findings)
    sentences = [_answer([clause for clause in clauses if clause], runs), *_standing(verdict, findings, source)]
    return verdict, " ".join(sentence for sentence in sentences if sentence)


def _verdict(findings: Sequence[Finding]) -> Verdict:
    every = {finding.verdict for finding in findings}
    needed = {finding.verdict for finding in findings if finding.needed}
    if Verdict.CONTRADICTS in every:
        return Verdict.CONTRADICTS
    if Verdict.ONE_SEED_CONTRADICTS in every:
        return Verdict.ONE_SEED_CONTRADICTS
    if needed == {Verdict.AGREES}:
        return Verdict.AGREES
    if Verdict.CANNOT_BE_SAID in needed:
        return Verdict.CANNOT_BE_SAID
    return Verdict.ONE_SEED_AGREES if Verdict.ONE_SEED_AGREES in needed else Verdict.NOT_JUDGED


def _answer(clauses: Sequence[str], runs: Collection[int]) -> str:
    if not clauses or not runs:
        return ""
    fewest, most = min(runs), max(runs)
    over = f"Over {most} seeds each" if fewest == most else f"Over {fewest} to {most} seeds an arm"
    lead = "Of one seed each" if most == 1 else over
    return f"{lead}, {'; '.join(clauses)}."


def _standing(verdict: Verdict, findings: Sequence[Finding], source: str) -> list[str]:
    """Return how the answer stands to the source, and the points that are left open."""

    def of(*verdicts: Verdict) -> str:
        found = (finding for finding in findings if finding.verdict in verdicts)
        return "; ".join(finding.point for finding in found if finding.needed or finding.agrees is False)

    against = of(Verdict.CONTRADICTS, Verdict.ONE_SEED_CONTRADICTS)
    given = of(Verdict.NOT_JUDGED)
    accuracy = " in accuracy" if given else ""
    said = {
        Verdict.AGREES: f"This agrees with {source}.",
        Verdict.ONE_SEED_AGREES: f"One seed agrees with {source}{accuracy}.",
        Verdict.CONTRADICTS: f"This contradicts {source}; not so here: {against}.",
        Verdict.ONE_SEED_CONTRADICTS: f"One seed contradicts {source}; not so here: {against}.",
    }
    sentences = [said.get(verdict, "")]
    agreeing = of(Verdict.AGREES, Verdict.ONE_SEED_AGREES)
    if agreeing and verdict is Verdict.CANNOT_BE_SAID:
        sentences.append(f"This agrees with {source} only in part: {agreeing}.")
    lacking = [text for finding in findings if not finding.runs for text in finding.measured]
    if undecided := of(Verdict.CANNOT_BE_SAID):
        reason = f" ({'; '.join(dict.fromkeys(lacking))})" if lacking else ""
        sentences.append(f"It cannot be said whether {undecided}{reason}.")
    if given:
        sentences.append(f"Given, but not judged, since there is no spread over seeds to judge by: {given}.")
    return sentences
