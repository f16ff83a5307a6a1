"""The widget that shows an answer or what was published, and the sentences that stand in its place while there is none."""

from collections.abc import Mapping

from rich.text import Text

from lrtui.plots.view import View
from lrtui.text import count, literal
from lrtui.tui.answers import Found, done_runs
from lrtui.tui.diffed_lines import DiffedLines


class AnswerView(DiffedLines, can_focus=True):
    """The question, and as much of the answer as the runs that are done give; longer than the pane, it scrolls."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._found: Found | None = None
        self._message = ""

    def show_answer(self, view: View, found: Found | None, message: str = "") -> None:
        """Show what was found, or a sentence below the question."""
        if self._view is None or self._view.study is not view.study:
            self.scroll_home(animate=False)
        self._view, self._found, self._message = view, found, message
        self.redraw()

    def redraw(self) -> None:
        """Lay the page out."""
        view, width = self._view, self.room
        if view is None or width < 10:
            return
        from lrtui.tui.charts.answer import Page  # imports polars, which the first paint does not wait for

        page = Page(width, self.skin, self._colours(view))
        if self._found is not None:
            lines = list(page.lines(view.study, self._found))
            done, runs = len(done_runs(view)), len(view.study.runs)
            if self._found.answers and done < runs:
                text = f"{done} of {count(runs, 'run')} done" + ("; the rest is to come" if view.live else "")
                lines = [*page.text(text, self.skin.warn), *lines]
        else:
            lines = [*page.text(view.study.question, f"bold {self.skin.accent}"), Text()]
            lines += page.text(self._message, self.skin.dim)
        self.show(lines)

    def _colours(self, view: View) -> Mapping[str, str]:
        """Return the colours of the arms' curves, by the names that an answer has for them."""
        from lrtui.book.grouping import own_label

        firsts = [(shape, view.study.runs[shape.runs[0]]) for shape in view.shape.scenarios]
        return {
            literal(name): self.skin.rate(shape.colour)
            for shape, spec in firsts
            for name in (shape.label, own_label(spec, spec.variant))
        }
