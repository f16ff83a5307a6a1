"""What the paper claims (Chinthia et al., 2025), and when a claim counts as held.

A claim *did not hold* as soon as one pair that was measured contradicts it, *held* if every pair it speaks of agrees, is *not
decided* if the replicates leave one open, and *not measured* if runs are missing. Only runs that follow the paper's protocol
decide (`protocol.departures`); if there are no others, runs that depart from it are given as figures, with what they depart
in. Claims 1 to 7 and 9 to 13 are judged on plain SGD. The two pairs are MLP/MNIST and CNN/CIFAR-10, the rates the paper's five.
"""

from collections.abc import Sequence

from lrtui.analysis.wording import listing
from lrtui.book import paper_rules as rules
from lrtui.book.answer import Answer, Question, Reply
from lrtui.book.caveats import caveats
from lrtui.book.compare import CRITERION
from lrtui.book.grouping import Grouping
from lrtui.book.paper_runs import in_pairs
from lrtui.book.protocol import DATASETS
from lrtui.book.question import Point, Verdict
from lrtui.book.scenario import Trained
from lrtui.book.sweeps import by_rate, done_runs

WORDS = {
    Verdict.AGREES: "held",
    Verdict.ONE_SEED_AGREES: "held",
    Verdict.CONTRADICTS: "did not hold",
    Verdict.ONE_SEED_CONTRADICTS: "did not hold",
    Verdict.NOT_DECIDED: "not decided",
    Verdict.NOT_JUDGED: "not decided",
    Verdict.CANNOT_BE_SAID: "not measured",
}
"""What a verdict is called of a claim."""


def judge(studies: Sequence[Trained]) -> Answer:
    """Return the paper's claims, judged on the studies put together; later studies were begun later."""
    runs = [run for run in done_runs(studies) if run.spec.dataset in DATASETS]
    grouping = by_rate(runs)
    replies = tuple(question.put(grouping) for question in claims(grouping))
    return Answer(
        title="The paper's claims",
        replies=replies,
        opening=_tally(replies),
        caveats=tuple(caveats(grouping, timed=False)),
        group="the paper",
        studies=tuple(study.id for study in grouping.studies),
        words=WORDS,
        criterion=f"The paper's criteria are the claims' own; more than half of the replicates is a count. {CRITERION}",
    )


def _tally(replies: Sequence[Reply]) -> str:
    words = [WORDS[reply.verdict] for reply in replies]
    return (
        f"Of {len(words)} claims {words.count('held')} held, {words.count('did not hold')} did not hold, "
        f"{words.count('not decided')} are not decided by the replicates, and {words.count('not measured')} cannot be judged "
        "on what was measured."
    )


def measured(answer: Answer) -> bool:
    """Return whether anything was measured that a claim is about."""
    return any(finding.measured for reply in answer.replies for finding in reply.findings)


def reason(reply: Reply) -> str:
    """Return which points agree, contradict, are open, or are missing and why."""
    against = [one.point for one in reply.findings if one.verdict.contradicts]
    agreeing = [one.point for one in reply.findings if one.verdict.agrees]
    undecided = [one.point for one in reply.findings if one.verdict in (Verdict.NOT_DECIDED, Verdict.NOT_JUDGED)]
    said = [
        f"{word} {listing(points)}"
        for points, word in ((against, "contradicted by"), (undecided, "not decided in"), (agreeing, "agreeing"))
        if points
    ]
    lacking: dict[str, list[str]] = {}
    for one in reply.findings:
        if one.lacks and one.needed:
            lacking.setdefault(one.lacks, []).append(one.point)
    return "; ".join([*said, *(f"{listing(points)}: {lacks}" for lacks, points in lacking.items())])


def claims(grouping: Grouping) -> list[Question]:
    """Return the claims, in the order of their numbers from 1."""
    return [
        _claim(
            "A learning rate of 1e-3 gives the highest validation accuracy, for both model/data pairs.",
            "In both pairs, 1e-3 is the best of the five rates and differs from each of the others (paired by seed, p ≤ 0.05); "
            "it did not hold if 1e-3 can be told from the best, by p-values adjusted for the best's four rivals (Holm).",
            in_pairs(rules.best_at_1e_3),
        ),
        _claim(
            "A learning rate of 1e-1 diverges or collapses.",
            "In both pairs, more than half of the replicates at 1e-1 diverged or ended below 60 % (MLP) or 30 % (CNN) "
            "validation accuracy.",
            in_pairs(rules.fails_at_1e_1),
        ),
        _claim(
            "Learning rates of 1e-5 and 1e-4 are stable but need more than 25 epochs.",
            "In both pairs and at both rates, more than half of the replicates learned (none of diverged, stalled, collapsed), "
            "have a fluctuation below 0.3, and did not converge by epoch 25. So says the text; Table 1 gives 20 (MLP) and 22 "
            "(CNN) epochs for 1e-4, which is claim 9.",
            in_pairs(rules.slow_but_stable),
        ),
        _claim(
            "A learning rate of 1e-3 converges at epoch 10 to 15.",
            "In both pairs, more than half of the replicates at 1e-3 converged, and the median of their convergence epochs is "
            "from 10 to 15.",
            in_pairs(rules.converges_at_10_to_15),
        ),
        _claim(
            "At 1e-3 the standard deviation over replicates is below 1 point.",
            "In both pairs, the sample standard deviation of the final validation accuracy over at least two replicates at "
            "1e-3 is below 1 point.",
            in_pairs(rules.repeatable_at_1e_3),
        ),
        _claim(
            "The CNN suffers more from 1e-1 than the MLP.",
            "Seed by seed, the final validation accuracy falls by more points from the best of the five rates to 1e-1 in "
            "CNN/CIFAR-10 than in MLP/MNIST.",
            (Point("CNN/CIFAR-10 against MLP/MNIST", rules.cnn_suffers_more),),
        ),
        _claim(
            "CIFAR-10 converges later than MNIST.",
            "At every rate at which runs converged on both data sets the convergence epoch is later on CIFAR-10, seed by seed "
            "(a run that learned and did not converge by the end is later than any), and there is such a rate. The same model "
            "on both data sets is compared if it was measured at all five rates, else CNN/CIFAR-10 with MLP/MNIST.",
            (Point("CIFAR-10 against MNIST", rules.cifar10_converges_later),),
        ),
        _claim(
            "Adaptive optimizers are steadier at high learning rates.",
            "Every adaptive optimizer measured beside plain SGD on the same model and data has a lower fluctuation at 1e-2 and "
            "at 1e-1, seed by seed; that of a run that diverged, stalled, collapsed, or ended below 20 % validation accuracy "
            "(twice chance) counts as infinite: a network that collapsed is not steady. Needed: MLP/MNIST and CNN/CIFAR-10, "
            "one optimizer each.",
            rules.adaptive_points(grouping),
        ),
        _claim(
            "Table 1: the low rates converge at epoch 28 and 20 (MLP/MNIST), 30 and 22 (CNN/CIFAR-10).",
            "In both pairs and at both rates, more than half of the replicates learned, have a fluctuation below 0.3, and "
            "converged within 3 epochs of Table 1's. The text contradicts it for 1e-4: claim 3.",
            in_pairs(rules.slow_as_in_table_1),
        ),
        _claim(
            "The standard deviation at 1e-1 is far above that at 1e-3.",
            "In both pairs, the 95 % interval of the ratio of the two variances of the final validation accuracy (F "
            "distribution) lies above 1.",
            in_pairs(rules.far_more_spread_at_1e_1),
        ),
        _claim(
            "Epochs to convergence fall with the rate: 28, 20, 12, 10 (MLP/MNIST), 30, 22, 15, 12 (CNN/CIFAR-10).",
            "In both pairs, from 1e-5 to 1e-2 each rate converges sooner than the one below it, seed by seed.",
            in_pairs(rules.sooner_with_the_rate),
        ),
        _claim(
            "A learning rate of 1e-2 fluctuates moderately.",
            "In both pairs, the fluctuation at 1e-2 is above that at 1e-3 and below that at 1e-1, seed by seed; that of a run "
            "that failed counts as infinite.",
            in_pairs(rules.moderate_fluctuation_at_1e_2),
        ),
        _claim(
            "At 1e-1 the training loss does not fall.",
            "In both pairs, the training loss of more than half of the replicates at 1e-1 ends at 0.98 or more of what it was "
            "before training, or is not a number.",
            in_pairs(rules.training_loss_stays_at_1e_1),
        ),
        _claim(
            "A learning rate that decays makes SGD converge faster (abstract).",
            "In both pairs, SGD with a schedule, and nothing else that differs from the protocol, reaches the validation loss "
            "that both reach in fewer epochs than plain SGD at the same rate, seed by seed.",
            rules.decay_points(),
        ),
    ]


def _claim(text: str, criterion: str, points: tuple[Point, ...]) -> Question:
    return Question(text, criterion, points, source="the paper", label="criterion")
