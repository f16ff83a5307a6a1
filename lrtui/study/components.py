"""The components that a table's `name` chooses from: some by a name of their own, some by the form of the name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lrtui.study.fields import Component

Kind = TypeVar("Kind", bound=Component)


@dataclass(frozen=True)
class Form(Generic[Kind]):
    """Names that nobody can list: those of files, and of what is in them."""

    shown: str
    """How such a name is written: `FILE.py:CALLABLE`."""
    takes: Callable[[str], bool]
    """Whether a name is one of them."""
    kind: type[Kind]


class Components(dict[str, type[Kind]]):
    """Components by name, and by the form of a name. Iterated, it gives the names that can be listed.

    `items` and `values` have the components of the forms too, under what is shown for their names.
    """

    def __init__(self, named: dict[str, type[Kind]], forms: tuple[Form[Kind], ...] = ()) -> None:
        super().__init__(named)
        self.forms = forms

    def __missing__(self, name: str) -> type[Kind]:
        for form in self.forms:
            if form.takes(name):
                return form.kind
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and any(form.takes(name) for form in self.forms))

    def values(self) -> Any:
        """Return every component once."""
        return dict.fromkeys((*super().values(), *(form.kind for form in self.forms))).keys()

    def items(self) -> Any:
        """Return every component with its name, or how its names are written."""
        return {**dict(super().items()), **{form.shown: form.kind for form in self.forms}}.items()


def open_kind(kind: type[Any]) -> bool:
    """Return whether a component has keys that nobody knows beforehand: those that its code takes."""
    return bool(kind.model_config.get("extra") == "allow")


def extras(component: Any) -> dict[str, Any]:
    """Return the keys that a component's code takes, with their values."""
    return dict(getattr(component, "__pydantic_extra__", None) or {})


def forms_of(components: dict[str, type[Any]]) -> list[str]:
    """Return how names are written that nobody can list."""
    return [form.shown for form in components.forms] if isinstance(components, Components) else []
