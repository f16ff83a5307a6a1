"""The commands that keep saved studies in order: delete, rename, tag, note."""

import sys
from pathlib import Path

import click

from lrtui.cli.options import runs_dir_option, studies_argument, study_argument
from lrtui.errors import InputError
from lrtui.text import count, literal


@click.command()
@studies_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@runs_dir_option
def delete(studies: tuple[str, ...], yes: bool, runs_dir: Path) -> int:
    """Delete saved studies, with all that is in their folders. Asks first.

    STUDY is an id, a unique prefix of one, or a path; not a preset's name, which means another study tomorrow.
    """
    from lrtui.store.catalogue import resolve
    from lrtui.store.deleting import delete as remove
    from lrtui.store.deleting import require_deletable

    paths = []
    for text in studies:
        if not text.strip():
            raise InputError("an empty text is no study: is a variable of the shell empty?")
        path = resolve(text, runs_dir).absolute()
        if text == "last" or not (path.name.startswith(Path(text).name) or Path(text).resolve() == path.resolve()):
            raise InputError(f"{literal(text)}: say which study by its id: {path.name}")
        if path not in paths:
            paths.append(path)
    for path in paths:
        require_deletable(path)
    if not yes:
        if not sys.stdin.isatty():
            raise InputError("deleting asks, and there is no terminal to ask on; --yes deletes without")
        for path in paths:
            print(literal(path.name))
        if not click.confirm(
            f"Delete {count(len(paths), 'study') if len(paths) == 1 else f'{len(paths)} studies'} for good?"
        ):
            return 1
    for path in paths:
        remove(path)
        print(f"deleted: {literal(path.name)}")
    return 0


@click.command()
@study_argument
@click.argument("title")
@runs_dir_option
def rename(study: str, title: str, runs_dir: Path) -> None:
    """Give a saved study a title of its own; an empty one gives it the preset's again. Its id stays."""
    from lrtui.store import remarks
    from lrtui.store.catalogue import resolve

    path = resolve(study, runs_dir)
    remarks.write(path, remarks.renamed(remarks.read(path), title))


@click.command()
@study_argument
@click.argument("tags", nargs=-1, metavar="[TAG]...")
@click.option("--remove", "gone", metavar="TAG", multiple=True, help="Take a tag away.")
@runs_dir_option
def tag(study: str, tags: tuple[str, ...], gone: tuple[str, ...], runs_dir: Path) -> None:
    """Give a saved study tags, and print those it has. `lrtui studies --filter tag:NAME` finds it by one."""
    from lrtui.store import remarks
    from lrtui.store.catalogue import resolve

    path = resolve(study, runs_dir)
    kept = remarks.read(path)
    if tags or gone:
        kept = kept.tagged(tags, gone)
        remarks.write(path, kept)
    print(" ".join(kept.tags) or "no tags")


@click.command()
@study_argument
@click.argument("text", required=False)
@runs_dir_option
def note(study: str, text: str | None, runs_dir: Path) -> None:
    """Keep a note with a saved study, in place of the one before; without TEXT, print it. An empty one takes it away."""
    from lrtui.store import remarks
    from lrtui.store.catalogue import resolve

    path = resolve(study, runs_dir)
    kept = remarks.read(path)
    if text is None:
        print("\n".join(literal(line) for line in kept.note.splitlines()) or "no note")
        return
    remarks.write(path, remarks.Remarks.of(kept.title, kept.tags, text))
