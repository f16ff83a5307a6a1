"""What a study tells of the sittings it was trained in."""

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lrtui.report.facts import facts
from lrtui.report.summary import summary
from lrtui.store import sittings
from lrtui.store.reader import open_study
from lrtui.store.sittings import Sitting, resumed
from lrtui.store.writer import StudyWriter
from lrtui.study.records import StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import RunState

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.timezone.utc)
DEVICE = {"kind": "cpu", "name": "test"}


def sitting(hour: int, status: str, host: str = "box") -> Sitting:
    start = NOON + dt.timedelta(hours=hour)
    return Sitting(start, start + dt.timedelta(minutes=5), StudyStatus(status), 300.0, host)


@pytest.mark.parametrize(
    ("had", "text"),
    [
        ([sitting(0, "done")], ""),
        ([sitting(0, "stopped"), sitting(1, "done")], "resumed once on 2026-11-21 13:00 UTC, after it was stopped"),
        (
            [sitting(0, "stopped"), sitting(1, "interrupted", "node2"), sitting(2, "done")],
            "resumed 2 times, last on 2026-11-21 14:00 UTC, after it was interrupted; trained on box, node2",
        ),
        (
            [sitting(0, "interrupted"), replace(sitting(1, "done"), handed_over=True)],
            "resumed once on 2026-11-21 13:00 UTC, after it was left to the background",
        ),
    ],
)
def test_the_sentence(had: list[Sitting], text: str) -> None:
    assert resumed(had) == text


def stopped(study: Study, runs_dir: Path, seconds: float) -> Path:
    writer = StudyWriter.create(runs_dir, study, device=DEVICE, lanes=1, threads=1, fingerprints=[])
    writer.finish(StudyStatus.STOPPED, "", [RunState(spec) for spec in study.runs], seconds=seconds)
    return writer.path


def reopen(study: Study, path: Path) -> StudyWriter:
    states = [RunState(spec) for spec in study.runs]
    return StudyWriter.reopen(path, study, states, device=DEVICE, lanes=2, threads=1)


def test_seconds_add_up_and_every_reader_hears_of_it(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    path = stopped(study, tmp_path, 10.0)
    writer = reopen(study, path)
    assert sittings.trained_before(writer.document) == 10.0
    writer.finish(StudyStatus.STOPPED, "", [RunState(spec) for spec in study.runs], seconds=12.5)
    saved = open_study(path)
    assert saved.seconds == 12.5
    assert [one.seconds for one in saved.sittings] == [10.0, 2.5]
    assert dict(facts(saved))["resumed"].startswith("once on ")
    assert [one["status"] for one in summary(saved)["sittings"]] == ["stopped", "stopped"]
    assert json.loads((path / "study.json").read_text())["sittings"][1]["lanes"] == 2


def test_a_process_that_died_trained_until_it_last_wrote(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    writer = StudyWriter.create(tmp_path, study, device=DEVICE, lanes=1, threads=1, fingerprints=[])
    writer.let_go()
    began = dt.datetime.fromisoformat(writer.document["started"]).timestamp()
    for file in writer.path.rglob("*"):
        os.utime(file, (began + 90, began + 90))
    again = reopen(study, writer.path)
    again.finish(StudyStatus.STOPPED, "", [RunState(spec) for spec in study.runs], seconds=91.0)
    first, second = open_study(writer.path).sittings
    assert (first.status, first.seconds) == (StudyStatus.INTERRUPTED, 90.0)
    assert second.seconds == 1.0


def test_a_study_of_an_earlier_version_had_one(tiny: Callable[..., Study], tmp_path: Path) -> None:
    path = stopped(tiny(), tmp_path, 7.0)
    document = json.loads((path / "study.json").read_text())
    del document["sittings"]
    (path / "study.json").write_text(json.dumps(document))
    (only,) = open_study(path).sittings
    assert (only.seconds, only.status, only.host) == (7.0, StudyStatus.STOPPED, "")
    writer = reopen(tiny(), path)
    writer.finish(StudyStatus.STOPPED, "", [RunState(spec) for spec in tiny().runs], seconds=8.0)
    assert [one.seconds for one in open_study(path).sittings] == [7.0, 1.0]
