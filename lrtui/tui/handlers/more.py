"""Going on with a finished study: one more replicate of every rate, or one more rate."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from lrtui.errors import LrtuiError
from lrtui.plots.view import View
from lrtui.study.locate import PresetFile
from lrtui.study.records import RunStatus
from lrtui.study.spec import Study
from lrtui.text import count, format_rate, literal
from lrtui.tui.configuration.form import Order
from lrtui.tui.configuration.pane import ConfigurationPane
from lrtui.tui.dialogs.confirm import ConfirmScreen, OptionsScreen
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.stage import Stage

if TYPE_CHECKING:
    from lrtui.analysis.winner import Comparison


class MoreActions:
    """Says what a larger study would train, asks, and has it trained: `begin` begins an order."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        presets: PresetsPane,
        configuration: ConfigurationPane,
        begin: Callable[[Order], None],
    ) -> None:
        self._app, self._stage, self._presets, self._configuration = app, stage, presets, configuration
        self._begin = begin

    def action_more_replicates(self) -> None:
        """Ask, then train one more replicate of every scenario of the study on the screen, or as many as would settle it."""
        view = self._stage.shown
        needed = None if view is None or view.study.searches else self._needed()
        if needed is None or needed[0] == 1:
            self._propose("One more replicate?", one_more_replicate)
            return
        more, best, rival = needed

        def answered(answer: str | None) -> None:
            if answer == "settle":
                self._propose(f"{more} more replicates?", partial(settling_replicates, needed=needed))
            elif answer == "one":
                self._propose("One more replicate?", one_more_replicate)

        text = f"{more} more of every scenario would tell {best} from {rival} if mean and spread stay as they are."
        options = (("settle", f"{more} more", "s"), ("one", "one more", "o"))
        self._app.push_screen(OptionsScreen("How many more replicates?", literal(text), options), answered)

    def _needed(self) -> tuple[int, str, str] | None:
        from lrtui.analysis.more import to_settle

        return to_settle(self._stage.figures.comparisons())

    def action_more_rates(self) -> None:
        """Ask, then train the next rate to try of the study on the screen."""
        self._propose("One more rate?", one_more_rate)

    def _propose(self, question: str, change: "Callable[[View, Sequence[Comparison]], tuple[str, str]]") -> None:
        view = self._stage.shown
        if view is None or view.path is None or self._stage.training:
            return
        comparisons = self._stage.figures.comparisons()
        self._app.run_worker(
            self._ask(question, view, view.path, lambda: change(view, comparisons)),
            exit_on_error=False,
            exclusive=True,
            group="more",
        )

    async def _ask(self, question: str, view: View, path: Path, change: Callable[[], tuple[str, str]]) -> None:
        try:
            override, what = change()
            study = await asyncio.to_thread(larger, path, override)
        except LrtuiError as error:
            self._app.notify(literal(str(error)), severity="warning", markup=False)
            return
        text = f"{what}. {cost(view, study)}"

        def answered(yes: bool | None) -> None:
            if yes and not self._stage.training:
                self._stage.log.add(f"{view.study.name}: {override}: {text}")
                self._begin(self._order(view, study, path))

        self._app.push_screen(ConfirmScreen(question, literal(text), "Train"), answered)

    def _order(self, view: View, study: Study, path: Path) -> Order:
        """Return the order of a study: on the form's device, of its own preset if there still is one."""
        entry = self._presets.catalogue.preset(view.study.name)
        file = PresetFile(study.name, path, "saved") if entry is None else entry.file
        device, engine, lanes = self._configuration.form.machine
        return Order(file, study, device, engine, lanes)


def one_more_replicate(view: View, _comparisons: "Sequence[Comparison]") -> tuple[str, str]:
    """Return the override, and what it adds in words."""
    from lrtui.analysis.more import more_replicates

    before = len(view.study.seeds)
    return more_replicates(view.study), f"{before + 1} instead of {count(before, 'replicate')} of every scenario"


def settling_replicates(
    view: View, _comparisons: "Sequence[Comparison]", *, needed: tuple[int, str, str]
) -> tuple[str, str]:
    """Return the override that adds as many replicates as it takes, and what it adds in words."""
    from lrtui.analysis.more import more_replicates

    more, best, rival = needed
    before = len(view.study.seeds)
    return (
        more_replicates(view.study, more),
        f"{before + more} instead of {count(before, 'replicate')} of every scenario, to tell {best} from {rival}",
    )


def one_more_rate(view: View, comparisons: "Sequence[Comparison]") -> tuple[str, str]:
    """Return the override, and what it adds in words. Raises InputError if there is no rate to add."""
    from lrtui.analysis.more import more_rates

    override, rate = more_rates(view.study, comparisons)
    return override, f"Learning rate {format_rate(rate)} beside the others"


def larger(path: Path, override: str) -> Study:
    """Return the study saved in a folder with an override. Raises InputError if that cannot be."""
    from lrtui.data.feasible import misfits
    from lrtui.store.document import read_document
    from lrtui.store.settings import of_saved

    return of_saved(read_document(path), [override], misfits)


def cost(view: View, study: Study) -> str:
    """Return how many runs are to be trained, and how many are known."""
    done = sum(state.status is RunStatus.DONE for state in view.snapshot.runs)
    left = len(study.runs) - done
    return f"{count(left, 'run')} to train; the {done} that are done are taken over."
