"""Presets on data of a person's own, and what comes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.data.load import Dataset, Wanted, load_wanted
from lrtui.errors import InputError
from lrtui.study import preset

Load = Callable[..., Dataset]


def load(folder: Path, name: str, *keys: str) -> Dataset:
    """Return what a preset in `folder` on the data `name` trains on, `keys` being further lines of it."""
    path = folder / "mine.toml"
    model = "transformer" if name.endswith(".txt") else "mlp"
    lines = [
        'title = "Mine"',
        f'model.name = "{model}"',
        'optim.name = "sgd"',
        "optim.lr = 0.1",
        f"data.name = '{name}'",
        *keys,
    ]
    path.write_text("\n".join(lines) + "\n")
    return load_wanted(Wanted.by(preset.load_file(path).runs[0]), folder)


def refused(folder: Path, name: str, *keys: str) -> str:
    """Return the line that such a preset is refused with."""
    with pytest.raises(InputError) as error:
        load(folder, name, *keys)
    message = str(error.value)
    assert "\n" not in message
    assert "\x1b" not in message
    return message.replace(f"{folder}/", "")
