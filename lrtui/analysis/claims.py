"""The paper's eight claims, judged on what was measured.

A claim *did not hold* as soon as one pair that was measured contradicts it, *held* when every pair it speaks of was
measured and agrees, and is *not measured* otherwise. Only runs that follow the paper's protocol decide
(`protocol.departures`); where there are no others, runs that depart from it are given as figures, with what they depart in.
Claims 1 to 7 are judged on plain SGD. The two pairs are MLP/MNIST and CNN/CIFAR-10, the rates the paper's five.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from lrtui.analysis import claim_comparisons as comparisons
from lrtui.analysis import claim_rules as rules
from lrtui.analysis.findings import Finding, no_plain_runs
from lrtui.analysis.pool import Sweep, sweeps
from lrtui.analysis.protocol import DATASETS, PAIRS
from lrtui.analysis.result import StudyResult
from lrtui.analysis.wording import listing, pair_name


class ClaimVerdict(str, Enum):
    """What the measurements say of a claim."""

    HELD = "held"
    DID_NOT_HOLD = "did not hold"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Claim:
    """One claim of the paper and what became of it."""

    number: int
    text: str
    """The claim."""
    criterion: str
    """When it counts as held, exactly."""
    verdict: ClaimVerdict
    figures: list[str]
    """What was measured, a line each; also where it does not decide."""
    reason: str
    """Which pairs agree, contradict, or are missing and why."""


def judge(results: Sequence[StudyResult]) -> list[Claim]:
    """Return the eight claims, judged on the studies put together (`pool.sweeps`; of equal runs the later counts)."""
    measured = [sweep for sweep in sweeps(results) if sweep.dataset in DATASETS]
    plain = {(sweep.model, sweep.dataset): sweep for sweep in measured if sweep.optimizer == "sgd"}

    def both_pairs(rule: Callable[[Sweep], Finding]) -> list[Finding]:
        return [_in_pair(rule, pair, plain.get(pair)) for pair in PAIRS]

    return [
        _claim(
            1,
            "A learning rate of 1e-3 gives the highest validation accuracy, for both model/data pairs.",
            "In MLP/MNIST and in CNN/CIFAR-10, no other of the five rates has a higher mean final validation accuracy "
            "than 1e-3.",
            both_pairs(rules.best_at_1e_3),
        ),
        _claim(
            2,
            "A learning rate of 1e-1 diverges or collapses.",
            "In both pairs, more than half of the replicates at 1e-1 diverged or ended below 60 % (MLP) or 30 % (CNN) "
            "validation accuracy.",
            both_pairs(rules.fails_at_1e_1),
        ),
        _claim(
            3,
            "Learning rates of 1e-5 and 1e-4 are stable but need more than 20 epochs.",
            "In both pairs and at both rates, more than half of the replicates did not diverge, have a fluctuation "
            "below 0.3, and did not converge by epoch 20.",
            both_pairs(rules.slow_but_stable),
        ),
        _claim(
            4,
            "A learning rate of 1e-3 converges at epoch 10 to 15.",
            "In both pairs, more than half of the replicates at 1e-3 converged, and the median of their convergence "
            "epochs is from 10 to 15.",
            both_pairs(rules.converges_at_10_to_15),
        ),
        _claim(
            5,
            "At 1e-3 the standard deviation over replicates is below 1 point.",
            "In both pairs, the sample standard deviation of the final validation accuracy over at least two replicates "
            "at 1e-3 is below 1 point.",
            both_pairs(rules.repeatable_at_1e_3),
        ),
        _claim(
            6,
            "The CNN suffers more from 1e-1 than the MLP.",
            "The mean final validation accuracy drops by more points from the best of the five rates to 1e-1 in "
            "CNN/CIFAR-10 than in MLP/MNIST.",
            comparisons.cnn_suffers_more(plain),
        ),
        _claim(
            7,
            "CIFAR-10 converges later than MNIST.",
            "At every rate at which more than half of the replicates converged on both data sets, the median convergence "
            "epoch is later on CIFAR-10, and there is such a rate. The same model on both data sets is compared where it "
            "was measured at all five rates, else CNN/CIFAR-10 with MLP/MNIST.",
            comparisons.cifar10_converges_later(plain),
        ),
        _claim(
            8,
            "Adaptive optimizers are steadier at high learning rates.",
            "Every adaptive optimizer measured beside plain SGD on the same model and data is steadier at 1e-2 and at 1e-1: "
            "a smaller share of its replicates failed, or an equal share (not all) and the others have a lower mean "
            "fluctuation. A replicate failed when it diverged, stalled, or ended below 20 % validation accuracy (twice "
            "chance): a network that collapsed is not steady. Needed: MLP/MNIST and CNN/CIFAR-10, one optimizer each.",
            comparisons.adaptive_is_steadier(measured, plain),
        ),
    ]


def _in_pair(rule: Callable[[Sweep], Finding], pair: tuple[str, str], sweep: Sweep | None) -> Finding:
    """Return what the rule finds in one pair; runs that depart from the protocol give figures and decide nothing."""
    name = pair_name(*pair)
    if sweep is None:
        return no_plain_runs(name)
    found = rule(sweep)
    return found.undecided(", ".join(sweep.departures)) if sweep.departures else found


def _claim(number: int, text: str, criterion: str, findings: Sequence[Finding]) -> Claim:
    figures = [figure for finding in findings for figure in finding.figures]
    against = [finding.where for finding in findings if finding.agrees is False]
    agreeing = [finding.where for finding in findings if finding.agrees]
    lacking = [f"{finding.where}: {finding.lacks}" for finding in findings if finding.agrees is None and finding.needed]
    said = [f"{listing(agreeing)} {'agrees' if len(agreeing) == 1 else 'agree'}"] if agreeing else []
    if against:
        verdict, said = ClaimVerdict.DID_NOT_HOLD, [f"contradicted by {listing(against)}", *said, *lacking]
    elif lacking:
        verdict, said = ClaimVerdict.NOT_MEASURED, [*lacking, *said]
    else:
        verdict = ClaimVerdict.HELD
    return Claim(number, text, criterion, verdict, figures, "; ".join(said))
