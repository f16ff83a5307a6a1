"""The actions of the results table."""

from lrtui.tui.results.pane import ResultsPane


class ResultsActions:
    """The order of the rows, and which of them are opened."""

    def __init__(self, results: ResultsPane) -> None:
        self._results = results

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
