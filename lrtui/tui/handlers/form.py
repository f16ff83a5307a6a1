"""The actions of the preset tree and of the form."""

from lrtui.tui.configuration.form import ConfigurationForm
from lrtui.tui.navigation import PRESETS, Navigation
from lrtui.tui.presets.pane import PresetsPane


class FormActions:
    """Filtering the presets, and what one can do to the form as a whole."""

    def __init__(self, presets: PresetsPane, form: ConfigurationForm, navigation: Navigation) -> None:
        self._presets, self._form, self._navigation = presets, form, navigation

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
