"""Downloading: torchvision's addresses and checksums, with progress that a terminal or the workbench can show."""

import shutil
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from torchvision.datasets import CIFAR10, MNIST, FashionMNIST
from torchvision.datasets.utils import check_integrity, extract_archive

from lrtui.data.catalogue import DATASETS, DataSetInfo, Version, find
from lrtui.data.download import NetworkError, OnProgress, stream
from lrtui.data.raw import read_content
from lrtui.errors import InputError, WorkError
from lrtui.text import literal, one_of

SPARE_BYTES = 1 << 20
"""An archive is smaller than what is in it, but for so much."""
ABANDONED_SECONDS = 24 * 3600.0
"""A download that nothing has come of for so long is nobody's any more."""


@dataclass(frozen=True)
class _Download:
    filename: str
    md5: str
    urls: tuple[str, ...]


def fetch(name: str, data_dir: Path, on_progress: OnProgress) -> str:
    """Download a data set into `data_dir` and return a sentence that says where it is, or that nothing was to be done.

    Files appear in their place only when every checksum was right; whatever goes wrong before leaves nothing behind.
    Raises InputError for an unknown name, a folder that cannot be written, and another copy that would be overwritten;
    WorkError when no address delivers, or the disk is full.
    """
    if (data := DATASETS.get(name)) is None:
        raise InputError(f"there is no data set {literal(name)}; there is {one_of(list(DATASETS))}")
    if not data.versions:
        return f"{data.title} is {data.origin}: there is nothing to download"
    version = data.versions[0]
    target = data_dir / version.folders[0]
    if (folder := _canonical_copy(data, data_dir, target)) is not None:
        return f"{data.title} is already in {literal(str(folder))}"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        _sweep(data_dir)
        scratch = TemporaryDirectory(prefix=".fetch-", dir=data_dir, ignore_cleanup_errors=True)
    except OSError as error:
        raise InputError(
            f"cannot write into the data folder {literal(str(data_dir))}: {error.strerror or error}"
        ) from None
    with scratch:
        _fill(version, Path(scratch.name), target, _downloads(name), on_progress)
    return f"{data.title} is in {literal(str(target))}"


def _sweep(data_dir: Path) -> None:
    """Remove what downloads that were killed long ago left behind."""
    for leftover in data_dir.glob(".fetch-*"):
        if time.time() - leftover.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(leftover, ignore_errors=True)


def _canonical_copy(data: DataSetInfo, data_dir: Path, target: Path) -> Path | None:
    """Return the folder of a canonical copy that is there already, None if there is none that is whole."""
    if (found := find(data, data_dir)) is None:
        return None
    try:
        altered = [
            path for file, path in zip(found.version.files, found.paths, strict=True) if not read_content(path, file)[1]
        ]
    except InputError:
        return None
    if altered and found.folder == target and found.version.format != "cifar-python":
        raise InputError(
            f"{literal(str(altered[0]))} is not the canonical one and would be overwritten: "
            "move it away first, or fetch into another folder"
        )
    return None if altered else found.folder


def _downloads(name: str) -> list[_Download]:
    if name == "cifar10":
        return [_Download(CIFAR10.filename, CIFAR10.tgz_md5, (CIFAR10.url,))]
    source = {"mnist": MNIST, "fashion_mnist": FashionMNIST}[name]
    return [
        _Download(filename, md5, tuple(mirror + filename for mirror in source.mirrors))
        for filename, md5 in source.resources
    ]


def _fill(version: Version, scratch: Path, target: Path, downloads: list[_Download], on_progress: OnProgress) -> None:
    content = scratch / "content"
    try:
        content.mkdir()
        most = sum(file.size for file in version.files) + SPARE_BYTES
        for download in downloads:
            archive = _deliver(download, scratch, most, on_progress)
            extract_archive(archive, content, remove_finished=True)
        unpacked = {path.name: path for path in content.rglob("*") if path.is_file()}
        target.mkdir(parents=True, exist_ok=True)
        for file in version.files:
            unpacked[file.name].replace(target / file.name)
    except OSError as error:
        raise WorkError(f"cannot write {literal(str(target))}: {error.strerror or error}") from None


def _deliver(download: _Download, folder: Path, most: int, on_progress: OnProgress) -> Path:
    """Download from the first address that delivers the right file; one that sends more than `most` bytes is given up."""
    path = folder / download.filename
    problems = []
    for url in download.urls:
        host = urllib.parse.urlsplit(url).netloc
        try:
            with path.open("wb") as file:
                arrived = 0
                for chunk, expected in stream(url):
                    arrived += len(chunk)
                    if max(arrived, expected or 0) > most:
                        raise NetworkError("more arrives than the file can have")
                    file.write(chunk)
                    on_progress(download.filename, arrived, expected)
        except NetworkError as error:
            problems.append(f"{host}: {error}")
            continue
        if check_integrity(path, download.md5):
            return path
        problems.append(f"{host}: {arrived:,} bytes arrived, with the wrong checksum")
    raise WorkError(
        f"cannot download {download.filename} ({literal('; '.join(problems))}); "
        "where there is no network, copy the files and name their folder with --data-dir"
    )
