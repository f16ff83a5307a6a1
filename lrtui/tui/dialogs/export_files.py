"""What can be exported, in which formats, and making it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lrtui.errors import InputError

if TYPE_CHECKING:
    from lrtui.analysis.result import StudyResult

SUFFIXES = {
    "csv": "csv",
    "markdown": "md",
    "latex": "tex",
    "json": "json",
    "parquet": "parquet",
    "text": "txt",
    "html": "html",
    "svg": "svg",
    "png": "png",
}
_TABLES = ("csv", "markdown", "latex", "json", "parquet", "text")


@dataclass(frozen=True)
class Content:
    """Something to export and the formats it has."""

    key: str
    title: str
    formats: tuple[str, ...]


CONTENTS = (
    Content("scenario", "results per scenario", _TABLES),
    Content("run", "results per run", _TABLES),
    Content("epochs", "every epoch of every run", _TABLES),
    Content("chart", "the chart in front", ("svg", "png", "text")),
    Content("report", "report: published figures, claims", ("markdown", "text", "json", "html")),
)


def content(key: str) -> Content:
    """Return the content called `key`."""
    return next(one for one in CONTENTS if one.key == key)


def file_name(study: str, key: str, fmt: str) -> str:
    """Return a name to begin with: `paper-mlp-mnist-results.csv`."""
    what = {"scenario": "results", "run": "runs"}.get(key, key)
    safe = "".join(
        character if character.isalnum() or character in "-_." else "-" for character in study.removesuffix(".toml")
    )
    return f"{safe}-{what}.{SUFFIXES[fmt]}"


def make(
    result: "StudyResult", key: str, fmt: str, report: Callable[[str], str], picture: Callable[[str], str | bytes]
) -> str | bytes:
    """Return the bytes or text of an export. `report` makes the report, `picture` the chart, in a format."""
    if key in ("report", "chart"):
        return report(fmt) if key == "report" else picture(fmt)
    from lrtui.report.render import render
    from lrtui.report.table import results_table

    return render(results_table(result, per=key.removesuffix("s")), fmt)


def write(
    path: Path,
    result: "StudyResult",
    key: str,
    fmt: str,
    report: Callable[[str], str],
    picture: Callable[[str], str | bytes],
) -> None:
    """Make an export and write it. Raises InputError or WorkError where that cannot be."""
    from lrtui.report.files import write as write_file

    write_file(path, make(result, key, fmt, report, picture))


def check(text: str) -> Path:
    """Return the file meant. Raises InputError where it cannot be one."""
    if not text.strip():
        raise InputError("needs a file name")
    path = Path(text.strip()).expanduser()
    if path.is_dir():
        raise InputError("is a folder; give a file name")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}")
    return path
