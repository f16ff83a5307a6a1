"""Several studies become one: all of their finished runs, once each; what does not go together is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.store import folder
from lrtui.store.merging import merge
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.shards import Shard
from lrtui.study.spec import Study
from lrtui.train.numerics import NUMERICS

Tiny = Callable[..., Study]
Start = Callable[..., Session]
QUICK = ("train.epochs=1", "data.train_limit=64")


@pytest.fixture
def trained(tiny: Tiny, train_study: Start) -> Callable[..., SavedStudy]:
    """Return a function that trains the tiny study with overrides."""

    def train(*overrides: str, shard: Shard | None = None, **options: Any) -> SavedStudy:
        session = train_study(replace(tiny(*QUICK, *overrides), shard=shard), **options)
        assert session.wait(60)
        return open_study(session.path)

    return train


def joined(*studies: SavedStudy, into: Path | None = None) -> SavedStudy:
    return open_study(merge([study.path for study in studies], studies[0].path.parent, into))


def test_shards_joined_are_the_study(trained: Callable[..., SavedStudy]) -> None:
    more = ("health.measure=true", "curvature.measure=true", "sweep.replicates=3")
    whole = joined(*(trained(*more, shard=Shard(index, 3)) for index in (2, 1, 3)))
    anew = trained(*more)
    assert whole.status is StudyStatus.DONE and whole.study.resolved == anew.study.resolved
    assert whole.study.overrides == anew.study.overrides
    for table in ("epochs", "layers", "curvature"):
        mine, theirs = (getattr(one, table).drop("seconds", strict=False) for one in (whole, anew))
        assert_frame_equal(mine, theirs, check_exact=True)
    assert whole.runs["run_key"].equals(anew.runs["run_key"])
    assert whole.duration == 0 and whole.runs["seconds"].sum() > 0


def test_shards_that_begin_with_weights_are_joined(trained: Callable[..., SavedStudy]) -> None:
    source = trained("train.keep=last")
    shards = [trained(f"model.start=study:{source.id}", shard=Shard(index, 2)) for index in (1, 2)]
    whole = joined(*shards)
    assert whole.status is StudyStatus.DONE
    starts = [spec.config.model.begins_with for spec in whole.study.runs]
    assert [start.layers for start in starts if start] == ["all 2 layers"] * 4
    path = shards[0].path / "study.json"
    document = json.loads(path.read_text())
    for start in document["starts"].values():
        start["sha256"] = "0" * 64
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"weights study:.*: SHA-256 .*… in .*, .*… in "):
        joined(*shards)


def test_rates_and_replicates_are_put_together_and_what_is_missing_is_trained_later(
    trained: Callable[..., SavedStudy], tmp_path: Path
) -> None:
    one = trained("optim.lr=0.3", "sweep.seeds=[1, 2, 3]")
    two = trained("optim.lr=[0.01, 0.1]")
    saved = joined(one, two, into=tmp_path / "deep" / "joined")
    assert saved.path == tmp_path / "deep" / "joined"
    assert saved.study.resolved["sweep"] == {"optim.lr": [0.01, 0.1, 0.3], "replicates": 3, "order": "seed"}
    assert saved.study.overrides == (*QUICK, "optim.lr=[0.01, 0.1, 0.3]", "sweep.replicates=3")
    done = [state.status is RunStatus.DONE for state in saved.states]
    assert done == [True, True, False, True, True, False, True, True, True]
    assert saved.status is StudyStatus.STOPPED
    assert saved.message == "2 of 9 runs are in none of the studies joined"
    resumed = Session.resume(saved.path, data_dir=tmp_path / "data")
    assert resumed.wait(60)
    whole, anew = open_study(saved.path), trained("optim.lr=[0.01, 0.1, 0.3]", "sweep.replicates=3")
    assert_frame_equal(whole.epochs.drop("seconds"), anew.epochs.drop("seconds"), check_exact=True)


def test_a_run_that_several_have_is_taken_once_and_that_is_said(trained: Callable[..., SavedStudy]) -> None:
    saved = joined(trained(), trained("sweep.replicates=1"), trained())
    assert len(saved.runs) == 4 and saved.status is StudyStatus.DONE
    assert "6 runs of them in more than one study: taken once" in [event.text for event in saved.events]


def test_of_a_broken_study_what_is_done_counts(
    trained: Callable[..., SavedStudy], train_study: Start, tiny: Tiny
) -> None:
    whole = trained("optim.lr=0.3")
    session = train_study(tiny(*QUICK, "optim.lr=[0.01, 0.1]"), lanes=1)
    session.stop_run(2)
    assert session.wait(60)
    broken = open_study(session.path)
    document = json.loads((broken.path / "study.json").read_text())
    document |= {"status": "running", "ended": None}
    (broken.path / "study.json").write_text(json.dumps(document))
    saved = joined(whole, broken)
    assert [state.status for state in saved.states].count(RunStatus.DONE) == 2 + 3


def test_studies_of_one_rate_each_become_a_sweep(trained: Callable[..., SavedStudy]) -> None:
    saved = joined(trained("optim.lr=0.1"), trained("optim.lr=0.01"))
    assert saved.study.resolved["sweep"]["optim.lr"] == [0.01, 0.1]
    assert saved.status is StudyStatus.DONE


def test_variants_are_put_together(tmp_path: Path, train_study: Start, tiny: Tiny) -> None:
    from lrtui.study import preset

    tiny()
    path = tmp_path / "variants.toml"
    path.write_text(
        'extends = "tiny.toml"\n[train]\nepochs = 1\n[variants.plain]\n[variants.momentum]\noptim.momentum = 0.9\n'
        '[variants.adam]\noptim.name = "adam"\n'
    )
    saved = []
    for names in ('["plain", "momentum"]', '["adam", "plain"]'):
        session = train_study(preset.load_file(path, overrides=[f"sweep.variants={names}", "optim.lr=[0.01]"]))
        assert session.wait(60)
        saved.append(open_study(session.path))
    whole = joined(*saved)
    assert list(whole.study.resolved["variants"]) == ["plain", "momentum", "adam"]
    assert (whole.status, len(whole.runs)) == (StudyStatus.DONE, 6)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ((), ("train.epochs=2",), "train.epochs: 1 in {one}, 2 in {other}"),
        (("optim.momentum=0.5",), (), "optim.momentum: 0.5 in {one}, 0.0 in {other}"),
        ((), ("optim.clip_norm=1.0",), "optim.clip_norm: none in {one}, 1.0 in {other}"),
        ((), ("optim.momentum=[0.0, 0.9]",), "optim.momentum: 0.0 in {one}, [0.0, 0.9] in {other}"),
        ((), ("optim.name=adam",), 'optim.name: "sgd" in {one}, "adam" in {other}'),
        ((), ("data.name=digits",), 'data.name: "synthetic" in {one}, "digits" in {other}'),
        ((), ("health.measure=true",), "health.measure: false in {one}, true in {other}"),
    ],
)
def test_the_first_setting_that_differs_is_named(
    trained: Callable[..., SavedStudy], one: tuple[str, ...], other: tuple[str, ...], said: str
) -> None:
    first, second = trained("sweep.replicates=1", *one), trained("sweep.replicates=1", *other)
    with pytest.raises(InputError) as refused:
        joined(first, second)
    assert str(refused.value) == said.format(one=first.id, other=second.id)


def test_what_decides_no_number_may_differ(trained: Callable[..., SavedStudy]) -> None:
    saved = joined(trained("indicators.window=5", "optim.lr=0.1"), trained("optim.lr=0.2", "health.dead=0.9"))
    assert saved.status is StudyStatus.DONE


def rewrite(study: SavedStudy, change: Callable[[dict[str, Any]], object]) -> SavedStudy:
    document = json.loads((study.path / "study.json").read_text())
    change(document)
    (study.path / "study.json").write_text(json.dumps(document))
    return open_study(study.path)


def without_later_keys(document: dict[str, Any]) -> None:
    """Make of a study what a version before these keys would have saved."""
    del document["preset"]["curvature"]
    del document["preset"]["train"]["tf32"]


def test_a_study_from_before_a_key_joins_one_that_does_not_use_it(trained: Callable[..., SavedStudy]) -> None:
    older = rewrite(trained("optim.lr=0.1"), without_later_keys)
    assert joined(older, trained("optim.lr=0.2")).status is StudyStatus.DONE
    with pytest.raises(InputError, match=r"curvature\.measure: none in .*, true in "):
        joined(older, trained("optim.lr=0.3", "curvature.measure=true"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda document: document.update(numerics=99), f"numerics: {NUMERICS} in {{one}}, 99 in {{other}}"),
        (lambda document: document["versions"].update(torch="1.0"), "torch: {torch} in {one}, 1.0 in {other}"),
        (lambda document: document["device"].update(kind="cuda"), "device: cpu in {one}, cuda in {other}"),
        (
            lambda document: document["data"][0].update(sha256="f" * 64),
            "data synthetic: SHA-256 {sha}… in {one}, ffffffffffff… in {other}",
        ),
        (lambda document: document.pop("numerics"), "{other}: does not say all that its numbers depend on"),
    ],
)
def test_what_was_trained_otherwise_is_refused(
    trained: Callable[..., SavedStudy], change: Callable[[dict[str, Any]], object], said: str
) -> None:
    one, other = trained("optim.lr=0.1"), rewrite(trained("optim.lr=0.2"), change)
    sha = one.fingerprints[0]["sha256"][:12]
    with pytest.raises(InputError) as refused:
        joined(one, other)
    assert str(refused.value).startswith(said.format(one=one.id, other=other.id, torch=one.versions["torch"], sha=sha))


def test_other_threads_are_other_numbers(trained: Callable[..., SavedStudy]) -> None:
    one, other = trained("optim.lr=0.1"), trained("optim.lr=0.2", threads=2)
    with pytest.raises(InputError, match=f"threads: 1 in {one.id}, 2 in {other.id}"):
        joined(one, other)


def test_other_first_seeds_find_other_rates(trained: Callable[..., SavedStudy]) -> None:
    find = ("optim.lr=find", "optim.name=adam")
    one, other = trained(*find, "sweep.seeds=[1]"), trained(*find, "sweep.seeds=[2]")
    with pytest.raises(InputError, match=f"first seed, with which rates are searched: 1 in {one.id}, 2 in {other.id}"):
        joined(one, other)
    assert joined(one, trained(*find, "sweep.seeds=[1, 2]")).status is StudyStatus.DONE


def test_one_study_the_same_twice_and_range_tests_are_no_merge(
    trained: Callable[..., SavedStudy], train_study: Start, tiny: Tiny, tmp_path: Path
) -> None:
    one = trained()
    with pytest.raises(InputError, match="two studies or more"):
        joined(one)
    (tmp_path / "link").symlink_to(one.path)
    with pytest.raises(InputError, match="given twice"):
        merge([one.path, tmp_path / "link"], one.path.parent)
    session = train_study(tiny("finder.iterations=12"), find_only=True)
    assert session.wait(60)
    with pytest.raises(InputError, match="was to find learning rates"):
        joined(one, open_study(session.path))
    two = trained("optim.lr=0.3")
    for place in (one.path, tmp_path / "tiny.toml" / "below"):
        with pytest.raises(InputError, match="cannot write to"):
            joined(one, two, into=place)
    assert open_study(one.path).status is StudyStatus.DONE


def test_kept_weights_are_joined_if_all_kept_them(trained: Callable[..., SavedStudy]) -> None:
    one, two = trained("train.keep=last", "optim.lr=0.1"), trained("train.keep=last", "optim.lr=0.2")
    both = joined(one, two)
    assert both.status is StudyStatus.DONE
    assert [folder.kept_file(both.path, run).read_bytes() for run in (1, 3)] == [
        folder.kept_file(study.path, 1).read_bytes() for study in (one, two)
    ]
    for order in ((one, trained("optim.lr=0.3")), (trained("optim.lr=0.3"), one)):
        mixed = joined(*order)
        assert mixed.status is StudyStatus.DONE and not (mixed.path / folder.CHECKPOINTS_FOLDER).exists()
        assert {spec.config.train.keep for spec in mixed.study.runs} == {"none"}
