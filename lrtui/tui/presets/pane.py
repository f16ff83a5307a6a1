"""The presets pane: filter and tree."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from lrtui.store.filtering import FilterError
from lrtui.study.locate import PresetFile
from lrtui.text import literal
from lrtui.tui.presets.entries import Catalogue, PresetEntry, SavedEntry
from lrtui.tui.presets.tree import StudyRows, TreeState, nearest, parsed, tree_rows
from lrtui.tui.row_list import RowList
from lrtui.tui.themes import skin_of


class FilterInput(Input):
    """Where the filter is typed; escape empties and leaves it, enter and down go to the tree."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "Leave", show=False),
        Binding("down", "leave(False)", "To the tree", show=False),
    ]

    def __init__(self, choose: Callable[[], None]) -> None:
        super().__init__(placeholder="words tag:x optim.lr>0.1", compact=True, id="filter")
        self._choose = choose

    async def action_submit(self) -> None:
        """Go to what is looked for at once: the next key may be under way, and is one for the tree."""
        self._choose()

    def action_leave(self, empty: bool) -> None:
        """Go to the tree."""
        if empty:
            self.value = ""
        self.screen.set_focus(self.screen.query_one("#presets-tree"))


class PresetTree(RowList):
    """The tree; enter opens and closes a folder, and is left to others on an entry."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "fold", "Open or close", show=False)]

    def action_fold(self) -> None:
        """Open or close the folder."""
        self.action_turn()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a folder can be folded."""
        return action != "fold" or (self.current is not None and self.current.opens)


class PresetsPane(Vertical):
    """What can be run and what was."""

    @dataclass
    class Selected(Message):
        """The cursor is on another entry (None: a folder)."""

        entry: PresetEntry | SavedEntry | None

    @dataclass
    class Opened(Message):
        """A saved study was double-clicked."""

        entry: SavedEntry

    class Listed(Message):
        """Presets or saved studies were read."""

    class Marked(Message):
        """Space was pressed on a saved study."""

    def __init__(self) -> None:
        super().__init__(id="presets", classes="pane")
        self.filter = FilterInput(self._choose)
        self._wrong = Label(id="filter-wrong")
        """What is wrong with the filter."""
        self.rows: RowList = PresetTree(id="presets-tree")
        self.catalogue = Catalogue()
        self._state = TreeState()
        self._made = StudyRows()
        self._keys: list[str] = []
        self._before = ""
        """The entry that was selected when a filter was begun."""

    def compose(self) -> ComposeResult:
        """Filter above, tree below."""
        self.filter.cursor_blink = False
        yield self.filter
        yield self._wrong
        yield self.rows

    def on_mount(self) -> None:
        """The filter comes when asked for."""
        self.border_title = "Presets"
        self.filter.display = self._wrong.display = False

    @property
    def selected(self) -> PresetEntry | SavedEntry | None:
        """Return the entry under the cursor; None on a folder."""
        current = self.rows.current
        return self.catalogue.by_key.get(current.key) if current else None

    @property
    def finds_nothing(self) -> bool:
        """Return whether the filter hides every entry."""
        return bool(self._state.query) and not any(key in self.catalogue.by_key for key in self._keys)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Show what there is now."""
        if catalogue != self.catalogue:
            self.catalogue = catalogue
            self._made.keep(catalogue.saved)
            self.draw()
            self.post_message(self.Listed())

    def show_live(self, key: str) -> None:
        """Mark the preset that is being trained."""
        if key != self._state.live:
            self._state = replace(self._state, live=key)
            self.draw()

    def show_edited(self, edited: frozenset[PresetFile]) -> None:
        """Mark the presets whose forms differ from them."""
        if edited != self._state.edited:
            self._state = replace(self._state, edited=edited)
            self.draw()

    def show_marked(self, letters: dict[str, str]) -> None:
        """Show which saved studies are beside the one on the screen, by the letters they have there."""
        if letters != dict(self._state.marked):
            self._state = replace(self._state, marked=tuple(letters.items()))
            self.draw()

    def select(self, key: str) -> bool:
        """Put the cursor on an entry, opening the folder it is in."""
        if (entry := self.catalogue.by_key.get(key)) is not None:
            opened = {"section:saved"}
            if isinstance(entry, PresetEntry):
                folder = entry.file.name.rpartition("/")[0]
                opened = {f"section:{entry.file.origin}", f"folder:{entry.file.origin}:{folder}"}
            if not opened <= self._state.open:
                self._state = replace(self._state, open=self._state.open | opened)
                self.draw()
        return self.rows.select(key)

    def open_filter(self) -> None:
        """Let a person type a filter; the focus moves at once, since its text may be under way."""
        field = self.filter
        field.display = True
        self.screen.set_focus(field)

    def draw(self) -> None:
        """Draw the tree."""
        width = self.rows.room
        if width:
            rows = tree_rows(self.catalogue, self._state, skin_of(self), width, self._made)
            self._keys = [row.key for row in rows]
            self.rows.show_rows(rows)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter by what is typed by now: keys come faster than messages."""
        event.stop()
        self._look_for(self.filter.value)

    def _look_for(self, query: str) -> None:
        """Filter, and go to the first entry found; without a filter, stay on the entry."""
        before = self.rows.current
        kept = before.key if before else ""
        if not self._state.query:
            self._before = kept
        found_nothing = self.finds_nothing
        wrong = parsed(query)
        said = f"column {wrong.at + 1}: {wrong.message}" if isinstance(wrong, FilterError) else ""
        self._wrong.update(Content(f"⚠ {literal(said)}"))  # a text would be markup, and brackets may be typed
        self._wrong.display = bool(said)
        self._state = replace(self._state, query=query)
        self.draw()
        if query:
            self.select(
                nearest(query, (self.catalogue.by_key[key] for key in self._keys if key in self.catalogue.by_key))
            )
        else:
            self.select(self._before if found_nothing else kept)
        if found_nothing != self.finds_nothing:  # what is shown changes, also if the cursor stays
            self.post_message(self.Selected(self.selected))

    def _choose(self) -> None:
        """Go to what was found; the filter has done its work, and hides nothing any more."""
        self._look_for(self.filter.value)
        self.screen.set_focus(self.rows)
        self.filter.value = ""

    def on_descendant_blur(self) -> None:
        """An empty filter goes away."""
        field = self.filter
        if not field.value and self.screen.focused is not field:
            field.display = False

    def on_row_list_resized(self, event: RowList.Resized) -> None:
        """Lay the rows out for the new width."""
        event.stop()
        self.draw()

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Say which entry is selected."""
        event.stop()
        self.post_message(self.Selected(self.selected))

    def on_row_list_toggled(self, event: RowList.Toggled) -> None:
        """Open or close a folder."""
        event.stop()
        if event.key in self.catalogue.by_key:
            if event.open is None and isinstance(self.catalogue.by_key[event.key], SavedEntry):
                self.post_message(self.Marked())
            return
        wanted = event.key not in self._state.open if event.open is None else event.open
        opened = self._state.open | {event.key} if wanted else self._state.open - {event.key}
        self._state = replace(self._state, open=opened)
        self.draw()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Open a saved study, or a folder."""
        event.stop()
        entry = self.catalogue.by_key.get(event.key)
        if isinstance(entry, SavedEntry):
            self.post_message(self.Opened(entry))
        elif entry is None:
            self.on_row_list_toggled(RowList.Toggled(self.rows, event.key, None))
