"""A study that begins with torchvision's trained weights: what it records, and by what its runs are known."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import torchvision
from torch import Tensor

from lrtui.cli import named
from lrtui.data import pretrained
from lrtui.nn import models
from lrtui.session import Session
from lrtui.store import folder
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.beginnings import beginnings
from lrtui.study.model_config import Start
from lrtui.study.spec import Study
from lrtui.train import seeds
from lrtui.train.checkpoint import Checkpoint

NETWORK = "shufflenet_v2_x0_5"
SETTINGS = (
    f"model.name={NETWORK}", "optim.lr=0.01", "sweep.replicates=1", "train.epochs=1", "train.keep=last", "data.train_limit=64",
    "data.val_limit=32", 'optim.groups=[{layers = ["*.conv*", "*.stage*"], frozen = true}]',
)  # fmt: skip


class Cache:
    """torch's cache with a file in it, which stands for what torchvision has."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self.path = at
        self.state: dict[str, Tensor] = {}

    def hold(self, seed: int) -> str:
        """Have other weights in it from now on; return their SHA-256."""
        torch.manual_seed(seed)
        self.state = torchvision.models.get_model(NETWORK).state_dict()
        file = io.BytesIO()
        torch.save(self.state, file)
        sha256 = hashlib.sha256(file.getvalue()).hexdigest()
        self.path = self.at / f"{NETWORK}-{sha256[:10]}.pth"
        self.at.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(file.getvalue())
        return sha256


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cache]:
    made = Cache(tmp_path / "torch" / "hub" / "checkpoints")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(pretrained, "address", lambda _: f"https://weights.example.org/{made.path.name}")
    monkeypatch.setattr(pretrained, "stream", lambda url: pytest.fail(f"the network is asked for {url}"))
    yield made


@pytest.fixture
def train(tiny: Callable[..., Study], train_study: Callable[..., Session]) -> Callable[[str], SavedStudy]:
    """Return a function that trains a study of one run, which begins with `torchvision:` and the name that it is given."""

    def trained(name: str) -> SavedStudy:
        session = train_study(tiny(*SETTINGS, f"model.start=torchvision:{name}"), fresh=False)
        assert session.wait(60)
        return open_study(session.path)

    return trained


def begun(study: SavedStudy) -> Start:
    start = study.study.runs[0].config.model.begins_with
    assert start is not None
    return start


def test_a_study_records_what_its_runs_begin_with(cache: Cache, train: Callable[[str], SavedStudy]) -> None:
    sha256 = cache.hold(1)
    one = train("DEFAULT")
    layers = "the first 56 of 57 layers; network.fc is drawn"
    assert begun(one) == Start(str(cache.path), sha256, "", layers)
    assert one.study.resolved["model"]["start"] == "torchvision:IMAGENET1K_V1"
    assert f"{NETWORK} begins with torchvision's IMAGENET1K_V1: {layers}" in (one.path / "log.txt").read_text()
    shown = named.load_as_it_began(one.id, (), one.path.parent).runs
    assert beginnings(shown) == [f"{NETWORK} begins with torchvision's IMAGENET1K_V1: {layers}"]
    _the_head_alone_was_trained(one, cache.state)

    again = train("IMAGENET1K_V1")
    assert again.runs["run_key"][0] == one.runs["run_key"][0], "DEFAULT was a name"
    assert again.runs["reused_from"][0] == one.id

    cache.hold(2)
    assert train("DEFAULT").runs["run_key"][0] != one.runs["run_key"][0], "they are known by what is in them"


def _the_head_alone_was_trained(study: SavedStudy, state: dict[str, Tensor]) -> None:
    after = Checkpoint.decoded(folder.kept_file(study.path, 1).read_bytes()).state["model"]
    assert isinstance(after, dict)
    for key in ("conv1.0.weight", "stage4.3.branch2.5.weight"):
        assert torch.equal(after[f"0.network.{key}"], state[key])
    drawn = models.build(study.study.runs[0].config.model, (1, 8, 8), 10, seeds.initialization(1)).state_dict()
    moved = (after["0.network.fc.weight"] - drawn["0.network.fc.weight"]).abs().max()
    assert 0 < moved < 0.1, "it began as it was drawn"
