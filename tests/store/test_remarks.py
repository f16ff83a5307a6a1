"""Title, tags and note of a study; deleting studies."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.store import deleting, remarks
from lrtui.store.catalogue import damaged_studies, list_studies, summarize
from lrtui.store.deleting import delete
from lrtui.store.folder import Lock
from lrtui.store.reader import open_study
from lrtui.store.remarks import Remarks
from lrtui.study.spec import Study
from tests.store.failing_disk import Died, FailingDisk


@pytest.fixture
def study(tiny: Callable[..., Study], train_study: Callable[..., Session]) -> Path:
    session = train_study(tiny("train.epochs=1", "sweep.replicates=1"))
    assert session.wait(60)
    return session.path


def test_they_are_shown_and_study_json_stays_as_it_was(study: Path) -> None:
    before = (study / "study.json").read_bytes()
    remarks.write(study, Remarks.of("My <b>title", ["base", "fast", "base"], "one\ntwo"))
    assert (study / "study.json").read_bytes() == before
    saved, summary = open_study(study), summarize(study)
    assert saved.study.title == summary.title == "My <b>title"
    assert saved.remarks.tags == summary.tags == ("base", "fast") and summary.note == "one\ntwo"
    remarks.write(study, remarks.renamed(remarks.read(study), ""))
    assert open_study(study).study.title == "Tiny" and remarks.read(study).tags == ("base", "fast")


@pytest.mark.parametrize("tag", ["", " ", "a b", "a,b", "<x>", "a\n", "x" * 41, "tag:a"])
def test_what_cannot_be_a_tag(tag: str) -> None:
    if tag.strip() != tag and tag.strip():
        assert Remarks.of(tags=[tag]).tags == (tag.strip(),)
        return
    with pytest.raises(InputError):
        Remarks.of(tags=[tag])


@pytest.mark.parametrize("title", ["two\nlines", "bell\a", "x" * 201, "\x9b31m", "\ud800"])
def test_what_cannot_be_a_title(title: str) -> None:
    with pytest.raises(InputError):
        Remarks.of(title)


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"tags": [1]}', b'{"title": 3}', b'{"tags": ["a b"]}', b"\xff", b'{"a":' * 9999, b" " * 1_000_001],
)
def test_damaged_ones_are_said_and_the_study_opens(study: Path, content: bytes) -> None:
    (study / remarks.FILE).write_bytes(content)
    saved = open_study(study)
    assert saved.remarks == Remarks() and any("remarks.json: is damaged" in warning for warning in saved.warnings)
    assert summarize(study).title == "Tiny"
    with pytest.raises(InputError, match="is damaged"):
        remarks.read(study)


def test_a_study_is_deleted_with_all_that_is_in_it_and_nothing_else(study: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (study / "link").symlink_to(outside, target_is_directory=True)
    delete(study)
    assert not list(study.parent.iterdir()) and (outside / "kept").exists()


def test_what_is_trained_a_link_and_what_is_no_study_are_not_deleted(study: Path, tmp_path: Path) -> None:
    lock = Lock(study)
    with pytest.raises(InputError, match="is being trained"):
        delete(study)
    lock.release()
    link = study.parent / "link"
    link.symlink_to(study, target_is_directory=True)
    with pytest.raises(InputError, match="is a link"):
        delete(link)
    with pytest.raises(InputError, match="not a study"):
        delete(tmp_path)
    assert open_study(study).id == study.name


def test_a_kill_while_it_is_deleted_leaves_the_whole_study_or_none(
    study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for at in (1, 2):
        with monkeypatch.context() as patch, pytest.raises(Died):
            FailingDisk(patch, study.parent, at)
            delete(study)
        runs = list_studies(study.parent)
        assert not damaged_studies(study.parent)
        if at == 1:
            assert [one.id for one in runs] == [study.name] and open_study(study).left == ()
    assert not list_studies(study.parent) and list(study.parent.iterdir())


def test_what_a_kill_left_goes_with_the_next_that_is_deleted(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = study.with_name("other")
    shutil.copytree(study, other)

    def die(path: Path) -> None:
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(deleting.shutil, "rmtree", die)
        delete(study)
    assert [one.id for one in list_studies(study.parent)] == ["other"]
    delete(other)
    assert not list(study.parent.iterdir())


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(study: Path) -> None:
    study.parent.chmod(0o500)
    study.chmod(0o500)
    try:
        with pytest.raises(InputError, match="cannot be deleted"):
            delete(study)
        with pytest.raises(InputError, match="cannot write"):
            remarks.write(study, Remarks.of("x"))
    finally:
        study.parent.chmod(0o700)
        study.chmod(0o700)
