import contextlib
import gzip
import hashlib
import io
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torchvision.datasets

from lrtui.data.fetch import fetch
from lrtui.data.load import load
from lrtui.errors import InputError, WorkError
from lrtui.study.datasets import DataConfig
from tests.data import makers
from tests.data.makers import Arrays

GREY = Arrays.random(6, 3, (1, 28, 28))
COLOUR = Arrays.random(10, 2, (3, 32, 32))


class Server:
    """Serves what is in `files`; cuts off those in `cut` in the middle, and never ends with those in `endless`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.endless: set[str] = set()
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                name = self.path.rpartition("/")[2]
                if self.path.startswith("/gone/") or name not in server.files:
                    self.send_error(404)
                    return
                content = server.files[name]
                self.send_response(200)
                if name in server.endless:
                    self.end_headers()
                    with contextlib.suppress(OSError):  # whoever asks goes away
                        while True:
                            self.wfile.write(bytes(1 << 16))
                    return
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if name in server.cut else content)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    yield server
    server.close()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def mnist(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server as the second mirror of a small MNIST; the first knows nothing."""
    files = makers.idx_files(GREY)
    makers.take_for_canonical(monkeypatch, "mnist", GREY, files)
    server.files = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [f"http://{server.host}/{at}/" for at in ("gone", "it")])
    monkeypatch.setattr(
        torchvision.datasets.MNIST, "resources", [(name, md5(content)) for name, content in server.files.items()]
    )
    return server


def ignore(*_: object) -> None:
    pass


def test_mnist_arrives_and_can_be_loaded(mnist: Server, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    data_dir = tmp_path / "new" / "data"
    message = fetch("mnist", data_dir, lambda *progress: seen.append(progress))
    assert message == f"MNIST is in {data_dir / 'MNIST' / 'raw'}"
    assert load(DataConfig(name="mnist"), data_dir).fingerprint.canonical is True
    for name, content in mnist.files.items():
        assert [progress for progress in seen if progress[0] == name] == [
            (name, 0, len(content)),
            (name, len(content), len(content)),
        ]
    assert [path.name for path in data_dir.iterdir()] == ["MNIST"], "nothing else is left behind"


def test_cifar10_arrives_as_the_python_version(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python, binary = makers.cifar_files(COLOUR, pickled=True), makers.cifar_files(COLOUR, pickled=False)
    makers.take_for_canonical(monkeypatch, "cifar10", COLOUR, python, binary)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in python.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    server.files = {"cifar-10-python.tar.gz": packed.getvalue()}
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "url", f"http://{server.host}/cifar-10-python.tar.gz")
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "tgz_md5", md5(packed.getvalue()))

    another = {name: content[:-1] + b"\x00" for name, content in binary.items()}
    makers.write(tmp_path / "cifar-10-batches-bin", another)
    assert load(DataConfig(name="cifar10"), tmp_path).fingerprint.canonical is False
    fetch("cifar10", tmp_path, ignore)
    assert load(DataConfig(name="cifar10"), tmp_path).fingerprint.canonical is True
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cifar-10-batches-bin", "cifar-10-batches-py"]


def test_what_is_there_is_not_downloaded_again(mnist: Server, tmp_path: Path) -> None:
    folder = makers.write(tmp_path / "mnist", makers.idx_files(GREY))
    assert fetch("mnist", tmp_path, ignore) == f"MNIST is already in {folder}"
    assert mnist.asked == []


def test_a_truncated_file_is_replaced(mnist: Server, tmp_path: Path) -> None:
    folder = makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))
    (folder / "train-images-idx3-ubyte").write_bytes(b"half")
    fetch("mnist", tmp_path, ignore)
    assert load(DataConfig(name="mnist"), tmp_path).fingerprint.canonical is True


def test_another_copy_is_not_overwritten(mnist: Server, tmp_path: Path) -> None:
    folder = makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))
    path = folder / "t10k-images-idx3-ubyte"
    altered = path.read_bytes()[:-1] + b"\x00"
    path.write_bytes(altered)
    with pytest.raises(InputError, match="would be overwritten"):
        fetch("mnist", tmp_path, ignore)
    assert path.read_bytes() == altered


@pytest.mark.parametrize("fault", ["cut off", "wrong"])
def test_a_bad_download_leaves_nothing_behind(mnist: Server, tmp_path: Path, fault: str) -> None:
    last = "t10k-labels-idx1-ubyte.gz"
    if fault == "wrong":
        mnist.files[last] = b"something else"
    else:
        mnist.cut.add(last)
    with pytest.raises(WorkError) as caught:
        fetch("mnist", tmp_path, ignore)
    arrived = len(mnist.files[last]) // (1 if fault == "wrong" else 2)
    assert str(caught.value).startswith(
        f"cannot download {last} ({mnist.host}: HTTP status 404 Not Found; "
        f"{mnist.host}: {arrived} bytes arrived, with the wrong checksum)"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_never_ends_is_given_up(mnist: Server, tmp_path: Path) -> None:
    mnist.endless = set(mnist.files)
    arrived = [0]
    with pytest.raises(WorkError, match="more arrives than the file can have"):
        fetch("mnist", tmp_path, lambda _, bytes_so_far, __: arrived.append(bytes_so_far))
    assert max(arrived) < 4 << 20
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_download_left_is_removed_a_day_later(mnist: Server, tmp_path: Path) -> None:
    for name, age in ((".fetch-old", 2 * 24 * 3600), (".fetch-new", 60)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    fetch("mnist", tmp_path, ignore)
    assert [path.name for path in tmp_path.glob(".fetch-*")] == [".fetch-new"]


def test_no_network(mnist: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Server()
    closed.close()
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [f"http://{closed.host}/"])
    with pytest.raises(WorkError) as caught:
        fetch("mnist", tmp_path, ignore)
    assert str(caught.value) == (
        f"cannot download train-images-idx3-ubyte.gz ({closed.host}: Connection refused); "
        "where there is no network, copy the files and name their folder with --data-dir"
    )
    assert list(tmp_path.iterdir()) == []
    for compressed in (True, False):  # the advice, followed
        flat = makers.write(tmp_path / f"{compressed}", makers.idx_files(GREY), compressed=compressed)
        assert load(DataConfig(name="mnist"), flat).fingerprint.train_count == 6


def test_an_interrupted_download_leaves_nothing_behind(mnist: Server, tmp_path: Path) -> None:
    def interrupt(name: str, arrived: int, expected: int | None) -> None:
        if name.startswith("t10k") and arrived:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("mnist", tmp_path, interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(mnist: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot write into the data folder .*file"):
        fetch("mnist", tmp_path / "file", ignore)
    (tmp_path / "MNIST").write_text("in the way")
    with pytest.raises(WorkError, match=r"cannot write .*MNIST"):
        fetch("mnist", tmp_path, ignore)


def test_nothing_to_download(tmp_path: Path) -> None:
    assert fetch("digits", tmp_path, ignore) == "UCI optical digits, 8×8 is part of lrtui: there is nothing to download"
    with pytest.raises(InputError, match="there is no data set mnits; there is mnist, "):
        fetch("mnits", tmp_path, ignore)
