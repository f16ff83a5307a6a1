"""A model family that lrtui does not know is checked, trained and saved like any other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study import preset
from lrtui.study.problems import PresetError
from lrtui.study.records import StudyStatus
from tests.toy import register


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return register(monkeypatch, tmp_path)


def test_it_is_checked_shown_and_resolved(file: Path) -> None:
    assert preset.check_file(file) == []
    study = preset.load_file(file)
    assert study.scenarios == tuple(f"toy-synthetic-sgd-1e-1 model.halvings={count}" for count in (0, 3))
    assert study.resolved["model"]["name"] == "toy"
    assert preset.from_resolved("toy", study.resolved).runs == study.runs
    assert "halvings" in preset.resolved_toml(study)


def test_what_is_wrong_with_it_is_said(file: Path) -> None:
    for said, message in (
        ("model.halvings=-1", "model.halvings: must be at least 0, got -1"),
        ("model.hidden=[3]", "model.hidden: toy has no such key; it belongs to mlp"),
        (
            "model.name=tay",
            'model.name: expected mlp, cnn, rnn, lstm, gru, transformer or toy, got "tay"; did you mean toy?',
        ),
    ):
        with pytest.raises(PresetError) as caught:
            preset.load_file(file, overrides=[said])
        assert message in str(caught.value)


def test_it_is_trained_and_saved(file: Path, train_study: Callable[..., Session]) -> None:
    study = preset.load_file(file, overrides=["health.measure=true"])
    session = train_study(study)
    assert session.wait(60)
    saved = open_study(session.path)
    assert saved.status is StudyStatus.DONE
    assert saved.study.runs == study.runs
    assert saved.runs["model"].to_list() == ["toy", "toy"]
    assert saved.runs["model.halvings"].to_list() == [0, 3]
    assert saved.layers["name"].unique().to_list() == ["output"]
