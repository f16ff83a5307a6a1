"""What breaks a run, and what breaks whoever trains it."""

from collections.abc import Callable

import pytest
import torch

from lrtui.engine import loop_hand
from lrtui.engine.hand import FailedElsewhereError, HandLostError, told
from lrtui.engine.loop_hand import LoopHand, unbroken
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study.records import StudyStatus
from lrtui.study.spec import Study

GPU = torch.device("cuda", 0)
STICKY = "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be asynchronously reported"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (torch.AcceleratorError(STICKY), "AcceleratorError: CUDA error: an illegal memory access was encountered"),
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee documentation"),
            "out of memory on the GPU: CUDA out of memory. Tried to allocate 2.00 GiB. "
            "A smaller train.batch_size or network needs less.",
        ),
        (FailedElsewhereError("ValueError: no", "Traceback"), "ValueError: no"),
        (MemoryError(), "MemoryError"),
        (RuntimeError(""), "RuntimeError"),
    ],
)
def test_what_is_told_is_a_line(error: BaseException, line: str) -> None:
    assert told(error) == line


@pytest.mark.parametrize(
    ("device", "fault", "error", "raised"),
    [
        (GPU, "it is gone", torch.AcceleratorError(STICKY), HandLostError),
        (GPU, "", RuntimeError("mat1 and mat2 shapes cannot be multiplied"), RuntimeError),
        (GPU, "it is full", torch.OutOfMemoryError("CUDA out of memory."), torch.OutOfMemoryError),
        (torch.device("cpu"), "it is gone", RuntimeError("no"), RuntimeError),
        (GPU, "it is gone", KeyError("no"), KeyError),
    ],
)
def test_a_broken_gpu_is_told_from_a_broken_run(
    monkeypatch: pytest.MonkeyPatch, device: torch.device, fault: str, error: Exception, raised: type[Exception]
) -> None:
    freed: list[int] = []
    monkeypatch.setattr(loop_hand, "probe", lambda _: fault)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: freed.append(1))
    with pytest.raises(raised) as caught, unbroken(device):
        raise error
    assert type(caught.value) is raised
    if raised is HandLostError:
        assert str(caught.value) == "has lost its GPU (CUDA error: an illegal memory access was encountered)"
    assert bool(freed) == (raised is torch.OutOfMemoryError)


def test_what_loses_its_hand_here_is_begun_again_by_another(
    tiny: Callable[..., Study], train_study: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = LoopHand.train, []

    def losing(self: LoopHand, *arguments: object) -> object:
        calls.append(self)
        if len(calls) == 2:
            raise HandLostError("has lost its GPU (it fell off)")
        return original(self, *arguments)

    monkeypatch.setattr(LoopHand, "train", losing)
    session = train_study(tiny(), lanes=1)
    assert session.wait(60)
    assert open_study(session.path).status is StudyStatus.DONE
    assert calls[0] is calls[1]
    assert calls[2] is not calls[1]
    assert any(
        event.text == "lane 0: its process has lost its GPU (it fell off); run 3 begun again"
        for event in session.snapshot().events
    )
