"""How fast a study trains and how long it will take: told from the first batches on, exact once epochs are measured."""

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import fmean

from lrtui.study.records import RunStatus
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


class Outlook:
    """What is left of a study and what it costs. Told of every run that changes; asking costs as much as runs are under way.

    A run costs what runs of its kind cost: its measured epochs, else the steps of the epoch under way and the validation
    that epoch 0 was; runs of a kind of which nothing is known yet cost the mean of what is.
    """

    def __init__(self, states: Iterable[RunState], *, find_only: bool, most: int | None = None) -> None:
        """Of a search's runs `most` are trained at most."""
        self._find_only, self._most = find_only, most
        self._over = 0
        self._resting: dict[Kind, Counter[tuple[int, int]]] = {}
        """Runs not begun: how many have so many epochs to go, and so many steps of a range test."""
        self._moving: dict[int, RunState] = {}
        """Runs under way, those whose range test another run makes among them."""
        self._measured: dict[Kind, dict[int, float]] = {}
        """Mean seconds of the measured epochs of every run, by kind."""
        self.search_steps: dict[Kind, float] = {}
        """Seconds of a step of a range test, by kind."""
        for state in states:
            self._add(state)

    def changed(self, before: RunState, after: RunState) -> None:
        """Take in that a run stands otherwise."""
        if _rests(before):
            self._of_kind(before.spec)[before.spec.epochs - before.epochs_done, before.search_steps] -= 1
        self._moving.pop(before.spec.run, None)
        self._over -= before.status.ended
        self._add(after)

    def seconds_left(self, progress: Mapping[int, Progress], *, lanes: int, now: float) -> float | None:
        """Return the expected seconds to the end of the study; None before the first batch.

        The sum of what is left is divided over the lanes, and is never less than the longest run.
        """
        epochs = {} if self._find_only else self._epoch_costs(progress, now)
        if not (epochs or self.search_steps):
            return None
        total, longest = 0.0, 0.0
        for state in self._moving.values():
            within = state.step / state.steps_per_epoch if state.steps_per_epoch else 0.0
            left = max(0.0, state.spec.epochs - state.epochs_done - within)
            steps = state.search_steps - (state.search_step if state.searching else 0)
            cost = self._cost(kind_of(state.spec), epochs, left, steps if self._find_only or state.searching else 0)
            total, longest = total + cost, max(longest, cost)
        resting = sum(runs.total() for runs in self._resting.values())
        begun = 0 if self._most is None else max(0, self._most - self._over - len(self._moving))
        share = 1.0 if self._most is None or resting <= begun else begun / resting
        for kind, runs in self._resting.items():
            for (left, steps), number in runs.items():
                if number and share:
                    cost = self._cost(kind, epochs, left, steps if self._find_only else 0)
                    total, longest = total + share * number * cost, max(longest, cost)
        return max(total / max(1, lanes), longest)

    def _add(self, state: RunState) -> None:
        run, kind = state.spec.run, kind_of(state.spec)
        self._over += state.status.ended
        if _rests(state):
            self._of_kind(state.spec)[state.spec.epochs - state.epochs_done, state.search_steps] += 1
        elif not state.status.ended:
            self._moving[run] = state
        if state.epochs_done and not state.reused_from:  # else its seconds are those of another day
            first = state.records[0]
            before = first.seconds if first.epoch == 0 else 0.0
            trained = len(state.records) - (first.epoch == 0)
            self._measured.setdefault(kind, {})[run] = (state.seconds - before) / trained

    def _of_kind(self, spec: RunSpec) -> Counter[tuple[int, int]]:
        return self._resting.setdefault(kind_of(spec), Counter())

    def _cost(self, kind: Kind, epochs: Mapping[Kind, float], left: float, steps: int) -> float:
        cost = steps * _of_kind(self.search_steps, kind) if steps and self.search_steps else 0.0
        return cost + (left * _of_kind(epochs, kind) if epochs else 0.0)

    def _epoch_costs(self, progress: Mapping[int, Progress], now: float) -> dict[Kind, float]:
        """Return the seconds of an epoch by kind: the mean over the runs whose epochs are measured, else what is foreseen."""
        foreseen: dict[Kind, list[float]] = {}
        for state in self._moving.values():
            kind = kind_of(state.spec)
            if state.epochs_done:
                continue
            if state.searching:
                if kind in self.search_steps:
                    foreseen.setdefault(kind, []).append(self.search_steps[kind] * state.steps_per_epoch)
            elif state.step and (counter := progress.get(state.spec.run)) and counter.measured == len(state.records):
                foreseen.setdefault(kind, []).append(_foreseen(state, counter, now))
        measured = {kind: fmean(runs.values()) for kind, runs in self._measured.items()}
        return {kind: fmean(seconds) for kind, seconds in foreseen.items()} | measured


def _rests(state: RunState) -> bool:
    return state.status is RunStatus.WAITING and not state.searching


def _foreseen(state: RunState, counter: Progress, now: float) -> float:
    """Return the seconds of the first epoch: its steps at the pace so far, and the validation as epoch 0 had it."""
    steps = (now - counter.began) / state.step * state.steps_per_epoch
    everything = counter.images + counter.val_images
    share = counter.val_images / everything if everything else 0.0
    return steps + share * sum(record.seconds for record in state.records)


def _of_kind(costs: Mapping[Kind, float], kind: Kind) -> float:
    return costs[kind] if kind in costs else fmean(costs.values())
