"""The answer to a study's question: what the runs say, their figures, and the points one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rich.text import Text

from lrtui.book.answer import Answer, Reply
from lrtui.book.question import Verdict
from lrtui.report.answered import COLUMNS, figures_table, lines
from lrtui.report.beside import published_table, reservations
from lrtui.report.cells import Table
from lrtui.report.text_table import text_table
from lrtui.study.spec import Study
from lrtui.text import literal
from lrtui.tui.answers import Found
from lrtui.tui.signs import Sign, wrap
from lrtui.tui.themes import Skin

SIGNS = {
    Verdict.AGREES: Sign("✓", "agrees", "good"),
    Verdict.CONTRADICTS: Sign("✗", "contradicts", "warn"),
    Verdict.ONE_SEED_AGREES: Sign("✓", "one seed agrees", "good"),
    Verdict.ONE_SEED_CONTRADICTS: Sign("✗", "one seed contradicts", "warn"),
    Verdict.NOT_DECIDED: Sign("?", "not decided", "dim"),
    Verdict.NOT_JUDGED: Sign("·", "one seed, not judged", "dim"),
    Verdict.CANNOT_BE_SAID: Sign("?", "cannot be said", "dim"),
}


_WIDE = 110
"""Cells from which on a page has room for every column of what was published."""
_LESS = ("n", "measured_stable", "verdict")
"""Columns that otherwise leave their room to the source's own words; the results below have them too."""


@dataclass(frozen=True)
class Page:
    """Lays an answer out in lines of at most `width`; a scenario's name has the colour of its curve."""

    width: int
    skin: Skin
    scenarios: Mapping[str, str]
    """Styles by the label of a scenario."""

    def lines(self, study: Study, found: Found) -> Iterator[Text]:
        """Yield the whole page."""
        if found.answers and [len(answer.replies) for answer in found.answers] != [1]:
            yield from self.text(study.question, f"bold {self.skin.accent}")
        for answer in found.answers:
            yield from self._answer(answer)
        if found.comparisons:
            yield from self._head("Measured beside published")
            yield from self._table(published_table(found.comparisons, less=() if self.width >= _WIDE else _LESS))
            for sentence in reservations(found.comparisons):
                yield from self.text(sentence, self.skin.warn)
            if study.source:
                yield from self.text(f"Published: {study.source}.", self.skin.dim)
        elif not found.answers:
            yield from self._own_words(study)

    def text(self, text: str, style: str, mark: str = "", mark_style: str = "") -> Iterator[Text]:
        """Yield the lines of a paragraph that hangs from `mark`."""
        for number, part in enumerate(wrap(literal(text), self.width - len(mark))):
            lead = mark if number == 0 else " " * len(mark)
            yield Text.assemble((lead, mark_style or style), (part, style))

    def _own_words(self, study: Study) -> Iterator[Text]:
        """Yield what the preset says itself, and how figures of others come to stand beside those measured."""
        if study.question:
            yield from self.text(study.question, f"bold {self.skin.accent}")
        if study.note:
            yield from self.text(study.note, self.skin.text)
        source = f" ({study.source})" if study.source else ""
        yield from self.text(
            f"Nothing was published for these scenarios{source}. Figures of others are shown here, beside those measured, if the "
            "preset has them: [[published]] with the settings they are of, and val_accuracy or val_loss.",
            self.skin.dim,
        )

    def _answer(self, found: Answer) -> Iterator[Text]:
        several = len(found.replies) > 1
        if several:
            yield from self._judged([(reply.verdict, reply.question.text, ()) for reply in found.replies])
            yield Text()
        for reply in found.replies:
            yield from self._reply(reply)
            yield Text()
        for table in found.tables:
            if table.title:
                yield from self._head(table.title)
            yield from self._table(figures_table(table))
            for note in table.notes:
                yield from self.text(note, self.skin.dim)
        yield from self._head("What limits the answers", found.caveats)
        for reply in found.replies:
            yield from self._head(reply.question.text if several else "Point by point")
            yield from self._judged([(one.verdict, one.point, lines(one)) for one in reply.findings])
            yield from self._head("What else was measured", reply.besides)
        yield Text()
        for sentence in (COLUMNS, found.criterion) if found.replies else ():
            yield from self.text(sentence, self.skin.dim)

    def _reply(self, reply: Reply) -> Iterator[Text]:
        skin, sign, lead = self.skin, SIGNS[reply.verdict], reply.question.lead
        yield from self.text(reply.question.text, f"bold {skin.accent}")
        style = getattr(skin, sign.style)
        yield Text(sign.text, f"bold {style}" if style != "dim" else style)
        yield from self.text(reply.conclusion, skin.text)
        yield from self.text(f"{lead[0].upper()}{lead[1:]}: {reply.question.expected}", skin.dim)

    def _head(self, title: str, sentences: Sequence[str] | None = None) -> Iterator[Text]:
        """Yield the head of a part, and sentences below it; nothing if there are to be some and there are none."""
        if sentences is None or sentences:
            yield Text()
            yield from self.text(title, f"bold {self.skin.text}")
        for sentence in sentences or ():
            yield from self.text(sentence, self.skin.dim, "· ")

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
        """Yield a table's lines: heads dim and without the rule below them, the scenarios in their colours."""
        skin, head = self.skin, True
        for line in text_table(replace(table, title="", note=""), self.width).rstrip("\n").splitlines():
            if line.startswith("─"):
                head = False
                continue
            head = head or not line
            if head:
                yield Text(line, skin.dim)
                continue
            label = max((name for name in self.scenarios if f"{line} ".startswith(f"{name} ")), key=len, default="")
            yield Text.assemble((label, self.scenarios.get(label, "")), (line[len(label) :], skin.text))
