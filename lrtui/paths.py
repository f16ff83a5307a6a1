"""Where things are: shipped presets, a person's own presets, data sets, saved studies."""

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def shipped_presets() -> Path:
    """Return the folder of the presets that come with lrtui (in the wheel, or beside the package in a checkout)."""
    packaged = _PACKAGE / "presets"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "presets"


def own_presets() -> Path:
    """Return the folder in which a person keeps presets that are found by name; it may not exist."""
    return Path(platformdirs.user_config_dir("lrtui", appauthor=False)) / "presets"


def config_file() -> Path:
    """Return the file in which a person sets theme and keys of the workbench; it may not exist."""
    return Path(platformdirs.user_config_dir("lrtui", appauthor=False)) / "config.toml"


def trust_file() -> Path:
    """Return the file of the code that a person has said may run; it may not exist."""
    return Path(platformdirs.user_config_dir("lrtui", appauthor=False)) / "trusted.json"


def data_dir(option: str | Path | None = None) -> Path:
    """Return the folder of the data sets: `option`, else `LRTUI_DATA`, else the user's cache folder."""
    if option is not None:
        return Path(option).expanduser()
    if configured := os.environ.get("LRTUI_DATA"):
        return Path(configured).expanduser()
    return Path(platformdirs.user_cache_dir("lrtui", appauthor=False)) / "data"


def shared_dir() -> Path:
    """Return the folder of what processes of one study share while it is trained."""
    return Path(platformdirs.user_cache_dir("lrtui", appauthor=False)) / "shared"


def runs_dir(option: str | Path | None = None) -> Path:
    """Return the folder of saved studies: `option`, else `LRTUI_RUNS`, else `runs` in the current folder."""
    if option is not None:
        return Path(option).expanduser()
    return Path(os.environ.get("LRTUI_RUNS") or "runs").expanduser()
