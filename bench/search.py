"""The adaptive search beside the whole grid of equal resolution: how often it finds the best rate, with how many runs.

`python bench/search.py [digits] [mnist]`; real MNIST needed under $LRTUI_DATA for `mnist`. A grid is trained once with many seeds
(in a stack, minutes). Searches are then made by the search's own code, which is told what the grid measured: ten of them, each
with ten seeds of its own. The best rate is that of the grid with all seeds.
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrtui import paths
from lrtui.analysis.bracket import next_runs
from lrtui.analysis.frames import runs_frame
from lrtui.analysis.winner import Comparison, comparisons
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study import preset
from lrtui.study.records import RunStatus
from lrtui.study.spec import Study
from lrtui.study.states import RunState, asked_for

STUDIES = {
    "digits": ("quickstart", ["optim.lr=1e-4..3.16 x37"]),
    "mnist": (
        "paper/mlp-mnist",
        [
            "optim.lr=1e-3..10 x33",
            "data.train_limit=2000",
            "data.val_limit=2000",
            "train.epochs=4",
            "train.batch_size=32",
            "model.hidden=[64]",
        ],
    ),
}
SEARCHES, SEEDS = 10, 10
FACTOR = 1.5


def grid_of(name: str, overrides: Sequence[str], folder: Path) -> SavedStudy:
    """Train the whole grid with seeds for all searches."""
    study = preset.load(name, [*overrides, f"sweep.replicates={SEARCHES * SEEDS}"])
    session = Session.start(study, device="cpu", engine="stack", runs_dir=folder, data_dir=paths.data_dir())
    session.wait()
    return open_study(session.path)


def searched(study: Study, known: dict[tuple[float, int], RunState], first: int) -> tuple[RunState, ...]:
    """Return the runs of a search whose seed 1 is the grid's seed `first`, each as the grid has it."""
    states = {spec.run: RunState(spec) for spec in study.runs}
    while asked := next_runs(study, list(states.values())):
        for spec in asked:
            was = known[spec.lr, spec.seed + first - 1]
            states[spec.run] = replace(was, spec=spec)
    return tuple(states.values())


def compared(study: Study, states: Sequence[RunState]) -> Comparison:
    """Return who won by these runs."""
    return comparisons(runs_frame(asked_for(study, states)), study.equal_within, study.looks)[0]


def beside_the_grid(title: str, name: str, overrides: Sequence[str], folder: Path) -> None:
    """Print what ten searches came to, and what the grid comes to with the same seeds."""
    saved = grid_of(name, overrides, folder)
    known = {(state.spec.lr, state.spec.seed): state for state in saved.states}
    truth = compared(saved.study, saved.states)
    means = {scenario.lr: scenario.mean for scenario in truth.scenarios}
    best, alike = truth.best.lr or 0.0, {scenario.lr for scenario in truth.alike}
    print(
        f"{title}: {len(means)} rates, best {best:.3g} with {means[best]:.2f} %, not told from it: {sorted(map(float, alike))}"
    )
    whole = preset.load(name, [*overrides, f"sweep.replicates={SEEDS}"])
    for seeds in (3, 5, SEEDS):
        search = preset.load(name, [*overrides, f"sweep.replicates={seeds}", "sweep.search=bracket"])
        rows: dict[str, list[tuple[float, int]]] = {"search": [], "grid": []}
        called = refuted = 0
        for turn in range(SEARCHES):
            first = turn * SEEDS + 1
            states = searched(search, known, first)
            told = compared(search, states)
            rows["search"].append((told.best.lr or 0.0, sum(state.status is RunStatus.DONE for state in states)))
            plain = [replace(known[s.lr, s.seed + first - 1], spec=s) for s in whole.runs if s.seed <= seeds]
            rows["grid"].append((compared(whole, plain).best.lr or 0.0, len(plain)))
            if told.winner:
                called += 1
                ten = compared(whole, [replace(known[s.lr, s.seed + first - 1], spec=s) for s in whole.runs])
                refuted += ten.best.lr != told.best.lr and told.best.lr not in {one.lr for one in ten.alike}
        for way, found in rows.items():
            near = sum(max(rate / best, best / rate) <= FACTOR * 1.01 for rate, _ in found)
            good = sum(rate in alike for rate, _ in found)
            runs = [count for _, count in found]
            behind = statistics.fmean(means[best] - means[rate] for rate, _ in found)
            print(
                f"  {seeds:>2} seeds, {way:<6} {statistics.median(runs):>5.0f} runs (most {max(runs)} of {len(means) * seeds}); "
                f"within a factor of {FACTOR}: {near} of {SEARCHES}, not told from the best: {good}; "
                f"on average {behind:.2f} points behind"
            )
        print(f"     winners called: {called}, refuted by the grid with ten seeds: {refuted}")


def main() -> None:
    """Do what the arguments name."""
    for title in sys.argv[1:] or STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            beside_the_grid(title, *STUDIES[title], Path(folder))


if __name__ == "__main__":
    main()
