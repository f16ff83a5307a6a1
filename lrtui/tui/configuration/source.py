"""Where the settings of a form come from: a preset file, or a saved study, whose settings are a preset too."""

from collections.abc import Sequence
from pathlib import Path

from lrtui.errors import InputError
from lrtui.study import preset
from lrtui.study.locate import PresetFile
from lrtui.study.spec import Study
from lrtui.text import literal

SAVED = "saved"


def settings_of(path: Path) -> PresetFile:
    """Return what stands for the settings of the study saved in a folder."""
    return PresetFile(path.name, path, SAVED)


def load(file: PresetFile, overrides: Sequence[str] = ()) -> Study:
    """Return the study with overrides. Raises InputError where something is wrong."""
    if file.origin != SAVED:
        return preset.load_file(file.path, file.name, overrides)
    from lrtui.store.document import read_document
    from lrtui.store.settings import of_saved

    document = read_document(file.path)
    try:
        return of_saved(document, overrides)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{literal(str(file.path))}: is damaged: {error!r}") from None
