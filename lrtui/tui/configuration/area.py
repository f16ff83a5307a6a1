"""The fields of the form in their groups: which are in sight, and what is typed in each, in sight or not."""

from collections.abc import Iterable, Mapping

from textual.containers import Vertical
from textual.widget import Widget

from lrtui.study.spec import Study
from lrtui.tui.configuration.field import Field
from lrtui.tui.configuration.heading import Heading
from lrtui.tui.configuration.keys import FieldSpec, groups, variant_lines
from lrtui.tui.configuration.variants import VariantList

VARIANTS = "variants"


class FieldsArea(Vertical):
    """Headings and fields. A field once made is kept and hidden: making one costs a hundred times as much as showing it."""

    DEFAULT_CSS = "FieldsArea { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._specs: dict[str, FieldSpec] = {}
        self._made: dict[str, Field] = {}
        self._headings: dict[str, Heading] = {}
        self._variants = VariantList()
        self._open: set[str] = set()
        self._wrong: Mapping[str, str] = {}
        self.edits: dict[str, str] = {}
        """What is typed and differs from the preset, by key, of the keys that the form has now."""
        self._laid_by: dict[str, str] = {}
        """What is typed in fields that another component has hidden: it comes back with them."""
        self.shown: dict[str, Field] = {}
        """The fields in sight, in their order."""

    @property
    def changed(self) -> bool:
        """Return whether anything differs from the preset."""
        return bool(self.edits)

    def has(self, key: str) -> bool:
        """Return whether there is such a key, in sight or not."""
        return key in self._specs

    def spec(self, key: str) -> FieldSpec:
        """Return the field's description."""
        return self._specs[key]

    def text(self, key: str) -> str:
        """Return what is typed for a key, in sight or not."""
        return self.edits.get(key, self._specs[key].text)

    def field(self, key: str) -> Field:
        """Return the field of a key, opening its group where it is not in sight."""
        if key not in self.shown:
            self._open.add(self._specs[key].group)
            self._lay_out()
        return self.shown[key]

    def clear(self) -> None:
        """Show nothing."""
        self.edits, self._laid_by, self._wrong = {}, {}, {}
        self._variants.show_variants([], False)
        self.adopt([])

    def load(self, study: Study, specs: Iterable[FieldSpec], edits: Mapping[str, str]) -> None:
        """Show the fields of a preset with what was typed in them before; where it is trained stays as it is."""
        machine = {key: text for key, text in self.edits.items() if "." not in key}
        self._wrong = {}
        self._variants.show_variants(variant_lines(study), VARIANTS in self._open)
        self.restore({**edits, **machine}, specs)

    def restore(self, edits: Mapping[str, str], specs: Iterable[FieldSpec]) -> None:
        """Have these edits, and no others."""
        self.edits, self._laid_by, self._wrong = dict(edits), {}, {}
        self.adopt(specs, anew=True)

    def adopt(self, specs: Iterable[FieldSpec], *, anew: bool = False) -> None:
        """Have these fields, with what is typed in those that stay."""
        new = {spec.key: spec for spec in specs}
        if anew or new != self._specs:
            typed = self._laid_by | self.edits
            self._specs = new
            self.edits = {key: text for key, text in typed.items() if key in new and text.strip() != new[key].text}
            self._laid_by = {key: text for key, text in typed.items() if key not in new}
            self._lay_out()

    def new_in(self, field: Field) -> bool:
        """Return whether a field in sight has a text that was not taken yet."""
        return self.shown.get(field.key) is field and field.text != self.text(field.key)

    def typed(self) -> list[Field]:
        """Return the fields in sight whose texts were not taken yet."""
        return [field for field in self.shown.values() if self.new_in(field)]

    def note(self, field: Field) -> None:
        """Take what was typed into a field."""
        if field.changed:
            self.edits[field.key] = field.text
        else:
            self.edits.pop(field.key, None)

    def fail(self, errors: Mapping[str, str]) -> None:
        """Show what is wrong with fields; what is wrong is in sight."""
        self._wrong = errors
        if any(key in self._specs and key not in self.shown for key in errors):
            self._lay_out()
        for key, field in self.shown.items():
            field.fail(errors.get(key, ""))

    def redraw(self) -> None:
        """Draw everything anew: the theme changed."""
        self._variants.redraw()

    @property
    def wrong(self) -> Mapping[str, str]:
        """Return what is wrong, by key, the first field of the form first."""
        order = {key: place for place, key in enumerate(self._specs)}
        return dict(sorted(self._wrong.items(), key=lambda item: order.get(item[0], -1)))

    def open_all(self) -> None:
        """Open every group; where all are open, close them."""
        everything = {heading.group for heading in self._headings.values()} | {VARIANTS}
        self._open = set() if self._open >= everything else everything
        self._lay_out()

    def on_heading_turned(self, event: Heading.Turned) -> None:
        """Open or close a group."""
        event.stop()
        self._open ^= {event.heading.group}
        self._lay_out()

    def _in_sight(self, spec: FieldSpec) -> bool:
        return spec.forward or spec.key in self.edits or spec.key in self._wrong or spec.group in self._open

    def _lay_out(self) -> None:
        """Show what is to be in sight; fields that are not there yet are made."""
        wanted = [spec for spec in self._specs.values() if self._in_sight(spec)]
        new = [spec for spec in wanted if spec.key not in self._made]
        self._made |= {spec.key: Field(spec) for spec in new}
        missing = [group for group in groups() if group not in self._headings] if self._specs else []
        self._headings |= {group: Heading(group) for group in missing}
        self.shown = {spec.key: self._made[spec.key] for spec in wanted}
        if new or missing:
            order = self._order()
            self.mount_all([*(self._headings[group] for group in missing), *(self._made[spec.key] for spec in new)])
            if not self._variants.is_attached:
                self.mount(self._variants)
            places = {child: place for place, child in enumerate(order)}
            self.sort_children(key=lambda child: places.get(child, len(places)))
        for spec in wanted:
            self._made[spec.key].adopt(spec, self.text(spec.key))
        for key, field in self._made.items():
            field.display = key in self.shown
        for group, heading in self._headings.items():
            mine = [spec for spec in self._specs.values() if spec.group == group]
            seen = sum(spec.key in self.shown for spec in mine)
            always = sum(spec.forward or spec.key in self.edits or spec.key in self._wrong for spec in mine)
            heading.display = bool(mine)
            heading.show(seen, len(mine) - always, group in self._open)
        self._variants.set_open(VARIANTS in self._open)

    def _order(self) -> list[Widget]:
        order: list[Widget] = [self._variants]
        schema = {key: place for place, key in enumerate(self._specs)}
        for group in groups():
            order.append(self._headings[group])
            mine = [field for field in self._made.values() if field.spec.group == group]
            mine.sort(key=lambda field: schema.get(field.key, len(schema)))
            order += mine
        return order
