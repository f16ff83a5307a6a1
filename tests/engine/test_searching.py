"""A study that searches its rates: what is trained, stopped, resumed; what is left out is nowhere shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.report.table import results_table
from lrtui.session import Session
from lrtui.store.catalogue import summarize
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.shards import Shard
from lrtui.study.spec import Study

Start = Callable[..., Session]
Tiny = Callable[..., Study]
SEARCH = (
    "sweep.search=bracket",
    "optim.lr=1e-3..10 x5",
    "sweep.replicates=2",
    "sweep.resolution=2",
    "data.name=digits",
    "train.epochs=6",
)


def finish(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def figures(saved: SavedStudy) -> list[tuple[object, ...]]:
    return saved.epochs.select("run", "epoch", "train_loss", "val_loss", "val_accuracy").rows()


def test_it_trains_what_it_asks_for_and_ends_done(tiny: Tiny, train_study: Start) -> None:
    study = tiny(*SEARCH)
    saved = finish(train_study(study))
    statuses = [state.status for state in saved.states]
    assert saved.status is StudyStatus.DONE and set(statuses) == {RunStatus.DONE, RunStatus.UNTRIED}
    tried = statuses.count(RunStatus.DONE)
    assert 5 < tried <= study.budget < len(study.runs)
    assert not saved.left and saved.complete
    assert len(saved.runs) == tried == saved.snapshot().runs_total
    assert {row[0] for row in saved.epochs.select("run").rows()} == set(saved.runs["run"])
    assert len(results_table(saved.result).rows) == len(set(saved.runs["scenario"]))
    summary = summarize(saved.path)
    assert (summary.runs_done, summary.runs_total) == (tried, tried)
    assert any("the search tried" in event.text for event in saved.events)


def test_one_lane_and_two_come_to_the_same(tiny: Tiny, train_study: Start) -> None:
    one, two = (finish(train_study(tiny(*SEARCH), lanes=lanes)) for lanes in (1, 2))
    assert figures(one) == figures(two)


def test_stopped_it_goes_on_where_it_was(tiny: Tiny, train_study: Start, tmp_path: Path) -> None:
    whole = finish(train_study(tiny(*SEARCH)))
    session = train_study(tiny(*SEARCH))
    while not session.snapshot().runs_ended:
        assert not session.wait(0.002)
    session.stop_study()
    broken = finish(session)
    assert broken.status is StudyStatus.STOPPED and broken.left
    again = finish(Session.resume(broken.path, data_dir=tmp_path / "data"))
    assert again.status is StudyStatus.DONE
    assert figures(again) == figures(whole)
    assert [state.status for state in again.states] == [state.status for state in whole.states]


def test_a_rate_that_is_skipped_before_it_is_asked_for_is_not_asked_for(tiny: Tiny, train_study: Start) -> None:
    whole = finish(train_study(tiny(*SEARCH)))
    late = next(state for state in whole.states if state.status is RunStatus.DONE and state.spec.replicate == 2).spec
    session = train_study(tiny(*SEARCH), lanes=1)
    session.stop_run(late.run)
    saved = finish(session)
    assert saved.states[late.run - 1].status is RunStatus.STOPPED
    assert saved.status is StudyStatus.STOPPED


def test_where_everything_diverges_it_ends_after_its_first_rates(tiny: Tiny, train_study: Start) -> None:
    saved = finish(train_study(tiny(*SEARCH[:1], "optim.lr=[1e8, 1e9, 1e10]", "sweep.replicates=3")))
    assert saved.status is StudyStatus.DONE and len(saved.runs) == 5
    assert any(event.text.startswith("no rate learned anything") for event in saved.events)


def test_what_it_asks_for_is_taken_over_from_another(tiny: Tiny, train_study: Start) -> None:
    searched = finish(train_study(tiny(*SEARCH)))
    again = finish(train_study(tiny(*SEARCH), fresh=False))
    assert again.runs["reused_from"].null_count() == 0
    assert figures(again) == figures(searched)


def test_a_search_has_no_shards(tiny: Tiny, train_study: Start) -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="a search has no shards"):
        train_study(replace(tiny(*SEARCH), shard=Shard(1, 2)))


def test_in_stacks_it_asks_for_the_same_rounds(tiny: Tiny, train_study: Start) -> None:
    saved = finish(train_study(tiny(*SEARCH), engine="stack"))
    assert saved.status is StudyStatus.DONE and len(saved.runs) <= tiny(*SEARCH).budget
