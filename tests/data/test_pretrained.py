"""torchvision's trained weights: downloaded into torch's cache if they are not there, and checked by their names."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torchvision

from lrtui.data import pretrained
from lrtui.data.download import NetworkError
from lrtui.data.pretrained import fetch, fetch_again, with_pretrained
from lrtui.errors import InputError, WorkError
from lrtui.study.binding import bound_to_starts
from lrtui.study.networks import TorchvisionConfig
from lrtui.study.spec import Study
from lrtui.study.torchvision_names import TORCHVISION

Tiny = Callable[..., Study]
CONTENT = bytes(range(256)) * 1000
SHA = hashlib.sha256(CONTENT).hexdigest()
URL = f"https://weights.example.org/models/resnet18-{SHA[:8]}.pth"


@dataclass
class Network:
    """What stands in for the network: what it delivers, in two pieces, and which addresses it was asked for."""

    content: bytes = CONTENT
    problem: str = ""
    asked: list[str] = field(default_factory=list)

    def stream(self, url: str) -> Iterator[tuple[bytes, int | None]]:
        self.asked.append(url)
        yield b"", len(CONTENT)
        yield self.content[:1000], len(CONTENT)
        if self.problem:
            raise NetworkError(self.problem)
        yield self.content[1000:], len(CONTENT)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Network:
    made = Network()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(pretrained, "address", lambda _: URL)
    monkeypatch.setattr(pretrained, "stream", made.stream)
    return made


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    """Return where torch keeps the file."""
    return tmp_path / "torch" / "hub" / "checkpoints" / URL.rpartition("/")[2]


@pytest.fixture
def study(tiny: Tiny) -> Study:
    return tiny("model.name=resnet18", "model.start=torchvision:DEFAULT")


def test_they_are_downloaded_once(network: Network, cached: Path, study: Study) -> None:
    for _ in range(2):
        starts = {spec.config.model.begins_with for spec in with_pretrained(study).runs}
        assert [(start.path, start.sha256) for start in starts if start] == [(str(cached), SHA)]
    assert network.asked == [URL]
    assert list(cached.parent.iterdir()) == [cached], "nothing else is left behind"
    assert cached.read_bytes() == CONTENT


def test_what_is_in_the_cache_needs_no_network(network: Network, cached: Path, study: Study) -> None:
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CONTENT)
    assert all(spec.config.model.begins_with for spec in with_pretrained(study).runs)
    assert network.asked == []


def test_a_study_without_them_asks_nobody(network: Network, cached: Path, tiny: Tiny) -> None:
    study = tiny()
    assert with_pretrained(study) is study
    assert not cached.parent.exists()


def test_a_truncated_file_in_the_cache_is_refused_and_stays(network: Network, cached: Path, study: Study) -> None:
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CONTENT[:-1])
    with pytest.raises(InputError) as caught:
        with_pretrained(study)
    found = hashlib.sha256(CONTENT[:-1]).hexdigest()[:8]
    assert str(caught.value) == (
        f"model.start: {cached} is not what its name says: its SHA-256 begins with {found}; remove it, and it is downloaded again"
    )
    assert network.asked == []
    assert cached.read_bytes() == CONTENT[:-1]


@pytest.mark.parametrize(
    ("content", "problem", "reason"),
    [
        (CONTENT, "Connection refused", "Connection refused"),
        (CONTENT[:-1], "", "255,999 bytes arrived, with the wrong checksum"),
    ],
)
def test_a_download_that_fails_says_in_a_line_where_the_file_belongs(
    network: Network, cached: Path, study: Study, content: bytes, problem: str, reason: str
) -> None:
    network.content, network.problem = content, problem
    with pytest.raises(WorkError) as caught:
        with_pretrained(study)
    assert str(caught.value) == (
        f"cannot download {URL} ({reason}); where there is no network, put the file into {cached.parent}"
    )
    assert list(cached.parent.iterdir()) == []


def test_a_download_that_is_given_up_leaves_nothing(network: Network, cached: Path, study: Study) -> None:
    seen: list[tuple[str, int, int | None]] = []

    def arriving(*progress: object) -> None:
        seen.append(progress)  # type: ignore[arg-type]
        if progress[1]:
            raise SystemExit(130)

    with pytest.raises(SystemExit):
        fetch(study.runs, arriving)
    assert seen == [(cached.name, 0, len(CONTENT)), (cached.name, 1000, len(CONTENT))]
    assert list(cached.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(network: Network, cached: Path, study: Study, tmp_path: Path) -> None:
    (tmp_path / "torch").write_text("a file")
    with pytest.raises(InputError, match=r"model.start: cannot write into .*: Not a directory"):
        fetch(study.runs)


def test_a_study_that_goes_on_has_its_file_fetched_to_where_it_was(
    network: Network, study: Study, tmp_path: Path
) -> None:
    start = pretrained.Start(str(tmp_path / "elsewhere" / f"resnet18-{SHA[:8]}.pth"), SHA, "")
    begun = bound_to_starts(study, {spec.run: start for spec in study.runs})
    fetch_again(begun.runs)
    fetch_again(begun.runs)
    assert Path(start.path).read_bytes() == CONTENT
    assert network.asked == [URL]


def test_a_study_that_is_run_anew_looks_into_the_cache_of_today(
    network: Network, cached: Path, study: Study, tmp_path: Path
) -> None:
    start = pretrained.Start(str(tmp_path / "elsewhere" / f"resnet18-{SHA[:8]}.pth"), "0" * 64, "")
    again = with_pretrained(bound_to_starts(study, {spec.run: start for spec in study.runs}))
    assert {spec.config.model.begins_with for spec in again.runs} == {pretrained.Start(str(cached), SHA, "")}


def test_the_names_are_those_of_torchvision() -> None:
    known = {name for name in torchvision.models.list_models(torchvision.models) if not name.startswith("quantized")}
    assert known == TORCHVISION.keys()
    for name, weights in TORCHVISION.items():
        there = torchvision.models.get_model_weights(name)
        assert {*weights} == {one.name for one in there}
        assert weights[0] == there["DEFAULT"].name


def test_every_file_tells_its_hash_in_its_name() -> None:
    for name, weights in TORCHVISION.items():
        for one in weights:
            url = str(torchvision.models.get_model_weights(name)[one].url)
            assert len(pretrained._hash_in(pretrained.place(url))) >= 8


def test_weights_that_this_torchvision_has_not_are_told() -> None:
    model = TorchvisionConfig(name="resnet50").model_copy(update={"start": "torchvision:IMAGENET1K_V9"})
    with pytest.raises(InputError, match="this torchvision has no weights IMAGENET1K_V9 of resnet50"):
        pretrained.address(model)
