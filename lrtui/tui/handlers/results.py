"""The actions of the results table."""

from textual.app import App

from lrtui.tui.dialogs.remarks import RemarksScreen
from lrtui.tui.results.pane import ResultsPane


class ResultsActions:
    """The order of the rows, which of them are opened, and the sentence above them."""

    def __init__(self, app: App[None], results: ResultsPane) -> None:
        self._app, self._results = app, results

    def action_verdict(self) -> None:
        """Show the whole sentence."""
        self._app.push_screen(RemarksScreen(self._results.sentence.splitlines(), "What came out"))

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._results.sort_next()

    def action_sort_by(self, key: str) -> None:
        """Sort by the column clicked."""
        self._results.sort_by(key)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._results.reverse()

    def action_winner(self) -> None:
        """Go to the best scenario."""
        self._results.go_to_best()

    def action_expand(self) -> None:
        """Show or hide all runs."""
        self._results.toggle_all()
