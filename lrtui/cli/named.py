"""What `run`, `show` and `find-lr` are given: a preset, or a saved study, whose settings are a preset too."""

from collections.abc import Sequence
from pathlib import Path

from lrtui.cli.output import complain
from lrtui.data.feasible import misfits
from lrtui.errors import InputError
from lrtui.study import locate, preset
from lrtui.study.binding import bound_starts
from lrtui.study.problems import PresetError, Problem
from lrtui.study.spec import Study
from lrtui.text import literal


def load(name: str, overrides: Sequence[str], runs_dir: Path) -> Study:
    """Return the study of the preset `name`, else that of the settings of the saved study that `name` means.

    If it means both, the preset is taken, and that is said. Raises InputError if it means neither, PresetError with every
    problem if the preset or an override is wrong.
    """
    return load_named(name, overrides, runs_dir)[0]


def load_as_it_began(name: str, overrides: Sequence[str], runs_dir: Path) -> Study:
    """Return the same; the runs of a saved study know which weights they began with, unless something is overridden."""
    study, saved = load_named(name, overrides, runs_dir)
    if not saved or overrides:
        return study
    from lrtui.store.catalogue import Wanted, resolve  # polars comes with it
    from lrtui.store.document import read_document

    return bound_starts(study, read_document(resolve(name, runs_dir, Wanted.TRAINING)).get("starts", {}))


def problems(file: Path, runs_dir: Path) -> list[Problem]:
    """Return every problem of a preset file, or of the settings of a saved study, if there is no such file."""
    if not file.is_file():
        try:
            _of_saved(str(file), (), runs_dir, InputError("neither a file nor a study"))
            return []
        except PresetError as error:
            return list(error.problems)
        except InputError:
            pass  # what is wrong with the file is said
    return preset.check_file(file, misfits)


def load_named(name: str, overrides: Sequence[str], runs_dir: Path) -> tuple[Study, str]:
    """Return the same, and the id of the saved study whose settings they are; empty if they are a preset's."""
    try:
        locate.find(name)
    except InputError as no_preset:
        return _of_saved(name, overrides, runs_dir, no_preset)
    study = preset.load(name, overrides, misfits)
    if (saved := _study_called(name, runs_dir)) is not None:
        complain(f"{name}: the preset is meant; for the study of that name say {saved}")
    return study, ""


def _of_saved(name: str, overrides: Sequence[str], runs_dir: Path, no_preset: InputError) -> tuple[Study, str]:
    from lrtui.store.catalogue import SeveralStudiesError, Wanted, resolve  # polars comes with it
    from lrtui.store.document import read_document
    from lrtui.store.settings import of_saved

    try:
        path = resolve(name, runs_dir, Wanted.TRAINING)
    except SeveralStudiesError:
        raise
    except InputError:
        raise no_preset from None
    try:
        return of_saved(read_document(path), overrides, misfits), path.name
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{literal(str(path / 'study.json'))}: is damaged: {error!r}") from None


def _study_called(name: str, runs_dir: Path) -> Path | None:
    """Return the saved study whose id is `name` or begins so."""
    try:
        begun = [path for path in runs_dir.iterdir() if path.name.startswith(name)]
        return next((path for path in begun if (path / "study.json").is_file()), None)
    except (OSError, ValueError):
        return None
