"""The configuration pane: a form for a preset, facts for a saved study."""

from textual.app import ComposeResult
from textual.containers import Vertical

from lrtui.tui.configuration.form import ConfigurationForm
from lrtui.tui.configuration.saved_info import SavedInfo
from lrtui.tui.configuration.source import settings_of
from lrtui.tui.presets.entries import PresetEntry, SavedEntry


class ConfigurationPane(Vertical):
    """Shows what is selected in the preset tree."""

    def __init__(self, device: str, lanes: int | None) -> None:
        super().__init__(id="configuration", classes="pane")
        self.form, self.info = ConfigurationForm(device, lanes), SavedInfo()
        self._edited = ""
        """Id of the saved study whose settings are in the form instead of its facts."""

    def compose(self) -> ComposeResult:
        """Form and facts; one of them is shown."""
        yield self.form
        yield self.info

    def on_mount(self) -> None:
        """Begin with the form."""
        self.border_title = "Configuration"
        self.info.display = False

    def show(self, entry: PresetEntry | SavedEntry | None) -> None:
        """Show the form of a preset or the facts of a saved study; a folder changes nothing."""
        if isinstance(entry, PresetEntry):
            self._edited = ""
            self.form.display, self.info.display = True, False
            self.border_title = "Configuration"
            self.form.load(entry.file)
        elif isinstance(entry, SavedEntry) and entry.summary.id == self._edited:
            self.form.display, self.info.display = True, False
            self.border_title = "Settings of a saved study"
            self.form.load(settings_of(entry.summary.path))
        elif isinstance(entry, SavedEntry):
            self._edited = ""
            self.form.display, self.info.display = False, True
            self.border_title = "Saved study"
            self.info.show_summary(entry.summary)

    def edit(self, entry: SavedEntry) -> None:
        """Show the settings of a saved study in the form; if they are there, its facts again."""
        self._edited = "" if self._edited == entry.summary.id else entry.summary.id
        self.show(entry)

    def show_nothing(self, why: str) -> None:
        """Show that nothing is selected, so that nothing can be started."""
        self.form.display, self.info.display = False, True
        self.border_title = "Configuration"
        self.info.say(why)
