"""The form of the selected preset: every edit goes through the same check as a preset file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label

from lrtui.errors import InputError
from lrtui.study import preset
from lrtui.study.locate import PresetFile
from lrtui.study.problems import PresetError
from lrtui.study.spec import Study
from lrtui.text import literal
from lrtui.tui import words
from lrtui.tui.configuration import keys
from lrtui.tui.configuration.field import Field, FieldInput
from lrtui.tui.configuration.keys import FieldSpec, field_of, field_specs, machine_problem, machine_specs, override

START = Content("[ Start  ⏎ ]")


@dataclass(frozen=True)
class Order:
    """What is to be trained, of which preset, and where."""

    preset: PresetFile
    study: Study
    device: str
    lanes: int | None


class FieldsFrame(VerticalScroll):
    """The frame around the fields: it can have the focus itself, so that one can go past the form by letters."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.show_pane(0)", "To the presets", show=False)]

    def action_scroll_down(self) -> None:
        """Go into the fields; where there are none, scroll."""
        if fields := self.query(FieldInput):
            self.screen.set_focus(fields.first())
        else:
            super().action_scroll_down()


class ConfigurationForm(Vertical):
    """Title, fields of a preset, what is wrong with them, what they expand to, and the button that starts it."""

    @dataclass
    class Checked(Message):
        """The form was checked: it can be started, or not."""

        form: "ConfigurationForm"

    class Submitted(Message):
        """The study is to be started."""

    DEFAULT_CSS = """
    #form-foot { dock: bottom; width: 1fr; height: auto; }
    #form-title { width: 1fr; height: auto; max-height: 3; padding: 0 1; display: none; }
    #form-source {
        width: 1fr; height: 1; padding: 0 1; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis; display: none;
    }
    """

    def __init__(self, device: str, lanes: int | None) -> None:
        super().__init__(id="form")
        self._machine = machine_specs(device, lanes)
        self._file: PresetFile | None = None
        self._base: Study | None = None
        self._study: Study | None = None
        self._fields: dict[str, Field] = {}

    def compose(self) -> ComposeResult:
        """Title, fields, the general error, what it expands to, the button."""
        with FieldsFrame(id="fields"):
            yield Label(id="form-title", markup=False)
            yield Label(id="form-source", markup=False)
            yield Label(id="form-error", markup=False)
        with Vertical(id="form-foot"):
            yield Label(id="expands", markup=False)
            yield Button(START, id="start", compact=True, variant="primary", disabled=True)

    @property
    def order(self) -> Order | None:
        """Return what is to be started; None while something is wrong."""
        if self._file is None or self._study is None:
            return None
        lanes = self._fields[keys.LANES].text.strip()
        return Order(
            self._file, self._study, self._fields[keys.DEVICE].text.strip(), int(lanes) if lanes.isdigit() else None
        )

    @property
    def changed(self) -> bool:
        """Return whether any field differs from the preset."""
        return any(field.changed for field in self._fields.values())

    def field(self, key: str) -> Field:
        """Return the field of a dotted key."""
        return self._fields[key]

    def stands_for(self, file: PresetFile) -> bool:
        """Return whether this is the form of `file`."""
        return self._file == file

    def load(self, file: PresetFile) -> None:
        """Show the form of a preset, or what is wrong with its file; at once, since enter may be the next key."""
        if self._file == file and self._base is not None:
            return
        self._file, self._base, self._study = file, None, None
        try:
            self._base = preset.load_file(file.path, file.name)
        except InputError as error:
            self._lay_out([])
            self._say_title()
            self._say_error(str(error))
            self._say_expansion()
            self.post_message(self.Checked(self))
            return
        self._lay_out([*field_specs(self._base, {}), *self._machine])
        for field in self._fields.values():
            if field.key not in (keys.DEVICE, keys.LANES):
                field.reset()
        self.query_one("#fields").scroll_home(animate=False)
        self._say_title()
        self.check()

    def check(self) -> None:
        """Check the whole form as `preset.load` would, and show every problem beside its field.

        Another model or optimizer has other fields.
        """
        if self._file is None or self._base is None:
            return
        texts = {key: field.text for key, field in self._fields.items()}
        self._lay_out([*field_specs(self._base, texts), *self._machine])
        errors: dict[str, list[str]] = {}
        overrides = []
        for field in self._fields.values():
            if field.key in (keys.DEVICE, keys.LANES):
                if problem := machine_problem(field.key, field.text):
                    errors.setdefault(field.key, []).append(problem)
            elif field.changed and not field.text.strip():
                errors.setdefault(field.key, []).append("needs a value")
            elif field.changed:
                overrides.append(override(field.key, field.text))
        try:
            study: Study | None = preset.load_file(self._file.path, self._file.name, overrides)
        except PresetError as error:
            study = None
            for problem in error.problems:
                errors.setdefault(self._field_for(problem.key), []).append(problem.message)
        except InputError as error:
            study = None
            errors.setdefault("", []).append(str(error))
        for field in self._fields.values():
            field.fail("; ".join(dict.fromkeys(errors.get(field.key, []))))
        self._say_error("\n".join(dict.fromkeys(errors.get("", []))))
        self._study = None if errors else study
        self._say_expansion()
        self.post_message(self.Checked(self))

    def allow(self, training: bool) -> None:
        """Let the button be pressed, or not."""
        for button in self.query("#start").results(Button):  # none while the app closes
            button.disabled = self._study is None or training
            button.label = Content("[ training… ]") if training else START

    def reset(self) -> None:
        """Set every field back."""
        for field in list(self._fields.values()):
            field.reset()

    def on_field_edited(self, event: Field.Edited) -> None:
        """Check what was typed."""
        event.stop()
        self.check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter starts."""
        event.stop()
        self.post_message(self.Submitted())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """So does the button."""
        event.stop()
        self.post_message(self.Submitted())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field is."""
        field = next((field for field in self._fields.values() if field.input is event.widget), None)
        if field is not None:
            choices = f": {', '.join(field.spec.choices)}" if field.spec.choices else ""
            self.query_one("#expands", Label).update(Text(f"{field.spec.help}{choices}"))

    def on_descendant_blur(self) -> None:
        """Say what the form expands to again."""
        self._say_expansion()

    def _field_for(self, problem_key: str) -> str:
        key = field_of(problem_key)
        if key == "sweep" and "sweep.replicates" in self._fields:
            return "sweep.replicates"
        return key if key in self._fields else ""

    def _lay_out(self, specs: Iterable[FieldSpec]) -> None:
        """Show these fields, keeping those that are there already with what is typed in them."""
        area = self.query_one("#fields", VerticalScroll)
        wanted = {spec.key: spec for spec in specs}
        kept = {key: field for key, field in self._fields.items() if wanted.get(key) == field.spec}
        gone = [field for key, field in self._fields.items() if key not in kept]
        if gone:
            area.remove_children(gone)
        self._fields = {key: kept.get(key) or Field(spec) for key, spec in wanted.items()}
        area.mount_all([field for key, field in self._fields.items() if key not in kept])
        order = [*area.query("#form-title, #form-source"), *self._fields.values()]
        places = {child: place for place, child in enumerate(order)}
        area.sort_children(key=lambda child: places.get(child, len(places)))

    def _say_error(self, text: str) -> None:
        label = self.query_one("#form-error", Label)
        label.display = bool(text)
        label.update(Text("\n".join(f"✗ {literal(line)}" for line in text.splitlines())))

    def _say_title(self) -> None:
        for name, text in (("title", self._base.title), ("source", self._base.source)) if self._base else ():
            self.query_one(f"#form-{name}", Label).update(Text(literal(text)))
        for label in self.query("#form-title, #form-source"):
            label.display = self._base is not None

    def _say_expansion(self) -> None:
        text = ""
        if self._study is not None:
            study = self._study
            scenarios, seeds = len(study.scenarios), len(study.seeds)
            times = f" = {scenarios} × {words.count(seeds, 'seed')}" if seeds > 1 or scenarios > 1 else ""
            text = f"{words.count(len(study.runs), 'run')}{times}"
        self.query_one("#expands", Label).update(Text(text))
