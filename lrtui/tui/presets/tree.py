"""The rows of the preset tree: folders that open and close, entries with what matters at the right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from lrtui.store.filtering import Filter, FilterError, parse
from lrtui.study.locate import PresetFile
from lrtui.text import count as counted
from lrtui.text import literal
from lrtui.tui import signs
from lrtui.tui.presets.entries import Catalogue, PresetEntry, SavedEntry
from lrtui.tui.row_list import Row
from lrtui.tui.themes import Skin

if TYPE_CHECKING:
    from lrtui.store.catalogue import StudySummary

_FEW_WORDS = 24
"""Columns from which on a title says something."""
SECTIONS = {"shipped": "shipped", "own": "mine", "saved": "saved"}


@dataclass(frozen=True)
class TreeState:
    """What is open, what is filtered for, what is being trained."""

    open: frozenset[str] = frozenset({"section:shipped", "section:own", "section:saved"})
    query: str = ""
    live: str = ""
    """Key of the preset that is being trained."""
    marked: tuple[tuple[str, str], ...] = ()
    """Saved studies beside the one on the screen: ids and letters."""
    edited: frozenset[PresetFile] = frozenset()
    """The presets whose forms differ from them."""


class StudyRows:
    """The rows of saved studies, each made once: a filter over thousands shows others of them at every key."""

    def __init__(self) -> None:
        self._made: dict[tuple[Skin, int], dict[int, tuple[StudySummary, Row]]] = {}
        """By skin and width, those with and without a scrollbar: it comes and goes with what is typed."""

    def row(self, entry: SavedEntry, skin: Skin, width: int) -> Row:
        """Return the row of a study that is not marked."""
        if (skin, width) not in self._made:
            self._made = dict([*self._made.items()][-1:])
        rows = self._made.setdefault((skin, width), {})
        if id(entry.summary) not in rows:
            rows[id(entry.summary)] = entry.summary, _study(entry, {}, skin, width)
        return rows[id(entry.summary)][1]

    def keep(self, entries: Sequence[SavedEntry]) -> None:
        """Let go of the rows of all other studies."""
        there = {id(entry.summary) for entry in entries}
        for look, rows in self._made.items():
            self._made[look] = {key: made for key, made in rows.items() if key in there}


def tree_rows(
    catalogue: Catalogue, state: TreeState, skin: Skin, width: int, made: StudyRows | None = None
) -> list[Row]:
    """Return the visible rows; those of studies that are `made` are not made again."""
    rows: list[Row] = []
    for origin in ("shipped", "own"):
        entries = [entry for entry in catalogue.presets if entry.file.origin == origin]
        rows += _section(origin, entries, state, skin, width)
    rows += _saved(catalogue.saved, state, skin, width, made or StudyRows())
    return rows


def parsed(query: str) -> "Filter | FilterError":
    """Return the filter that is typed, or why it is none (yet)."""
    try:
        return parse(query)
    except FilterError as error:
        return error


def nearest(query: str, entries: Iterable[PresetEntry | SavedEntry]) -> str:
    """Return the key of the first entry whose name matches, else whose title does, else of the first; empty: there is none.

    A question mentions much that the preset is not about; of a saved study no question is looked at.
    """
    wanted, shown = parsed(query), list(entries)
    if isinstance(wanted, Filter):
        presets = [entry for entry in shown if isinstance(entry, PresetEntry)]
        named = (entry for entry in presets if wanted.admits_text(entry.file.name))
        titled = (entry for entry in presets if wanted.admits_text(f"{entry.file.name} {entry.title}"))
        studies = (entry for entry in shown if isinstance(entry, SavedEntry))
        return next((entry.key for entry in (*named, *titled, *studies, *shown)), "")
    return shown[0].key if shown else ""


def _section(origin: str, entries: list[PresetEntry], state: TreeState, skin: Skin, width: int) -> list[Row]:
    wanted = parsed(state.query)
    found = (
        [entry for entry in entries if wanted.admits_text(f"{entry.file.name} {entry.title} {entry.question}")]
        if isinstance(wanted, Filter)
        else entries
    )
    if not found and (state.query or origin == "shipped"):
        return []
    key = f"section:{origin}"
    opened = bool(state.query) or key in state.open
    name = SECTIONS[origin]
    label = name if found else f"{name} (no preset files here)"
    rows = [_folder(key, 0, label, opened, len(found), skin, width)]
    if not opened:
        return rows
    folders: dict[str, list[PresetEntry]] = {}
    for entry in found:
        folders.setdefault(entry.file.name.rpartition("/")[0] if origin == "shipped" else "", []).append(entry)
    for folder, inside in sorted(folders.items(), key=lambda item: bool(item[0])):
        depth = 1
        if folder:
            folder_key = f"folder:{origin}:{folder}"
            unfolded = bool(state.query) or folder_key in state.open
            rows.append(_folder(folder_key, 1, folder, unfolded, len(inside), skin, width))
            if not unfolded:
                continue
            depth = 2
        longest = max(len(literal(_name_in(entry, folder))) for entry in inside)
        rows += [_preset(entry, depth, folder, state, skin, width, longest) for entry in inside]
    return rows


def _name_in(entry: PresetEntry, folder: str) -> str:
    return entry.file.name.removeprefix(f"{folder}/") if folder else entry.file.name


def _saved(entries: Sequence[SavedEntry], state: TreeState, skin: Skin, width: int, made: StudyRows) -> list[Row]:
    wanted = parsed(state.query)
    found = [entry for entry in entries if not isinstance(wanted, Filter) or wanted.admits(entry.summary)]
    hidden = len(entries) - len(found)
    opened = bool(state.query) or "section:saved" in state.open
    label = "saved" if found else "saved (none yet)"
    if hidden:
        label = f"saved ({hidden} hidden by the filter)"
    rows = [_folder("section:saved", 0, label, opened, len(found), skin, width)]
    if not opened:
        return rows
    marked = dict(state.marked)
    return rows + [
        _study(entry, marked, skin, width) if entry.summary.id in marked else made.row(entry, skin, width)
        for entry in found
    ]


def _folder(key: str, depth: int, name: str, opened: bool, count: int, skin: Skin, width: int) -> Row:
    indent = "  " * depth
    line = Text()
    line.append(f"{indent}{'▾' if opened else '▸'} ", skin.dim)
    line.append(name, f"bold {skin.text}".strip() if depth == 0 else skin.text)
    return Row(
        key, _spread(line, Text("" if opened else str(count), skin.dim), width), opens=True, arrow=len(indent) + 2
    )


def _preset(entry: PresetEntry, depth: int, folder: str, state: TreeState, skin: Skin, width: int, longest: int) -> Row:
    """Return the row of a preset; with its title, if there is room for some words of it beside the longest name."""
    name = _name_in(entry, folder)
    live, edited = entry.key == state.live, entry.file in state.edited
    line = Text()
    line.append(
        "  " * (depth - 1) + ("  ● " if live else "  * " if edited else "    "), skin.accent if live else skin.warn
    )
    line.append(literal(name), skin.bad if entry.problems else f"bold {skin.accent}".strip() if live else skin.text)
    if entry.problems:
        right = Text("✗ error", skin.bad)
    else:
        right = Text("" if entry.runs is None else counted(entry.runs, "run"), skin.dim)
        begin = 2 * (depth - 1) + 4 + longest + 2
        if entry.title and width - right.cell_len - begin >= _FEW_WORDS:
            line.append(" " * (begin - line.cell_len))
            line.append(literal(entry.title), skin.dim)
    return Row(entry.key, _spread(line, right, width))


def _study(entry: SavedEntry, marked: Mapping[str, str], skin: Skin, width: int) -> Row:
    summary = entry.summary
    sign = signs.STUDY_SIGNS[summary.status]
    line = Text()
    line.append(f"{marked.get(summary.id, ' ')} ", f"bold {skin.accent}".strip())
    line.append(f"{sign.symbol} ", getattr(skin, sign.style))
    line.append("find " if summary.kind == "finder" else "", skin.accent)
    line.append(literal(summary.own_title or summary.name), skin.text)
    if changed := " ".join(_short_key(one) for one in summary.changed):
        line.append(f" {literal(changed)}", skin.warn)
    if summary.tags:
        line.append(f" {' '.join(f'#{literal(tag)}' for tag in summary.tags)}", skin.accent)
    if summary.winner:
        won = f"{signs.WON.symbol} " if all(pair.won for pair in summary.leaders) else ""
        line.append(f" {won}{literal(summary.winner)}", skin.good if won else skin.text)
    when = f"{summary.started.astimezone():%m-%d %H:%M}"
    return Row(entry.key, _spread(line, Text(when, skin.dim), width))


def _short_key(override: str) -> str:
    """Return `lr=0.03` of `optim.lr=0.03`."""
    key, equals, value = override.partition("=")
    return f"{key.rpartition('.')[2]}{equals}{value}"


def _spread(left: Text, right: Text, width: int) -> Text:
    room = width - right.cell_len - 1
    left.truncate(max(8, room), overflow="ellipsis")
    gap = width - left.cell_len - right.cell_len
    if gap >= 1:
        left.append(" " * gap)
        left.append_text(right)
    return left
