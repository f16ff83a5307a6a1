"""The form of the selected preset: every edit goes through the same check as a preset file."""

import contextlib
from collections.abc import Mapping, Sequence
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

from lrtui.data.feasible import infeasible
from lrtui.errors import InputError
from lrtui.study.locate import PresetFile
from lrtui.study.problems import PresetError, Problem, dotted
from lrtui.study.schema import COMPONENTS
from lrtui.study.spec import Study
from lrtui.text import count, literal
from lrtui.tui.bound import key_of
from lrtui.tui.configuration import keys
from lrtui.tui.configuration.area import FieldsArea
from lrtui.tui.configuration.field import Field
from lrtui.tui.configuration.heading import Heading
from lrtui.tui.configuration.history import History
from lrtui.tui.configuration.keys import field_of, field_specs, machine_problem, machine_specs, override
from lrtui.tui.configuration.source import load

START, QUEUE = Content("[ Start  ⏎ ]"), Content("[ Queue  ⏎ ]")


@dataclass(frozen=True)
class Order:
    """What is to be trained, of which preset, and where."""

    preset: PresetFile
    study: Study
    device: str
    engine: str
    lanes: int | None
    find_only: bool = False
    """Only the range test of every scenario."""
    fresh: bool = False
    """Nothing is taken over from saved studies."""


class FieldsFrame(VerticalScroll):
    """The frame around the fields: it can have the focus itself, so that one can go past the form by letters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.show_pane(0)", "To the presets", show=False),
        Binding("tab", "scroll_down", "Into the fields", show=False),
    ]

    def action_scroll_down(self) -> None:
        """Go into the fields; where there are none, scroll."""
        if first := next((field for field in self.query(Field) if field.display), None):
            self.screen.set_focus(first.input)
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
    #form-title { width: 1fr; height: auto; max-height: 3; display: none; }
    #form-source {
        width: 1fr; height: 1; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis; display: none;
    }
    #form-advice { width: 1fr; height: auto; color: $text-warning; display: none; }
    """

    def __init__(self, device: str, lanes: int | None) -> None:
        super().__init__(id="form")
        self.frame, self.area = FieldsFrame(id="fields"), FieldsArea()
        self._machine = machine_specs(device, lanes)
        self._file: PresetFile | None = None
        self._base: Study | None = None
        self._study: Study | None = None
        self._problem = ""
        """What is wrong with the preset's file, or with the form as a whole."""
        self._kept: dict[PresetFile, dict[str, str]] = {}
        """What was typed into the forms of other presets: it comes back with them."""
        self._history = History()

    def compose(self) -> ComposeResult:
        """Title, advice, the general error, fields, what it expands to, the button."""
        with self.frame:
            yield Label(id="form-title", markup=False)
            yield Label(id="form-source", markup=False)
            yield Label(id="form-error", markup=False)
            yield Label(id="form-advice", markup=False)
            yield self.area
        with Vertical(id="form-foot"):
            yield Label(id="expands", markup=False)
            yield Button(START, id="start", compact=True, variant="primary", disabled=True)

    @property
    def order(self) -> Order | None:
        """Return what is to be started; None while something is wrong."""
        if self._file is None or self._study is None:
            return None
        device, engine, lanes = self.machine
        fresh = self.area.text(keys.KNOWN).strip() == keys.TRAIN_ANEW
        return Order(self._file, self._study, device, engine, lanes, fresh=fresh)

    @property
    def machine(self) -> tuple[str, str, int | None]:
        """Return device, engine and lanes as the form has them; None: as many as suit the device."""
        lanes = self.area.text(keys.LANES).strip()
        device, engine = (self.area.text(key).strip() or "auto" for key in (keys.DEVICE, keys.ENGINE))
        return device, engine, int(lanes) if lanes.isdigit() else None

    def finder_order(self) -> Order | None:
        """Return the range test of every scenario of the form. Raises PresetError where the preset does not allow it."""
        order = self.order
        if order is None:
            return None
        said = self._overrides()
        own_seeds = any(one.startswith(("sweep.seeds=", "sweep.replicates=")) for one in said)
        said = [one for one in said if not one.startswith("optim.lr=")] + ["optim.lr=find"]
        said += [] if own_seeds else ["sweep.replicates=1"]
        study = load(order.preset, said)
        return Order(order.preset, study, order.device, order.engine, order.lanes, find_only=True)

    @property
    def changed(self) -> bool:
        """Return whether any field differs from the preset."""
        return self.area.changed

    @property
    def shown(self) -> dict[str, Field]:
        """Return the fields that are in sight, by key, in their order."""
        return self.area.shown

    def field(self, key: str) -> Field:
        """Return the field of a dotted key, opening its group where it is not shown."""
        return self.area.field(key)

    def stands_for(self, file: PresetFile) -> bool:
        """Return whether this is the form of `file`."""
        return self._file == file

    def load(self, file: PresetFile) -> None:
        """Show the form of a preset, or what is wrong with its file; at once, since enter may be the next key."""
        if self._file != file or self._base is None:
            self._load(file)

    def reread(self) -> None:
        """Read the preset's file again. If it has changed, the form is that of the new one, with what was typed."""
        if self._file is None:
            return
        with contextlib.suppress(InputError):
            if load(self._file) == self._base:
                return
        self._load(self._file)

    def _load(self, file: PresetFile) -> None:
        self._keep()
        self._file, self._base, self._study = file, None, None
        self._history.clear()
        try:
            self._base = load(file)
        except InputError as error:
            self.area.clear()
            self._say_title()
            self._say_error(str(error))
            self._say_expansion()
            self.post_message(self.Checked(self))
            return
        kept = self._kept.get(file, {})
        self.area.load(self._base, self._specs(kept), kept)
        self.frame.scroll_home(animate=False)
        self._say_title()
        self.check()

    def check(self) -> None:
        """Check the whole form as `preset.load` would, and show every problem beside its field.

        Another model or optimizer has other fields.
        """
        if self._file is None or self._base is None:
            return
        area = self.area
        self._take()
        area.adopt(self._specs(area.edits))
        errors: dict[str, list[str]] = {}
        for key, text in area.edits.items():
            if key in keys.OF_MACHINE:
                if problem := machine_problem(key, text):
                    errors.setdefault(key, []).append(problem)
            elif not text.strip() and not area.spec(key).nullable and not area.spec(key).varies:
                errors.setdefault(key, []).append("needs a value")
        study: Study | None = self._base
        overrides = [] if errors else self._overrides()
        try:
            if overrides:
                study = load(self._file, overrides)
        except PresetError as error:
            study = None
            for wrong in _causes(error.problems):
                key, message = self._place(wrong.key, wrong.message)
                errors.setdefault(key, []).append(message)
        except InputError as error:
            study = None
            errors.setdefault("", []).append(str(error))
        if study is not None and not errors:
            for _, (path, complaint) in infeasible(study):
                key, message = self._place(dotted(path), complaint)
                errors.setdefault(key, []).append(message)
        area.fail({key: "; ".join(dict.fromkeys(messages)) for key, messages in errors.items()})
        self._say_error("\n".join(dict.fromkeys(errors.get("", []))))
        self._study = None if errors else study
        self._say_expansion()
        self.post_message(self.Checked(self))

    def allow(self, training: bool) -> None:
        """Let the button be pressed, or say why not."""
        wrong = len([key for key in self.area.wrong if key])
        label = START
        if self._study is None:
            said = f"{count(wrong, 'field')} wrong" if wrong else "what is wrong" if self.problem else ""
            label = Content(f"[ {said}  ⏎ ]" if said else "[ choose a preset ]")
        for button in self.query("#start").results(Button):  # none while the app closes
            button.disabled = self._study is None
            button.label = QUEUE if training and self._study is not None else label

    def reset(self) -> None:
        """Set every field back."""
        if self._base is not None:
            self._take()
            self._history.note("", self.area.edits)
            self._restore({})

    def undo(self) -> None:
        """Take the last change back: what was typed into one field without leaving it, a rate put into the form, a reset."""
        self._take()
        if self._base is not None and (edits := self._history.back()) is not None:
            self._restore(edits)

    @property
    def undoable(self) -> bool:
        """Return whether there is a change to take back."""
        return bool(self._history) or any(self.area.typed())

    @property
    def edited(self) -> frozenset[PresetFile]:
        """Return the presets whose forms differ from them."""
        here = {self._file} if self._file is not None and _own_edits(self.area.edits) else set()
        return frozenset({file for file in self._kept if file != self._file} | here)

    @property
    def problem(self) -> str:
        """Return what is wrong: `optim.lr: must be greater than 0`; empty if the study can be started."""
        if self._study is not None or self._file is None:
            return ""
        key, message = next(iter(self.area.wrong.items()), ("", ""))
        return f"{key}: {message}" if key else self._problem

    def show_problem(self) -> None:
        """Go to the first field that is wrong, or to the frame if no field is."""
        key = next((key for key in self.area.wrong if key), "")
        self.screen.set_focus(self.area.field(key).input if key else self.frame)

    def show_all(self) -> None:
        """Show every key, or only those that matter."""
        self.area.open_all()

    def set_text(self, key: str, text: str) -> None:
        """Put `text` into a field: a change of its own."""
        self._take()
        self._history.part()
        self.area.field(key).input.value = text
        self.check()
        self._history.part()

    def on_field_edited(self, event: Field.Edited) -> None:
        """Check what was typed."""
        event.stop()
        if self.area.new_in(event.field):
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
        if isinstance(event.widget, Heading):
            self.query_one("#expands", Label).update(Text(f"[{event.widget.group}]: ⏎ shows its other keys, ^a all"))
            return
        field = next((field for field in self.shown.values() if field.input is event.widget), None)
        if field is not None:
            choices = ", ".join(choice or "none" for choice in field.spec.choices)
            text = ": ".join(filter(None, (field.key, field.spec.help))) + (f" ({choices})" if choices else "")
            self.query_one("#expands", Label).update(Text(text))
            self.call_after_refresh(field.scroll_visible, animate=False)  # the words take room from the fields

    def on_descendant_blur(self) -> None:
        """Say what the form expands to again."""
        self._history.part()
        self._say_expansion()

    def _specs(self, texts: dict[str, str]) -> list[keys.FieldSpec]:
        if self._base is None:
            return []
        order = keys.groups()
        return sorted([*field_specs(self._base, texts), *self._machine], key=lambda spec: order.index(spec.group))

    def _overrides(self) -> list[str]:
        """Return what was typed, as `KEY=VALUE`; the names of components first, since they decide about the rest."""
        own = keys.OF_MACHINE
        edits = [(key, text) for key, text in self.area.edits.items() if key not in own]
        edits.sort(key=lambda edit: not edit[0].endswith(".name"))
        return [override(key, text) for key, text in edits]

    def _place(self, problem_key: str, message: str) -> tuple[str, str]:
        """Return which field shows a problem (empty: the line above all), and its words there."""
        key, variant = field_of(problem_key)
        message = f"{variant}: {message}" if variant else message
        if key == "sweep" and self.area.has("sweep.replicates"):
            return "sweep.replicates", message
        if self.area.has(key):
            return key, message
        head, _, rest = message.partition(": ")
        if "." not in key and self.area.has(f"{key}.{head}"):  # a rule about several keys names the one at fault
            return f"{key}.{head}", rest
        return "", f"{problem_key}: {message}" if problem_key else message

    def _restore(self, edits: dict[str, str]) -> None:
        self.area.restore(edits, self._specs(edits))
        self.check()

    def _keep(self) -> None:
        """Keep what was typed for when the preset is selected again."""
        if self._file is not None and self._base is not None:
            self._take()
            self._kept.pop(self._file, None)
            if own := _own_edits(self.area.edits):
                self._kept[self._file] = own

    def _take(self) -> None:
        """Take what was typed last into every field, each as a change to go back from: keys come faster than messages."""
        for field in self.area.typed():
            self._history.note(field.key, self.area.edits)
            self.area.note(field)

    def _say_error(self, text: str) -> None:
        self._problem = text
        self._say("#form-error", "\n".join(f"✗ {literal(line)}" for line in text.splitlines()))

    def _say_title(self) -> None:
        self._say("#form-title", literal(self._base.title) if self._base else "")
        self._say("#form-source", literal(self._base.source) if self._base else "")

    def _say(self, name: str, text: str) -> None:
        label = self.query_one(name, Label)
        label.display = bool(text)
        label.update(Text(text))

    def _say_expansion(self) -> None:
        text = ""
        if self._study is not None:
            study = self._study
            scenarios, seeds = len(study.scenarios), len(study.seeds)
            times = f" = {scenarios} × {count(seeds, 'seed')}" if seeds > 1 or scenarios > 1 else ""
            text = f"{count(len(study.runs), 'run')}{times}"
            if study.searches:
                text = f"≤ {count(study.budget, 'run')}, searched among {scenarios} × {count(seeds, 'seed')}"
        self.query_one("#expands", Label).update(Text(text))
        advice = self._study.advice if self._study is not None else ()
        self._say("#form-advice", f"⚠ {advice_line(advice, key_of('remarks', self.app))}" if advice else "")


def advice_line(advice: Sequence[str], key: str = "i") -> str:
    """Return the one remark, or how many there are and how to read them."""
    return literal(advice[0]) if len(advice) == 1 else f"{count(len(advice), 'remark')}: {key} reads them"


def _causes(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems without those of keys of a component whose name is wrong: which keys there are follows from it."""
    nameless = {key.removesuffix(".name") for key, _ in (field_of(problem.key) for problem in problems) if _names(key)}
    return [
        problem
        for problem in problems
        if _names(key := field_of(problem.key)[0]) or key.partition(".")[0] not in nameless
    ]


def _names(key: str) -> bool:
    return key.endswith(".name") and key.partition(".")[0] in COMPONENTS


def _own_edits(edits: Mapping[str, str]) -> dict[str, str]:
    """Return the edits of the preset's keys, without those of where it is trained."""
    return {key: text for key, text in edits.items() if "." in key}
