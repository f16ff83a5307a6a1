"""Trainers hand over and go on; what they asked for is done once it is safe, in order, and never if it is not."""

import threading
from collections.abc import Sequence

import pytest

from lrtui.store import journal
from lrtui.store.journal import Journal


def nothing() -> None:
    pass


def test_what_is_to_be_done_is_done_in_order_and_only_once_all_is_kept() -> None:
    happened: list[str] = []
    kept: Journal[str] = Journal(
        lambda contents: happened.append("+".join(contents)), lambda: happened.append("settled")
    )
    for text in ("a", "b", "c"):
        kept.put(text, lambda text=text: happened.append(f"show {text}"))
    kept.put(None, lambda: happened.append("show rate"))
    kept.close()
    shown = [one for one in happened if one.startswith("show")]
    assert shown == ["show a", "show b", "show c", "show rate"]
    for text in "abc":
        (at,) = [number for number, one in enumerate(happened) if text in one.split("+")]
        assert at < happened.index(f"show {text}")


def test_all_that_waits_is_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "GATHER_SECONDS", 60.0)
    batches: list[Sequence[int]] = []
    kept: Journal[int] = Journal(batches.append)
    kept.put(0, nothing)
    kept.flush()
    for number in range(1, 100):
        kept.put(number, nothing)
    kept.close()
    assert batches == [[0], list(range(1, 100))]


def test_handing_over_waits_for_a_disk_that_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    going, most = threading.Event(), 0
    kept: Journal[int] = Journal(lambda _: going.wait(30))
    handed: list[int] = []

    def hand_over() -> None:
        for number in range(20):
            kept.put(number, nothing)
            handed.append(number)

    trainer = threading.Thread(target=hand_over)
    trainer.start()
    trainer.join(0.3)
    most = len(handed)
    assert trainer.is_alive(), "it waits"
    assert most <= 1 + 3 + 3
    going.set()
    trainer.join(30)
    kept.close()
    assert len(handed) == 20


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError("too large"), SystemExit(1)])
def test_after_a_failure_nothing_is_shown_and_everybody_hears_of_it(error: BaseException) -> None:
    told: list[OSError] = []
    shown: list[str] = []

    def fail(contents: Sequence[str]) -> None:
        if "bad" in contents:
            raise error

    kept: Journal[str] = Journal(fail)
    kept.on_failure = told.append
    kept.put("good", lambda: shown.append("good"))
    kept.flush()
    kept.put("bad", lambda: shown.append("bad"))
    with pytest.raises(OSError) as first:
        kept.flush()
    for call in (lambda: kept.put("more", lambda: shown.append("more")), kept.flush, kept.close):
        with pytest.raises(OSError):
            call()
    assert shown == ["good"]
    assert told == [first.value]
    if not isinstance(error, OSError):
        assert type(error).__name__ in str(first.value)


def test_nothing_can_be_handed_over_after_the_end() -> None:
    kept: Journal[int] = Journal(lambda _: None)
    kept.put(1, nothing)
    kept.close()
    with pytest.raises(RuntimeError, match="closed"):
        kept.put(2, nothing)
