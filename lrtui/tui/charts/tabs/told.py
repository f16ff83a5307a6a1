"""The tabs of text: the log, and the published figures or the answer to the study's question."""

import asyncio
from dataclasses import dataclass, field

from lrtui.plots.view import View
from lrtui.study.spec import Study
from lrtui.tui.answers import Found, asks, done_runs, find
from lrtui.tui.charts.answer_view import AnswerView
from lrtui.tui.charts.log import LogView
from lrtui.tui.charts.tab import Tab


class Log(Tab):
    """What happened; it is there without a study too."""

    name, short = "Log", "Log"

    def front(self, view: View) -> LogView:
        """Return the log."""
        return self.pane.query_one(LogView)

    def draw(self, view: View | None) -> None:
        """Show what happened."""
        self.pane.query_one(LogView).show_events(self.pane.events)


@dataclass
class Answer(Tab):
    """Measured beside published; of a study with a question, its answer."""

    name, short = "Source", "Src"
    empty = (
        "The published figures, or the answer to the study's question, appear here when a study is trained or opened."
    )
    _answered: tuple[Study, tuple[int, ...]] | None = field(default=None, init=False)
    """The study and the runs whose answer is shown, or is being worked out."""
    _answering: bool = field(default=False, init=False)

    def title(self, *, short: bool) -> str:
        """Return what it is for this study: its answer, what was published of it, or neither."""
        view = self.pane.view
        if asks(view):
            return "Answer"
        if view is not None and view.study.published:
            return "Publ" if short else "Published"
        return super().title(short=short)

    def front(self, view: View) -> AnswerView:
        """Return the page."""
        return self.pane.query_one(AnswerView)

    def draw(self, view: View) -> None:
        """Show the table, or the answer that the runs give by now: worked out in a thread, anew when another run is done."""
        page = self.pane.query_one(AnswerView)
        if not asks(view):
            page.show_answer(view, Found((), tuple(self.pane.published())))
            return
        key = (view.study, done_runs(view))
        if not key[1]:
            self._answered = None
            nothing = "The answer comes when runs are done." if view.live else "No run is done, so there is no answer."
            page.show_answer(view, None, nothing)
        elif self._answered == key:
            page.redraw()
        elif not self._answering:
            if self._answered is None or self._answered[0] is not view.study:
                page.show_answer(view, None, "The answer is being worked out…")
            self._answered, self._answering = key, True
            self.pane.app.run_worker(self._work_out(view), group="answer", exit_on_error=False)

    async def _work_out(self, view: View) -> None:
        found, message = None, ""
        try:
            found = await asyncio.to_thread(find, view)
        except Exception as error:  # whatever broke, the screen stays and says so
            message = f"The answer cannot be worked out: {type(error).__name__}: {error}"
        self._answering = False
        if self.pane.is_attached and self.pane.view is not None:
            if self.pane.view.study is view.study:
                self.pane.query_one(AnswerView).show_answer(view, found, message)
            self.pane.draw(anew=True)  # another run may have ended meanwhile
