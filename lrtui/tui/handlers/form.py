"""The actions of the preset tree and of the form."""

from collections.abc import Callable

from textual.app import App

from lrtui.text import literal
from lrtui.tui.configuration.pane import ConfigurationPane
from lrtui.tui.configuration.source import SAVED
from lrtui.tui.dialogs.remarks import RemarksScreen
from lrtui.tui.navigation import CONFIGURATION, PRESETS, Navigation
from lrtui.tui.presets.entries import SavedEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.situation import remarks
from lrtui.tui.stage import Stage


class FormActions:
    """Filtering the presets, and what one can do to the form as a whole."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        presets: PresetsPane,
        configuration: ConfigurationPane,
        navigation: Navigation,
        refresh: Callable[[], object],
    ) -> None:
        """`refresh` reads the presets again."""
        self._app, self._stage, self._presets = app, stage, presets
        self._configuration, self._form, self._navigation = configuration, configuration.form, navigation
        self._refresh = refresh

    def action_wrong(self) -> None:
        """Go to the first field that is wrong, and say what is."""
        self._configuration.show(self._presets.selected)
        self._form.check()
        if problem := self._form.problem:
            self._navigation.bring_forward(CONFIGURATION)
            self._form.show_problem()
            self._app.notify(literal(problem), severity="error", markup=False)

    def action_edit_settings(self) -> None:
        """Put the settings of the selected saved study into the form."""
        if isinstance(entry := self._presets.selected, SavedEntry):
            self._configuration.edit(entry)
            if self._form.display:
                self._navigation.bring_forward(CONFIGURATION)

    def action_save_preset(self) -> None:
        """Ask for a name, and save the form's settings under it."""
        from lrtui.tui.dialogs.save_preset import SavePresetScreen

        self._configuration.show(self._presets.selected)
        self._form.check()
        order = self._form.order
        if order is None:
            return
        saved = order.preset.name if order.preset.origin == SAVED else ""

        def done(name: str | None) -> None:
            if name is not None:
                self._app.notify(f"saved: {literal(name)}", timeout=4, markup=False)
                self._refresh()

        self._app.push_screen(SavePresetScreen(order.study, saved), done)

    def action_undo(self) -> None:
        """Take the last change back."""
        self._form.undo()

    def action_remarks(self) -> None:
        """Show the remarks."""
        self._app.push_screen(RemarksScreen(remarks(self._stage, self._form)))

    def action_filter(self) -> None:
        """Type a filter."""
        self._navigation.bring_forward(PRESETS)
        self._presets.open_filter()

    def action_all_keys(self) -> None:
        """Show every key of the form, or only those that matter."""
        self._form.show_all()

    def action_reset(self) -> None:
        """Set the form back."""
        self._form.reset()
