"""What the shell offers behind the tab key: presets, studies, keys of `--set`, data sets. Quick: no torch, no polars."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from lrtui import __version__, paths, study


def presets(_context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Return the presets that begin with `text`; if there are none, files are offered."""
    from lrtui.study import locate

    names = _beginning(text, (preset.name for preset in (*locate.shipped(), *locate.own())))
    return names or [CompletionItem(text, type="file")]


def presets_and_studies(context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Return the presets that begin with `text`, and saved studies if something is typed; if there are none, files."""
    found = presets(context, _parameter, text)
    saved = studies(context, _parameter, text) if text else []
    named = [item for item in (*found, *saved) if item.type == "plain"]
    return named or found


def studies(context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Return the saved studies whose id begins with `text`, newest first, and `last`; if there are none, folders."""
    try:
        ids = [path.name for path in _runs_dir(context).iterdir() if (path / "study.json").is_file()]
    except OSError:
        ids = []
    return _beginning(text, [*sorted(ids, reverse=True), *(["last"] if ids else [])]) or [
        CompletionItem(text, type="dir")
    ]


def _runs_dir(context: click.Context | None) -> Path:
    """Return the folder given to the command or to the group, else the usual one."""
    while context is not None:
        if context.get_parameter_source("runs_dir") is ParameterSource.COMMANDLINE:
            return Path(context.params["runs_dir"])
        context = context.parent
    return paths.runs_dir()


def keys(_context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Return the keys that `--set` takes and that begin with `text`, each with its `=`; behind it the values, if they are few."""
    settable = _settable()
    key, typed, _ = text.partition("=")
    if typed:
        return _beginning(text, (f"{key}={value}" for value in settable.get(key, ())))
    return _beginning(text, (f"{key}=" for key in settable))


def _settable() -> dict[str, list[str]]:
    """Return the keys of `--set`, with their values if they are few.

    Importing the schema takes longer than a person waits for a completion, so what it says is kept in the cache folder for as
    long as no file of it changes.
    """
    if "lrtui.study.schema" in sys.modules:
        from lrtui.study.choices import settable

        return settable()
    kept = paths.shared_dir().parent / "completion.json"
    folder = Path(study.__file__).parent
    stamp = [__version__, str(folder), max(path.stat().st_mtime_ns for path in folder.glob("*.py"))]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        document = json.loads(kept.read_bytes())
        if document["stamp"] == stamp:
            return dict(document["keys"])
    from lrtui.study.choices import settable

    found = settable()
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({"stamp": stamp, "keys": found}), encoding="utf-8")
        part.replace(kept)
    return found


def data_sets(_context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Return the data sets that begin with `text`."""
    from lrtui.data.catalogue import DATASETS

    return _beginning(text, DATASETS)


def _beginning(text: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(text)]
