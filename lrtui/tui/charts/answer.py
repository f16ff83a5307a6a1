"""The answer to a study's question: what the runs say, their figures, and the points one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rich.text import Text

from lrtui.analysis.answers.answer import Answer, Finding, Verdict
from lrtui.analysis.answers.exercise8 import Exercise8
from lrtui.report.answered import CRITERION, figures_table
from lrtui.report.beside import published_table, reservations
from lrtui.report.cells import Table
from lrtui.report.exercise8 import COLUMNS
from lrtui.report.exercise8 import CRITERION as CRITERION_8
from lrtui.report.text_table import text_table
from lrtui.text import literal
from lrtui.tui.answers import Found
from lrtui.tui.signs import Sign, wrap
from lrtui.tui.themes import Skin

SIGNS = {
    Verdict.AGREES: Sign("✓", "agrees", "good"),
    Verdict.CONTRADICTS: Sign("✗", "contradicts", "warn"),
    Verdict.ONE_SEED_AGREES: Sign("✓", "one seed agrees", "good"),
    Verdict.ONE_SEED_CONTRADICTS: Sign("✗", "one seed contradicts", "warn"),
    Verdict.NOT_JUDGED: Sign("·", "one seed, not judged", "dim"),
    Verdict.CANNOT_BE_SAID: Sign("?", "cannot be said", "dim"),
}


@dataclass(frozen=True)
class Page:
    """Lays an answer out in lines of at most `width`; an arm's name has the colour of its curve."""

    width: int
    skin: Skin
    arms: Mapping[str, str]
    """Styles by the label of an arm."""

    def lines(self, question: str, found: Found) -> Iterator[Text]:
        """Yield the whole page."""
        if found.answer is not None:
            yield from self._answer(found.answer)
        elif len(found.families) == 1:
            yield from self.text(question, f"bold {self.skin.accent}")
        for family in found.families:
            yield from self._exercise8(family)
        if found.comparisons:
            yield from self._head("Measured beside published")
            yield from self._table(published_table(found.comparisons))
            for sentence in reservations(found.comparisons):
                yield from self.text(sentence, self.skin.dim)

    def text(self, text: str, style: str, mark: str = "", mark_style: str = "") -> Iterator[Text]:
        """Yield the lines of a paragraph that hangs from `mark`."""
        for number, part in enumerate(wrap(literal(text), self.width - len(mark))):
            lead = mark if number == 0 else " " * len(mark)
            yield Text.assemble((lead, mark_style or style), (part, style))

    def _answer(self, found: Answer) -> Iterator[Text]:
        yield from self._reply(found.question, found.verdict, found.conclusion, "the guide", found.guide)
        yield Text()
        yield from self._table(figures_table(found.measures, found.rows))
        yield from self._head("Point by point")
        yield from self._findings(found.findings)
        yield from self._head("What else was measured", found.details)
        yield Text()
        yield from self.text(CRITERION, self.skin.dim)

    def _exercise8(self, found: Exercise8) -> Iterator[Text]:
        if len(found.replies) > 1:
            yield from self._judged([(reply.verdict, reply.question, ()) for reply in found.replies])
        for reply in found.replies:
            yield Text()
            yield from self._reply(reply.question, reply.verdict, reply.conclusion, reply.source, reply.expected)
        for table in found.tables:
            yield from self._head(table.title)
            yield from self._table(figures_table(table.measures, table.rows))
            for note in table.notes:
                yield from self.text(note, self.skin.dim)
        yield from self._head("What limits the answers", found.caveats)
        for reply in found.replies:
            yield from self._head(reply.question)
            yield from self._findings(reply.findings)
            for sentence in reply.besides:
                yield from self.text(sentence, self.skin.text, "  ")
        yield Text()
        for sentence in (COLUMNS, CRITERION_8) if found.replies else ():
            yield from self.text(sentence, self.skin.dim)

    def _reply(self, question: str, verdict: Verdict, conclusion: str, source: str, said: str) -> Iterator[Text]:
        skin, sign = self.skin, SIGNS[verdict]
        yield from self.text(question, f"bold {skin.accent}")
        style = getattr(skin, sign.style)
        yield Text(sign.text, f"bold {style}" if style != "dim" else style)
        yield from self.text(conclusion, skin.text)
        yield from self.text(f"{source[0].upper()}{source[1:]}: {said}", skin.dim)

    def _head(self, title: str, sentences: Sequence[str] | None = None) -> Iterator[Text]:
        """Yield the head of a part, and sentences below it; nothing where there are to be some and there are none."""
        if sentences is None or sentences:
            yield Text()
            yield from self.text(title, f"bold {self.skin.text}")
        for sentence in sentences or ():
            yield from self.text(sentence, self.skin.dim, "· ")

    def _findings(self, findings: Sequence[Finding]) -> Iterator[Text]:
        yield from self._judged([(finding.verdict, finding.point, finding.measured) for finding in findings])

    def _judged(self, said: Sequence[tuple[Verdict, str, Sequence[str]]]) -> Iterator[Text]:
        """Yield sentences: in front of each what the runs say of it, below it the figures."""
        wide = max((len(SIGNS[verdict].text) for verdict, _, _ in said), default=0) + 2
        for verdict, sentence, figures in said:
            sign = SIGNS[verdict]
            begun = f"{sentence[0].upper()}{sentence[1:]}"
            yield from self.text(begun, self.skin.text, sign.text.ljust(wide), getattr(self.skin, sign.style))
            for figure in figures:
                yield from self.text(figure, self.skin.dim, "    ")

    def _table(self, table: Table) -> Iterator[Text]:
        """Yield a table's lines: heads dim and without the rule below them, the arms in their colours."""
        skin, head = self.skin, True
        for line in text_table(replace(table, title="", note=""), self.width).rstrip("\n").splitlines():
            if line.startswith("─"):
                head = False
                continue
            head = head or not line
            if head:
                yield Text(line, skin.dim)
                continue
            label = max((name for name in self.arms if f"{line} ".startswith(f"{name} ")), key=len, default="")
            yield Text.assemble((label, self.arms.get(label, "")), (line[len(label) :], skin.text))
