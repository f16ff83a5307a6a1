"""`lrtui delete`, `rename`, `tag`, `note`, and `lrtui studies --filter`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.session import Session
from lrtui.store import remarks
from lrtui.store.folder import Lock
from lrtui.study.spec import Study
from tests.cli.conftest import Result

Run = Callable[..., Result]


@pytest.fixture
def study(tiny: Callable[..., Study], train_study: Callable[..., Session]) -> Path:
    session = train_study(tiny("train.epochs=1", "sweep.replicates=1"))
    assert session.wait(60)
    return session.path


def test_title_tags_and_note_are_kept_listed_and_reported(lrtui: Run, study: Path) -> None:
    runs = ("--runs-dir", study.parent)
    assert lrtui("tag", study.name, "base", "fast", *runs).out == "base fast\n"
    assert lrtui("tag", study.name, "v2", "--remove", "fast", *runs).out == "base v2\n"
    assert lrtui("note", study.name, *runs).out == "no note\n"
    assert lrtui("note", study.name, "why\x1b[31m", *runs).status == 0
    assert "\x1b" not in lrtui("note", study.name, *runs).out
    assert lrtui("rename", study.name, "<script>alert(1)</script> & co", *runs).status == 0
    listed = lrtui("studies", *runs).out
    assert "base, v2" in listed and "<script>alert(1)</script> & co" in listed
    (one,) = json.loads(lrtui("studies", "--json", *runs).out)
    assert one["tags"] == ["base", "v2"] and one["note"].startswith("why")
    report = lrtui("report", study.name, *runs).out
    assert "base, v2" in report and "why" in report and "\x1b" not in report
    page = lrtui("report", study.name, "--format", "html", *runs).out
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert lrtui("rename", study.name, "", *runs).status == 0
    assert "Tiny" in lrtui("studies", *runs).out


@pytest.mark.parametrize(
    "arguments",
    [
        ("tag", "last", "a,b"),
        ("tag", "last", "a b"),
        ("tag", "last", ""),
        ("rename", "last", "two\nlines"),
        ("rename", "last", "x" * 201),
        ("note", "last", "\udcff"),
        ("note", "last", "x" * 20_001),
        ("tag", "nothing", "a"),
    ],
)
def test_what_cannot_be_kept_is_one_line(lrtui: Run, study: Path, arguments: tuple[str, ...]) -> None:
    done = lrtui(*arguments, "--runs-dir", study.parent)
    assert done.status == 2 and done.err.startswith("lrtui: ") and done.err.count("\n") == 1
    assert not (study / remarks.FILE).exists()


def test_a_study_that_is_trained_may_be_tagged_but_not_deleted(lrtui: Run, study: Path) -> None:
    lock = Lock(study)
    assert lrtui("tag", study.name, "now", "--runs-dir", study.parent).status == 0
    done = lrtui("delete", study.name, "--yes", "--runs-dir", study.parent)
    assert done.status == 2 and "is being trained" in done.err and study.is_dir()
    lock.release()


@pytest.mark.parametrize("name", ["last", "tiny", "", " "])
def test_only_what_names_one_study_for_good_is_deleted(lrtui: Run, study: Path, name: str) -> None:
    done = lrtui("delete", name, "--yes", "--runs-dir", study.parent)
    assert done.status == 2 and study.is_dir()


def test_deleting_asks_and_without_a_terminal_refuses(lrtui: Run, study: Path) -> None:
    done = lrtui("delete", study.name, "--runs-dir", study.parent)
    assert done.status == 2 and "--yes" in done.err and study.is_dir()
    done = lrtui("delete", study.name, study, "--yes", "--runs-dir", study.parent)
    assert done.status == 0 and done.out == f"deleted: {study.name}\n" and not study.exists()


def test_none_is_deleted_if_one_cannot_be(lrtui: Run, study: Path) -> None:
    done = lrtui("delete", study.name, "nothing", "--yes", "--runs-dir", study.parent)
    assert done.status == 2 and study.is_dir()


def test_studies_are_filtered(lrtui: Run, study: Path) -> None:
    runs = ("--runs-dir", study.parent)
    lrtui("tag", study.name, "base", *runs)
    for wanted in ("tag:base status:done", "preset:tiny optim.lr>1e-9", "train.epochs<=1"):
        assert study.name in lrtui("studies", "--filter", wanted, *runs).out
    for wanted in ("tag:bas", "status:failed", "train.epochs>=2", "nowhere"):
        assert study.name not in lrtui("studies", "--filter", wanted, *runs).out


def test_where_a_filter_does_not_parse_is_shown(lrtui: Run, study: Path) -> None:
    done = lrtui("studies", "--filter", "é漢 tag:base optim.lrr>1", "--runs-dir", study.parent)
    assert done.status == 2 and not done.out
    line, caret, error = done.err.splitlines()
    assert line == "  é漢 tag:base optim.lrr>1" and caret == " " * 15 + "^"
    assert error == "lrtui: filter, column 13: unknown key optim.lrr; did you mean optim.lr?"


def test_remarks_that_cannot_be_read_are_said_and_the_study_is_listed(lrtui: Run, study: Path) -> None:
    (study / remarks.FILE).write_bytes(b"{")
    done = lrtui("studies", "--runs-dir", study.parent)
    assert study.name in done.out and "remarks.json: is damaged: not JSON" in done.err
    assert lrtui("tag", study.name, "x", "--runs-dir", study.parent).status == 2
