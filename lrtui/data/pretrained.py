"""torchvision's trained weights: looked for in torch's own cache, downloaded if they are not there, checked by their names."""

import hashlib
import re
import urllib.parse
import uuid
from collections.abc import Iterable
from pathlib import Path

import torch
import torchvision

from lrtui.data.download import NetworkError, OnProgress, stream
from lrtui.errors import InputError, WorkError
from lrtui.study.binding import bound_to_starts
from lrtui.study.model_config import ModelConfig, Start
from lrtui.study.pretrained import of_torchvision, weights_called
from lrtui.study.spec import RunSpec, Study
from lrtui.text import literal

_HASHED = re.compile(r"-([0-9a-f]{8,})\.[^.]+$")
"""How the name of a file ends that tells how its SHA-256 begins."""
_CHUNK = 1 << 20


def with_pretrained(study: Study) -> Study:
    """Return a study whose runs know where torchvision's weights lie that they begin with, and their SHA-256.

    What is not there is downloaded. Raises InputError and WorkError as `fetch` does, and InputError for a file that is not
    what its name says.
    """
    fetch(study.runs)
    places = {spec.run: place(address(spec.config.model)) for spec in study.runs if _wants(spec)}
    starts = {path: Start(str(path), _checked(path), "") for path in dict.fromkeys(places.values())}
    return bound_to_starts(study, {run: starts[path] for run, path in places.items()})


def fetch(runs: Iterable[RunSpec], on_progress: OnProgress = lambda *_: None) -> None:
    """Download the weights of torchvision that runs begin with and that are not there.

    They come into torch's cache. A file appears there only when it is what its name says. Raises InputError if this
    torchvision has none of a name, or the folder cannot be written; WorkError if they do not arrive, or the disk is full.
    """
    for url in dict.fromkeys(address(spec.config.model) for spec in runs if _wants(spec)):
        if not place(url).is_file():
            _download(url, place(url), on_progress)


def fetch_again(runs: Iterable[RunSpec]) -> None:
    """Download what runs of a study have begun with, or were to, and is not any more where it was. Raises as `fetch` does."""
    for model in dict.fromkeys(spec.config.model for spec in runs if _wants(spec)):
        if model.begins_with is not None and not (path := Path(model.begins_with.path)).is_file():
            _download(address(model), path, lambda *_: None)


def address(model: ModelConfig) -> str:
    """Return where torchvision has the weights that a network begins with. Raises InputError if it has none of the name."""
    weights = weights_called(str(model.start))
    try:
        return str(torchvision.models.get_model_weights(model.name)[weights].url)
    except (KeyError, ValueError):
        raise InputError(f"model.start: this torchvision has no weights {weights} of {model.name}") from None


def place(url: str) -> Path:
    """Return where torch keeps what comes from an address."""
    return Path(torch.hub.get_dir(), "checkpoints", Path(urllib.parse.urlsplit(url).path).name)


def _wants(spec: RunSpec) -> bool:
    return of_torchvision(spec.config.model.start)


def _download(url: str, path: Path, on_progress: OnProgress) -> None:
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    told = _hash_in(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("xb")
    except OSError as error:
        raise InputError(
            f"model.start: cannot write into {literal(str(path.parent))}: {error.strerror or error}"
        ) from None
    try:
        with file:
            digest, arrived = hashlib.sha256(), 0
            for chunk, expected in stream(url):
                file.write(chunk)
                digest.update(chunk)
                arrived += len(chunk)
                on_progress(path.name, arrived, expected)
        if not digest.hexdigest().startswith(told):
            raise NetworkError(f"{arrived:,} bytes arrived, with the wrong checksum")
        part.replace(path)
    except NetworkError as error:
        raise WorkError(
            f"cannot download {literal(url)} ({literal(str(error))}); where there is no network, put the file into "
            f"{literal(str(path.parent))}"
        ) from None
    except OSError as error:
        raise WorkError(f"cannot write {literal(str(path))}: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


def _checked(path: Path) -> str:
    """Return the SHA-256 of a file whose name tells how it begins."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"model.start: cannot read {literal(str(path))}: {error.strerror or error}") from None
    found, told = digest.hexdigest(), _hash_in(path)
    if not found.startswith(told):
        raise InputError(
            f"model.start: {literal(str(path))} is not what its name says: its SHA-256 begins with {found[: len(told)]}; "
            "remove it, and it is downloaded again"
        )
    return found


def _hash_in(path: Path) -> str:
    match = _HASHED.search(path.name)
    if match is None:
        raise InputError(f"model.start: the name of {literal(str(path))} does not tell its SHA-256")
    return match[1]
