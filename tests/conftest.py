"""What tests share: small studies on made data, and the session that trains them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from lrtui.study import preset
from lrtui.study.spec import Study

settings.register_profile("busy", deadline=None)  # a slow moment of the machine is no counterexample
settings.load_profile("busy")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: threads that wait for each other starve on a busy machine

TINY = """
title = "Tiny"
[data]
name = "synthetic"
train_limit = 320
val_limit = 100
[model]
name = "mlp"
hidden = [16]
[optim]
name = "sgd"
[train]
epochs = 3
batch_size = 32
[sweep]
"optim.lr" = [1e-2, 1e-1]
replicates = 2
"""


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the data, the studies or the presets of the person who runs it."""
    monkeypatch.setenv("LRTUI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LRTUI_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _lanes_in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes are threads, which tests can reach into; those marked `processes` have them as people do."""
    if "processes" not in request.keywords:
        monkeypatch.setattr("lrtui.engine.cores.PROCESSES", False)


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Study]:
    """Return a maker of small studies: two rates × two replicates of an MLP on synthetic images, overridden at will."""

    def make(*overrides: str) -> Study:
        path = tmp_path / "tiny.toml"
        path.write_text(TINY)
        return preset.load_file(path, overrides=overrides)

    return make


@pytest.fixture
def train_study(tmp_path: Path) -> Iterator[Callable[..., "object"]]:
    """Return a function that starts a Session on a study, trained anew; what is still under way is stopped at the end."""
    from lrtui.session import Session

    sessions: list[Session] = []

    def start(study: Study, **options: object) -> Session:
        options = {
            "device": "cpu",
            "runs_dir": tmp_path / "runs",
            "data_dir": tmp_path / "data",
            "fresh": True,
            **options,
        }
        session = Session.start(study, **options)
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.stop_study()
        assert session.wait(60)
