"""Runs that the runs folder knows are taken over, whole, and said to be."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lrtui.book.caveats import caveats
from lrtui.book.grouping import group, study_runs
from lrtui.book.scenario import Trained
from lrtui.session import Session
from lrtui.store import known
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study import preset
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import Study
from tests.engine.test_resume import trained_until

Tiny = Callable[..., Study]
Start = Callable[..., Session]


def ended(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def numbers(saved: SavedStudy) -> list[pl.DataFrame]:
    """Return all that was measured, without times and origins."""
    runs = saved.runs.drop("reused_from", pl.selectors.matches("seconds"))
    return [runs, saved.epochs.drop("seconds"), saved.layers, saved.curvature, saved.finder]


def trained(saved: SavedStudy) -> set[int]:
    """Return the runs that were trained in the study itself, by its log."""
    return {int(event.text.split()[1]) for event in saved.events if " started on " in event.text}


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("health.measure=true", "model.dropout=0.2", "mc_dropout.samples=2"),
        ("curvature.measure=true", "curvature.every=2", "curvature.images=20", "optim.momentum=0.5"),
        ("optim.lr=find", "data.name=digits", "finder.seeds=2"),
        ("optim.lr=[0.1, 1e9]", "model.batch_norm=before", "inference.dtypes=['bfloat16']"),
        ("early_stopping.patience=1", "pruning.name=after", "pruning.target=0.5"),
    ],
)
def test_what_is_known_is_as_if_it_had_been_trained_here(tiny: Tiny, train_study: Start, more: tuple[str, ...]) -> None:
    old = ended(train_study(tiny("sweep.replicates=1", *more)))
    study = tiny("sweep.replicates=2", *more)
    new = ended(train_study(study, fresh=False))
    assert new.status is StudyStatus.DONE
    replicates = new.runs["replicate"].to_list()
    origins = new.runs["reused_from"].to_list()
    assert origins == [old.id if replicate == 1 else None for replicate in replicates]
    assert len(trained(new)) == replicates.count(2)
    anew = ended(train_study(study))
    assert anew.runs["reused_from"].null_count() == len(study.runs)
    for one, other in zip(numbers(new), numbers(anew), strict=True):
        assert_frame_equal(one, other, check_exact=True)


def test_a_study_that_asks_for_the_curvature_takes_over_no_run_without_it(tiny: Tiny, train_study: Start) -> None:
    ended(train_study(tiny()))
    asked = ended(train_study(tiny("curvature.measure=true"), fresh=False))
    assert asked.runs["reused_from"].null_count() == len(asked.runs)
    assert set(asked.curvature["run"]) == set(asked.runs["run"])
    assert ended(train_study(tiny(), fresh=False)).runs["reused_from"].null_count() == 0  # from the first: it has none


def test_taking_over_everything_trains_nothing_and_takes_no_time(tiny: Tiny, train_study: Start) -> None:
    old = ended(train_study(tiny()))
    session = train_study(tiny(), fresh=False)
    new = ended(session)
    assert trained(new) == set()
    assert [event.text for event in new.events][-2:] == [f"4 runs known from {old.id}", "study done"]
    assert new.duration is not None and new.duration < sum(old.runs["seconds"])
    assert new.runs["seconds"].equals(old.runs["seconds"])
    assert session.board.snapshot().images_per_second == 0


def test_the_origin_is_the_study_that_trained(tiny: Tiny, train_study: Start) -> None:
    first = ended(train_study(tiny()))
    second = ended(train_study(tiny(), fresh=False))
    third = ended(train_study(tiny(), fresh=False))
    assert set(second.runs["reused_from"]) == set(third.runs["reused_from"]) == {first.id}
    shutil.rmtree(first.path)
    assert set(ended(train_study(tiny(), fresh=False)).runs["reused_from"]) == {first.id}


def test_only_finished_runs_of_a_stopped_study_are_taken(tiny: Tiny, train_study: Start) -> None:
    session = train_study(tiny("train.epochs=200", "optim.lr=[0.01, 0.1]"), lanes=1)
    session.stop_run(1)
    while sum(state.status is RunStatus.DONE for state in session.board.snapshot().runs) < 1:
        assert not session.wait(0.01)
    session.stop_study()
    stopped = ended(session)
    done = set(stopped.runs.filter(pl.col("status") == "done")["run_key"])
    assert stopped.status is StudyStatus.STOPPED and 0 < len(done) < 4
    new = ended(train_study(tiny("train.epochs=200", "optim.lr=[0.01, 0.1]"), fresh=False))
    assert set(new.runs.filter(pl.col("reused_from").is_not_null())["run_key"]) == done


def damage(path: Path, what: str) -> None:
    if what == "study.json":
        (path / what).write_text("{")
    elif what == "no epochs":
        (path / "epochs.parquet").unlink()
    elif what == "an epoch less":
        epochs = pl.read_parquet(path / "epochs.parquet")
        epochs.filter(pl.col("epoch") != 2).write_parquet(path / "epochs.parquet")
    elif what == "torch":
        document = json.loads((path / "study.json").read_text())
        document["versions"]["torch"] = "1.0"
        (path / "study.json").write_text(json.dumps(document))
    else:
        (path / what).write_bytes(b"PAR1 damaged")


@pytest.mark.parametrize(
    "what", ["study.json", "runs.parquet", "epochs.parquet", "no epochs", "an epoch less", "torch"]
)
def test_what_is_damaged_or_of_another_torch_is_passed_over(tiny: Tiny, train_study: Start, what: str) -> None:
    old = ended(train_study(tiny()))
    damage(old.path, what)
    assert ended(train_study(tiny(), fresh=False)).runs["reused_from"].null_count() == 4


def test_older_studies_are_known_by_their_settings(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ended(train_study(tiny()))
    document = json.loads((old.path / "study.json").read_text())
    for key in ("numerics", "keys"):
        del document[key]
    document["versions"]["lrtui"] = "0.1.0"
    (old.path / "study.json").write_text(json.dumps(document))
    pl.read_parquet(old.path / "runs.parquet").drop("run_key", "reused_from").write_parquet(old.path / "runs.parquet")
    assert ended(train_study(tiny(), fresh=False)).runs["reused_from"].null_count() == 4
    shutil.rmtree(next(path for path in old.path.parent.iterdir() if path != old.path))
    monkeypatch.setattr(known, "_NUMERICS_OF_VERSION", {"0.1": document_numerics()})
    assert set(ended(train_study(tiny(), fresh=False)).runs["reused_from"]) == {old.id}


def document_numerics() -> int:
    from lrtui.train.numerics import NUMERICS

    return NUMERICS


def test_a_range_test_study_gives_and_takes_nothing(tiny: Tiny, train_study: Start) -> None:
    study = tiny("finder.iterations=20")
    for _ in range(2):
        saved = ended(train_study(study, find_only=True, fresh=False))
        assert saved.runs["run_key"].null_count() == saved.runs["reused_from"].null_count() == len(study.runs)
    assert ended(train_study(study, fresh=False)).runs["reused_from"].null_count() == len(study.runs)


def test_a_study_under_way_gives_what_it_has_finished(tiny: Tiny, train_study: Start) -> None:
    study = tiny("train.epochs=300")
    under_way = train_study(study, lanes=1)
    while not any(state.status is RunStatus.DONE for state in under_way.snapshot().runs):
        assert not under_way.wait(0.01)
    beside = train_study(study, lanes=1, fresh=False)
    assert under_way.path.name in {state.reused_from for state in beside.snapshot().runs}
    for session in (under_way, beside):
        session.stop_study()


def test_a_killed_study_gives_what_it_had_finished(tiny: Tiny, train_study: Start, tmp_path: Path) -> None:
    study = tiny()
    folders = {"runs_dir": tmp_path / "runs", "data_dir": tmp_path / "data"}
    path = trained_until(lambda: Session.start(study, device="cpu", lanes=1, **folders), moment=14)
    left = open_study(path)
    assert left.status is StudyStatus.INTERRUPTED
    finished = {state.spec.run for state in left.states if state.status is RunStatus.DONE}
    assert 0 < len(finished) < 4
    saved = ended(train_study(study, fresh=False))
    assert {
        run for run, origin in saved.runs.select("run", "reused_from").iter_rows() if origin == path.name
    } == finished
    anew = ended(train_study(study))
    for one, other in zip(numbers(saved), numbers(anew), strict=True):
        assert_frame_equal(one, other, check_exact=True)


def test_what_was_taken_over_stays_so_when_a_study_is_resumed(tiny: Tiny, train_study: Start, tmp_path: Path) -> None:
    first = ended(train_study(tiny("sweep.replicates=1", "train.epochs=300")))
    session = train_study(tiny("train.epochs=300"), lanes=1, fresh=False)
    session.stop_study()
    assert ended(session).runs["reused_from"].to_list() == [first.id, None, first.id, None]
    resumed = Session.resume(session.path, data_dir=tmp_path / "data")
    saved = ended(resumed)
    assert saved.status is StudyStatus.DONE
    assert saved.runs["reused_from"].to_list() == [first.id, None, first.id, None]
    assert saved.runs["run_key"].equals(ended(train_study(tiny("train.epochs=300"))).runs["run_key"])


def test_an_origin_that_vanishes_meanwhile_is_trained_anew(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(path: Path) -> SavedStudy:
        shutil.rmtree(path)
        return open_study(path)

    train_study(tiny()).wait(60)
    monkeypatch.setattr(known, "open_study", vanish)
    saved = ended(train_study(tiny(), fresh=False))
    assert saved.status is StudyStatus.DONE and saved.runs["reused_from"].null_count() == 4


def test_kept_weights_that_vanish_meanwhile_are_trained_anew(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ended(train_study(tiny("train.keep=last")))

    def lose(*arguments: Any, **options: Any) -> known.Known:
        found = known.known_runs(*arguments, **options)
        shutil.rmtree(old.path / "checkpoints")
        return found

    monkeypatch.setattr("lrtui.taking_over.known_runs", lose)
    saved = ended(train_study(tiny("train.keep=last"), fresh=False))
    assert saved.status is StudyStatus.DONE and saved.runs["reused_from"].null_count() == 4
    assert len(list((saved.path / "checkpoints").iterdir())) == 4


def test_variants_that_say_the_same_are_both_known(tmp_path: Path, tiny: Tiny, train_study: Start) -> None:
    tiny()
    path = tmp_path / "twins.toml"
    path.write_text('extends = "tiny.toml"\n[variants.one]\n[variants.two]\noptim.momentum = 0.0\n')
    twins = preset.load_file(path, overrides=["sweep.replicates=1"])
    old = ended(train_study(twins))
    assert len(set(old.runs["run_key"])) == 2 and len(old.runs) == 4
    for study in (twins, tiny("sweep.replicates=1")):
        assert set(ended(train_study(study, fresh=False)).runs["reused_from"]) == {old.id}


def test_seconds_are_those_of_the_machine_that_trained(tiny: Tiny, train_study: Start) -> None:
    old = ended(train_study(tiny("sweep.replicates=1")))
    document = json.loads((old.path / "study.json").read_text())
    document["device"]["name"] = "Another Processor"
    (old.path / "study.json").write_text(json.dumps(document))
    new = ended(train_study(tiny("sweep.replicates=2", "optim.lr=[0.01, 0.1, 0.3]"), lanes=1, fresh=False))
    grouping = group("rates", study_runs([Trained.of(new)]), lambda run: run.spec.scenario)
    assert [sorted(lanes for _, lanes in scenario.machines) for scenario in grouping.scenarios] == [[1, 2], [1, 2], [1]]
    assert any("Another Processor" in name for name, _ in grouping.scenarios[0].machines)
    said = list(caveats(grouping))
    assert any(f"2 of 6 runs known from {old.id}" in sentence for sentence in said)
    assert any("on different machines" in sentence for sentence in said)
    assert not any("known from" in sentence for sentence in caveats(grouping, timed=False))


def test_many_studies_are_looked_at_quickly(tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an ended study that has nothing to give only study.json and two columns are read."""
    old = ended(train_study(tiny()))
    for number in range(50):
        shutil.copytree(old.path, old.path.with_name(f"20200101-000000-copy-{number}"))
    opened: list[Path] = []

    def note(path: Path) -> SavedStudy:
        opened.append(path)
        return open_study(path)

    monkeypatch.setattr(known, "open_study", note)
    assert ended(train_study(tiny("optim.momentum=0.5"), fresh=False)).runs["reused_from"].null_count() == 4
    assert opened == []
    assert ended(train_study(tiny(), fresh=False)).runs["reused_from"].null_count() == 0
    assert len(opened) == 1
