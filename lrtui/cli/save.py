"""`lrtui save`: settings as a preset of one's own."""

from pathlib import Path

import click

from lrtui import paths
from lrtui.cli.options import preset_argument, runs_dir_option, set_option


@click.command()
@preset_argument
@click.argument("name")
@set_option
@click.option(
    "--title", metavar="TEXT", default="", help="The new preset's title (default: that of what it is made from)."
)
@click.option(
    "--folder", metavar="DIR", type=click.Path(path_type=Path), help="Where to (default: your presets' folder)."
)
@click.option("--force", is_flag=True, help="Overwrite a preset of your own of that name.")
@runs_dir_option
def save(
    preset: str, name: str, overrides: tuple[str, ...], title: str, folder: Path | None, force: bool, runs_dir: Path
) -> None:
    """Save settings as a preset of your own.

    PRESET is a preset's name or file, or a saved study; NAME is what the new preset is called from then on: `lrtui run NAME`.
    """
    from lrtui.cli import named
    from lrtui.store.own_presets import save as write

    study, saved = named.load_named(preset, overrides, runs_dir)
    path = write(study, name, folder or paths.own_presets(), title=title, made_from=saved, overwrite=force)
    print(path)
