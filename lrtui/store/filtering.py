"""The filter of saved studies: words, `tag:`, `status:`, `preset:`, and settings such as `optim.lr>1e-3`; all must hold."""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtui.errors import InputError
from lrtui.study.problems import nearest
from lrtui.study.records import StudyStatus
from lrtui.study.schema import SweepConfig, dotted_keys
from lrtui.text import literal

if TYPE_CHECKING:
    from lrtui.store.catalogue import StudySummary

_WORD = re.compile(r'\s*(?:"(?P<quoted>[^"]*)(?P<end>"?)|(?P<plain>[^\s"]+))')
_SETTING = re.compile(r"(?P<key>[A-Za-z_][\w]*(?:\.[\w]+)+)(?P<sign><=|>=|!=|==|=|<|>)(?P<value>.*)", re.DOTALL)
_FIELD = re.compile(r"(?P<name>[A-Za-z]+):(?P<value>.*)", re.DOTALL)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
FIELDS = ("tag", "status", "preset", "kind", "device")


class FilterError(InputError):
    """A filter that does not parse; `at` is where, from 0."""

    def __init__(self, message: str, at: int, text: str) -> None:
        self.message, self.at, self.text = message, at, text
        super().__init__(f"filter, column {at + 1}: {message}")


@dataclass(frozen=True)
class Filter:
    """What a study must have; no terms: every study has it."""

    terms: tuple[Callable[["StudySummary"], bool], ...] = ()
    words: tuple[str, ...] | None = ()
    """The words that are looked for, if there is nothing else; None: there is more, which only studies have."""

    def admits_text(self, text: str) -> bool:
        """Return whether a text has all words; none has what only studies have."""
        return self.words is not None and all(word in text.lower() for word in self.words)

    def admits(self, study: "StudySummary") -> bool:
        """Return whether a study has all of it."""
        return all(term(study) for term in self.terms)


def parse(text: str) -> Filter:
    """Return the filter that a text stands for. Raises FilterError, with the position, where it stands for none.

    Terms are separated by spaces; one with spaces stands in double quotes. Words are looked for in id, name, title, what
    was changed, tags and note, whatever their case. A setting holds if any run of the study has it.
    """
    found = list(_words(text))
    plain = all(not (_SETTING.fullmatch(word) or _FIELD.fullmatch(word)) for word, _ in found)
    words = tuple(word.lower() for word, _ in found) if plain else None
    return Filter(tuple(_term(word, at, text) for word, at in found), words)


def _words(text: str) -> Iterator[tuple[str, int]]:
    place = 0
    while place < len(text.rstrip()):
        match = _WORD.match(text, place)
        assert match is not None
        if match["plain"] is not None:
            at, word = match.start("plain"), match["plain"]
            rest = _WORD.match(text, match.end())
            if rest is not None and rest["quoted"] is not None and rest.start("quoted") == match.end() + 1:  # tag:"a b"
                if not rest["end"]:
                    raise FilterError("a quotation mark is not closed", rest.start("quoted") - 1, text)
                word, place = word + rest["quoted"], rest.end()
                yield word, at
                continue
        else:
            at, word = match.start("quoted") - 1, match["quoted"]
            if not match["end"]:
                raise FilterError("a quotation mark is not closed", at, text)
        place = match.end()
        if word:
            yield word, at


def _term(word: str, at: int, text: str) -> Callable[["StudySummary"], bool]:
    if match := _SETTING.fullmatch(word):
        return _setting(match["key"], match["sign"], match["value"], at, text)
    if (match := _FIELD.fullmatch(word)) and not word.startswith(("http:", "https:")):
        return _field(match["name"].lower(), match["value"], at, text)
    lowered = word.lower()
    return lambda study: lowered in _told(study)


def _told(study: "StudySummary") -> str:
    return "\n".join((study.id, study.name, study.title, *study.changed, *study.tags, study.note)).lower()


def _field(name: str, value: str, at: int, text: str) -> Callable[["StudySummary"], bool]:
    if name not in FIELDS:
        close = nearest(name, FIELDS)
        raise FilterError(f"unknown field {literal(name)}:" + (f"; did you mean {close}:?" if close else ""), at, text)
    if not value:
        raise FilterError(f"{name}: needs a value", at + len(name) + 1, text)
    lowered = value.lower()
    if name == "status":
        known = [status.value for status in StudyStatus]
        if lowered not in known:
            close = nearest(lowered, known)
            raise FilterError(
                f"unknown status {literal(value)}" + (f"; did you mean {close}?" if close else f": {', '.join(known)}"),
                at + len(name) + 1,
                text,
            )
        return lambda study: study.status.value == lowered
    if name == "tag":
        return lambda study: lowered in [tag.lower() for tag in study.tags]
    if name == "kind":
        return lambda study: study.kind.startswith(lowered)
    if name == "device":
        return lambda study: study.device.lower().startswith(lowered)
    return lambda study: study.name.lower() == lowered or study.name.lower().startswith(f"{lowered.rstrip('/')}/")


def _setting(key: str, sign: str, value: str, at: int, text: str) -> Callable[["StudySummary"], bool]:
    known = [*dotted_keys(), *(f"sweep.{name}" for name in SweepConfig.model_fields)]
    if key not in known:
        close = nearest(key, known)
        raise FilterError(f"unknown key {literal(key)}" + (f"; did you mean {close}?" if close else ""), at, text)
    after = at + len(key) + len(sign)
    if not value:
        raise FilterError(f"{key}{sign} needs a value", after, text)
    wanted, compare = _value(value), _SIGNS[sign]
    if sign[0] in "<>" and not isinstance(wanted, float):
        raise FilterError(f"{sign} compares numbers, got {literal(value)}", after, text)

    def holds(study: "StudySummary") -> bool:
        values = values_of(study.preset, key)
        if sign == "!=":
            return bool(values) and all(_plain(one) != wanted for one in values)
        return any(type(plain := _plain(one)) is type(wanted) and compare(plain, wanted) for one in values)

    return holds


def values_of(preset: Mapping[str, Any], key: str) -> Sequence[Any]:
    """Return the values that the runs of a resolved preset have for a dotted key; none if no run has it."""
    table, _, name = key.partition(".")
    sweep = preset.get("sweep") or {}
    if table == "sweep":
        if name == "replicates" and "seeds" in sweep:
            return [len(sweep["seeds"])]
        return [sweep[name]] if name in sweep else []
    if isinstance(swept := sweep.get(key), list):
        return swept
    tables = [preset, *(preset.get("variants") or {}).values()]
    return [one[table][name] for one in tables if isinstance(one.get(table), dict) and name in one[table]]


def _value(text: str) -> float | bool | str:
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    try:
        number = float(text)
    except ValueError:
        return lowered
    return number if math.isfinite(number) else lowered


def _plain(value: Any) -> float | bool | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, list | tuple):
        return "-".join(str(one) for one in value).lower()
    return str(value).lower()
