"""How fast a study trains and how long it will take: told from the first batches on, exact once epochs are measured."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from lrtui.study.spec import RunSpec
from lrtui.study.states import RunState


class Progress:
    """The step counter of one lane's run. The trainer assigns `step` once a batch, without a lock: one attribute store."""

    __slots__ = ("began", "evaluated", "images", "measured", "step", "val_images")

    def __init__(self, now: float, measured: int = 0) -> None:
        self.step = self.evaluated = 0
        self.measured = measured
        """How many epochs were measured, epoch 0 and those that are not on disk yet among them."""
        self.images, self.val_images = 0, 0
        """Training and validation images of an epoch; 0 while the data is loaded."""
        self.began = now
        """When the first step of the epoch, or of the range test, was begun."""

    def images_done(self, state: RunState) -> int:
        """Return how many images the epoch or the range test under way has trained on."""
        steps = state.search_step if state.searching else self.step
        done = steps * state.spec.batch_size
        return done if state.searching else min(done, self.images)


class Throughput:
    """Images per second over a sliding window of looks at a count that only grows."""

    window = 30.0
    apart = 0.25
    """Looks closer together than so many seconds count as one."""

    def __init__(self) -> None:
        self._looks: list[tuple[float, int]] = []

    def look(self, now: float, images: int) -> float:
        """Take in that `images` were trained on so far; return the images per second.

        The window begins with the last look before the first image, so that what preceded training does not dilute it.
        """
        if len(self._looks) == 1 and self._looks[0][1] == images:
            self._looks = []
        if not self._looks or now - self._looks[-1][0] >= self.apart:
            self._looks.append((now, images))
        while len(self._looks) > 2 and now - self._looks[1][0] >= self.window:
            del self._looks[0]
        since, before = self._looks[0]
        return (images - before) / (now - since) if now > since else 0.0


Kind = tuple[str, str, int]
"""What decides how long an epoch takes: model, data, batch size."""


def kind_of(spec: RunSpec) -> Kind:
    """Return the kind of a run."""
    return spec.model, spec.dataset, spec.batch_size


def seconds_left(
    runs: Sequence[RunState],
    progress: Mapping[int, Progress],
    search_steps: Mapping[Kind, float],
    *,
    lanes: int,
    now: float,
    find_only: bool = False,
) -> float | None:
    """Return the expected seconds to the end of the study; None before the first batch.

    A run costs what runs of its kind cost: its measured epochs, else the steps of the epoch under way and the validation
    that epoch 0 was; runs of a kind of which nothing is known yet cost the mean of what is. `search_steps` are seconds
    per step of a range test, by kind. The sum is divided over the lanes, and is never less than the longest run.
    """
    epochs = {} if find_only else _epoch_costs(runs, progress, search_steps, now)
    if not (epochs or search_steps):
        return None
    costs = []
    for state in runs:
        if state.status.ended:
            continue
        kind, cost = kind_of(state.spec), 0.0
        if find_only or state.searching:
            steps = state.search_steps - (state.search_step if state.searching else 0)
            cost += steps * _of_kind(search_steps, kind)
        if epochs:
            within = state.step / state.steps_per_epoch if state.steps_per_epoch else 0.0
            cost += max(0.0, state.spec.epochs - state.epochs_done - within) * _of_kind(epochs, kind)
        costs.append(cost)
    return max(sum(costs) / max(1, lanes), *costs) if costs else 0.0


def _epoch_costs(
    runs: Iterable[RunState], progress: Mapping[int, Progress], search_steps: Mapping[Kind, float], now: float
) -> dict[Kind, float]:
    """Return the seconds of an epoch by kind: the mean over the runs whose epochs are measured, else what is foreseen."""
    measured: dict[Kind, list[float]] = {}
    foreseen: dict[Kind, list[float]] = {}
    for state in runs:
        kind = kind_of(state.spec)
        if state.reused_from:  # its seconds are those of another day
            continue
        if state.epochs_done:
            trained = [record.seconds for record in state.records if record.epoch > 0]
            measured.setdefault(kind, []).append(fmean(trained))
        elif state.searching:
            if kind in search_steps:
                foreseen.setdefault(kind, []).append(search_steps[kind] * state.steps_per_epoch)
        elif state.step and (counter := progress.get(state.spec.run)) and counter.measured == len(state.records):
            foreseen.setdefault(kind, []).append(_foreseen(state, counter, now))
    return {kind: fmean(seconds) for kind, seconds in (foreseen | measured).items()}


def _foreseen(state: RunState, counter: Progress, now: float) -> float:
    """Return the seconds of the first epoch: its steps at the pace so far, and the validation as epoch 0 had it."""
    steps = (now - counter.began) / state.step * state.steps_per_epoch
    everything = counter.images + counter.val_images
    share = counter.val_images / everything if everything else 0.0
    return steps + share * sum(record.seconds for record in state.records)


def _of_kind(costs: Mapping[Kind, float], kind: Kind) -> float:
    return costs[kind] if kind in costs else fmean(costs.values())
