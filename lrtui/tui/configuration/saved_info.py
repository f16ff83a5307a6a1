"""What a saved study says of itself, in place of a form."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from lrtui.study.datasets import rows_of
from lrtui.study.reused import reused_lines
from lrtui.study.words import names_of_outputs
from lrtui.text import count, format_duration, literal
from lrtui.tui import signs
from lrtui.tui.diffed_lines import DiffedLines

if TYPE_CHECKING:
    from lrtui.store.catalogue import StudySummary
    from lrtui.store.reader import SavedStudy


class SavedInfo(DiffedLines, can_focus=True):
    """Id, dates, device, data, versions, warnings."""

    def __init__(self) -> None:
        super().__init__(id="saved-info")
        self._facts: list[tuple[str, str, str]] = []

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._facts = [("", text, "dim")]
        self.redraw()

    def show_summary(self, summary: "StudySummary") -> None:
        """Show what is known before the study is opened."""
        sign = signs.STUDY_SIGNS[summary.status]
        self._facts = [
            ("", summary.title, "text"),
            ("id", summary.id, "text"),
            *([("kind", "range test", "accent")] if summary.kind == "finder" else []),
            ("status", sign.text, sign.style),
            ("started", f"{summary.started.astimezone():%Y-%m-%d %H:%M}", "text"),
            ("runs", f"{summary.runs_done} of {summary.runs_total} done", "text"),
            *([("best", summary.winner, "good")] if summary.winner else []),
            *(("changed", override, "warn") for override in summary.changed),
            *([("tags", " ".join(summary.tags), "accent")] if summary.tags else []),
            *_note(summary.note),
            ("device", summary.device, "text"),
            ("", "", "text"),
            ("", "⏎ opens it · space sets it beside", "dim"),
        ]
        self.redraw()

    def show_saved(self, saved: "SavedStudy") -> None:
        """Show everything the folder tells."""
        from lrtui.store.sittings import resumed  # the store brings polars

        sign = signs.STUDY_SIGNS[saved.status]
        self._facts = [
            ("", saved.study.title, "text"),
            ("id", saved.id, "text"),
            *([("kind", "range test", "accent")] if saved.kind == "finder" else []),
            ("status", sign.text + (f": {saved.message}" if saved.message else ""), sign.style),
            ("started", f"{saved.started.astimezone():%Y-%m-%d %H:%M}", "text"),
            ("took", format_duration(saved.duration) if saved.duration is not None else "–", "text"),
            *([("resumed", text.removeprefix("resumed "), "text")] if (text := resumed(saved.sittings)) else []),
            ("device", _device(saved.device), "text"),
            ("lanes", str(saved.lanes), "text"),
            *([("shard", str(saved.study.shard), "text")] if saved.study.shard else []),
            *(
                ("reused", line, "text")
                for line in reused_lines({state.spec.run: state.reused_from for state in saved.states})
            ),
            *(("changed", override, "warn") for override in saved.study.overrides),
            *([("tags", " ".join(saved.remarks.tags), "accent")] if saved.remarks.tags else []),
            *_note(saved.remarks.note),
            *(("⚠", line, "warn") for line in saved.study.advice),
            *(("data", text, "text") for text in dict.fromkeys(map(_data, saved.fingerprints))),
            *(
                ("", text, "warn")
                for text in dict.fromkeys(str(entry.get("note") or "") for entry in saved.fingerprints)
                if text
            ),
            *((name, version, "dim") for name, version in saved.versions.items()),
            ("where", str(_short(saved.path)), "dim"),
            *(("!", warning, "bad") for warning in saved.warnings),
        ]
        self.redraw()

    def redraw(self) -> None:
        """Lay the facts out."""
        width = max(16, self.size.width)
        lines = []
        for label, value, style in self._facts:
            look = getattr(self.skin, style)
            parts = signs.wrap(literal(value), width - 12 if label else width)
            for index, part in enumerate(parts):
                line = Text()
                line.append(f"{label if index == 0 else '':<12}" if label else "", self.skin.dim)
                line.append(part, look)
                lines.append(line)
        self.show(lines)


def _device(device: dict[str, Any]) -> str:
    parts = [str(device[key]) for key in ("kind", "name", "model", "instructions") if device.get(key)]
    return " · ".join([*parts, *([count(device["cores"], "core")] if device.get("cores") else [])])


def _data(entry: dict[str, Any]) -> str:
    what = rows_of((entry.get("found") or {}).get("shape", (1, 1, 1)))
    counts = f"{entry.get('name')}, {entry.get('train_count')} + {entry.get('val_count')} {what}"
    return "; ".join(filter(None, (counts, names_of_outputs(entry))))


def _short(path: Path) -> Path:
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def _note(text: str) -> list[tuple[str, str, str]]:
    """Return the lines of a note, named once."""
    return [(" " if number else "note", line or " ", "text") for number, line in enumerate(text.splitlines())]
