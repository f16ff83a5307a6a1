"""Exercise 8 answered from runs made by hand: agreement, contradiction, what cannot be said, and what limits the answers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from lrtui.book.answer import Answer, FigureTable, Reply
from lrtui.book.exercise8 import answers
from lrtui.book.question import Verdict as Says
from lrtui.book.scenario import Trained
from lrtui.study import preset
from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec
from tests.book.made import measured

SLOW, FAST, FLAT = (2.3, 2.0, 1.8, 1.6), (2.3, 1.5, 1.4, 1.3), (2.3, 2.29, 2.28, 2.28)


def outcome(accuracy: float, *, step: float = 0.5, **more: Any) -> dict[str, Any]:
    """Return what three replicates of an arm measured, `step` points apart, the test accuracy 1 point lower."""
    accuracies = [accuracy - step, accuracy, accuracy + step]
    usual = {"kept_epoch": [3] * 3, "stopped_early": [False] * 3, "verdict": ["improving"] * 3}
    return {
        **usual,
        "final_val_accuracy": accuracies,
        "test_accuracy": [value - 1 for value in accuracies],
        "test_loss": [1.5, 1.6, 1.7],
        "test_seconds": [0.02] * 3,
        "losses": SLOW,
        "seconds": 1.0,
        "seconds_to_best": [4.0] * 3,
        **more,
    }


def mc(
    gains: Sequence[float] = (0.1, -0.1, 0.2), changes: Sequence[float] = (-0.1, -0.12, -0.11), accuracy: float = 48.0
) -> dict[str, Any]:
    """Return what MC dropout adds to the accuracy (48 % on the test images without it) and to the loss of each replicate."""
    return {
        "mc_samples": [100] * 3,
        "mc_accuracy": [accuracy + place + gain for place, gain in zip((-0.5, 0, 0.5), gains, strict=True)],
        "mc_loss": [1.5 + place / 10 + change for place, change in enumerate(changes)],
        "mc_sd": [0.05] * 3,
        "mc_seconds": [2.0] * 3,
    }


def agreeing() -> dict[str, dict[str, Any]]:
    """Return the figures of every part as the guide expects them."""
    return {
        "b": outcome(47.0),
        "c": outcome(54.0, losses=FAST, seconds=1.5, seconds_to_best=[6.0] * 3),
        "d": outcome(48.0, seconds=0.9, seconds_to_best=[3.0] * 3),
        "e": outcome(49.0, **mc()),
        "f": outcome(52.0, losses=FAST, seconds=0.5, **mc(accuracy=51.0)),
    }


def part(spec: RunSpec, name: str) -> str:
    return (spec.variant or name.rpartition("/")[2])[0]


def trained(
    name: str,
    parts: Mapping[str, dict[str, Any]] | None = None,
    *,
    overrides: Sequence[str] = (),
    id: str = "",
    statuses: Mapping[tuple[str, int], RunStatus] | None = None,
    **about: Any,
) -> Trained:
    """Return a study of a shipped preset, every part with its figures."""
    figures, study = parts or agreeing(), preset.load(name, overrides)
    result = measured(
        study,
        lambda spec: figures[part(spec, name)],
        lambda spec: (statuses or {}).get((part(spec, name), spec.replicate), RunStatus.DONE),
    )
    return Trained(id or name, result, **{"device": "cpu: Made", "lanes": 1, **about})


def said(*studies: Trained) -> Answer:
    (found,) = answers(studies)
    return found


def reply(found: Answer, begins: str) -> Reply:
    return next(one for one in found.replies if one.question.text.startswith(begins))


def verdicts(found: Answer) -> list[Says]:
    return [one.verdict for one in found.replies]


def changed(**parts: dict[str, Any]) -> Answer:
    figures = agreeing()
    for letter, more in parts.items():
        figures[letter].update(more)
    return said(trained("exercise8/all", figures))


def column(table: FigureTable, key: str) -> dict[str, tuple[float, ...] | None]:
    place = [measure.key for measure in table.columns].index(key)
    taken = {scenario.label: figures[place] for scenario, figures in table.rows}
    return {label: None if figures is None else figures.values for label, figures in taken.items()}


def agrees(found: Reply) -> list[bool | None]:
    """Return of each point whether it agrees or is contradicted; None: neither."""
    return [True if one.verdict.agrees else False if one.verdict.contradicts else None for one in found.findings]


def table(found: Answer, key: str) -> FigureTable:
    return next(one for one in found.tables if one.key == key)


def test_what_the_guide_expects_agrees_question_by_question() -> None:
    found = said(trained("exercise8/all"))
    assert verdicts(found) == [Says.AGREES] * 4
    assert [one.question.text[:6] for one in found.replies] == ["(c) Do", "(d, e)", "(e) Do", "(f) Is"]
    assert not found.caveats


def test_the_common_loss_is_the_lowest_that_every_run_reached_and_who_never_reaches_it_is_said() -> None:
    spread = [(2.3, 1.9, 1.7, 1.5), (2.3, 1.9, 1.7, 1.6), (2.3, 1.9, 1.8, 1.7)]
    found = changed(b={"losses": spread}, d={"losses": FLAT, "verdict": ["stalled"] * 3})
    assert found.common_loss == pytest.approx(1.7)  # b's third replicate; d learned nothing and does not set it
    learning = table(found, "learning")
    assert learning.notes[0].startswith("The common validation loss is 1.700 nats")
    assert learning.notes[1:] == ("d-selu: 3 of 3 replicates never reach it.",)
    epochs = column(learning, "epochs_to_common_loss")
    assert epochs["b-elu-nadam"] == (2.0, 2.0, 3.0)
    assert epochs["c-batchnorm"] == (1.0, 1.0, 1.0)
    seconds = column(table(found, "time"), "seconds_to_common_loss")
    assert seconds["c-batchnorm"] == (3.0, 3.0, 3.0)  # epochs 0 and 1, 1.5 s each
    assert seconds["d-selu"] == (math.inf,) * 3
    assert "d-selu: 3 of 3 runs stalled." in found.caveats


def test_a_batch_normalization_that_is_slower_and_worse_contradicts() -> None:
    found = changed(c={"losses": SLOW, "final_val_accuracy": [40.0, 41.0, 42.0], "seconds": 0.5}, b={"losses": FAST})
    answer = reply(found, "(c)")
    assert agrees(answer) == [False, False, False]
    assert answer.verdict is Says.CONTRADICTS


def test_an_interval_around_zero_decides_nothing_and_says_how_many_seeds_would() -> None:
    answer = reply(changed(c={"final_val_accuracy": [47.0, 54.0, 55.0]}), "(c)")
    assert agrees(answer) == [True, None, True]
    assert answer.verdict is Says.NOT_DECIDED
    assert (
        answer.findings[1].measured[0].endswith("difference +5.00 [-4.70, +14.70], p = 0.16; 5 seeds would settle it")
    )


def test_what_the_guide_does_not_speak_of_is_given_in_sentences() -> None:
    found = said(trained("exercise8/all"))
    assert reply(found, "(c)").besides == (
        "c-batchnorm converges in less time than b-elu-nadam (seconds to the common loss 3.0 ± 0.0 against 4.0 ± 0.0).",
    )
    assert "; e-alpha-dropout is worse than c-batchnorm by 5.00 points (" in reply(found, "(d, e)").conclusion
    assert reply(found, "(d, e)").besides[1].startswith("An epoch of d-selu costs less time than one of c-batchnorm (")
    overlapping = reply(changed(f={"losses": SLOW, "seconds": 1.0}), "(f)").besides[0]
    assert overlapping.startswith("f-onecycle and e-alpha-dropout cannot be told apart (epochs to the common loss 3.0")


def test_test_accuracies_stand_beside_the_validation_accuracies_that_are_judged() -> None:
    assert reply(changed(c={"test_accuracy": [46.0, 46.5, 47.0]}), "(c)").findings[1].measured == (
        "validation accuracy: c-batchnorm 54.00 ± 0.50 %, b-elu-nadam 47.00 ± 0.50 %; difference +7.00 in every seed",
        "test accuracy: c-batchnorm 46.50 ± 0.50 %, b-elu-nadam 46.00 ± 0.50 %; difference +0.50 in every seed",
    )


@pytest.mark.parametrize(
    ("accuracies", "seconds", "expected"),
    [
        ([47.5, 48.0, 48.5], 3.0, Says.AGREES),
        ([53.4, 54.1, 54.5], 3.0, Says.AGREES),  # as good, within ± 0.4 points
        ([53.0, 54.0, 55.0], 3.0, Says.NOT_DECIDED),  # as good in the mean, within ± 1.2 points
        ([60.0, 61.0, 62.0], 3.0, Says.CONTRADICTS),
        ([47.5, 48.0, 48.5], 9.0, Says.CONTRADICTS),
        ([47.5, 48.0, 48.5], 6.0, Says.NOT_DECIDED),
    ],
)
def test_self_normalization_is_to_be_fast_and_no_better(
    accuracies: list[float], seconds: float, expected: Says
) -> None:
    found = changed(d={"final_val_accuracy": accuracies, "seconds_to_best": [seconds] * 3})
    assert reply(found, "(d, e)").verdict is expected
    assert reply(found, "(d, e)").findings[1].point == "part d is not better than part c"


@pytest.mark.parametrize(
    ("gains", "changes", "expected"),
    [
        ((0.1, -0.1, 0.2), (-0.1, -0.12, -0.11), [True, True]),
        ((3.0, 3.5, 3.2), (0.1, 0.12, 0.11), [False, False]),
        ((-2.0, 2.0, 1.2), (-0.1, -0.2, -0.1), [None, None]),  # of the loss p = 0.057
    ],
)
def test_mc_dropout_is_judged_replicate_by_replicate(
    gains: Sequence[float], changes: Sequence[float], expected: list[bool | None]
) -> None:
    answer = reply(changed(e=mc(gains, changes)), "(e)")
    assert agrees(answer)[:2] == expected


def test_mc_dropout_beside_the_deterministic_pass() -> None:
    found = said(trained("exercise8/all"))
    figures = table(found, "mc_dropout")
    assert [scenario.label for scenario, _ in figures.rows] == ["e-alpha-dropout", "f-onecycle"]
    assert column(figures, "mc_slowdown")["e-alpha-dropout"] == (100.0,) * 3
    assert column(figures, "mc_sd")["e-alpha-dropout"] == (0.05,) * 3
    accuracy, likelihood = reply(found, "(e)").findings[:2]
    assert accuracy.measured == (
        "test accuracy of e-alpha-dropout: deterministic 48.00 ± 0.50 %, MC dropout 48.07 ± 0.57 %; change of each replicate "
        "+0.10, -0.10, +0.20; MC dropout does better in 2 of 3",
    )
    assert likelihood.measured[0].endswith("MC dropout does better in 3 of 3")


def test_mc_dropout_of_f_does_not_hold_up_the_answer_about_e_but_may_contradict() -> None:
    assert reply(changed(f=mc(changes=(0.1, -0.1, 0.1), accuracy=51.0)), "(e)").verdict is Says.AGREES
    figures = agreeing()
    figures["f"].update(test_accuracy=[48.0] * 3, mc_accuracy=[40.0] * 3)
    assert reply(said(trained("exercise8/all", figures)), "(e)").verdict is Says.CONTRADICTS


def test_mc_dropout_that_was_not_done_is_named() -> None:
    answer = reply(said(trained("exercise8/b-elu-nadam")), "(e)")
    assert {finding.lacks for finding in answer.findings} == {"no finished run with MC dropout"}
    assert answer.verdict is Says.CANNOT_BE_SAID


def test_1cycle_that_is_slower_and_worse_contradicts_and_stands_beside_c_too() -> None:
    answer = reply(changed(f={"losses": SLOW, "seconds": 3.0, "final_val_accuracy": [40.0, 41.0, 42.0]}), "(f)")
    assert agrees(answer) == [False, False]
    assert any(
        sentence.startswith("f-onecycle is worse than c-batchnorm by 13.00 points") for sentence in answer.besides
    )


def test_a_cycle_that_early_stopping_cut_short_is_said() -> None:
    rates = [0.001, 0.002, 0.003, 0.004]
    cut = {"stopped_early": [True, True, False], "epochs": [3, 3, 100], "lrs": rates}
    assert reply(changed(f=cut), "(f)").besides[-1] == (
        "Early stopping ended f-onecycle before its cycle was over in 2 of 3 runs, after 3.0 ± 0.0 of 100 epochs, in 2 of them "
        "with the rate still rising: a cycle as long as the training would be a fairer trial."
    )
    falling = reply(changed(f={**cut, "lrs": rates[::-1]}), "(f)").besides[-1]
    assert "rising" not in falling


def test_folding_gives_the_time_saved_and_the_largest_difference() -> None:
    folded = {"folded_seconds": [0.03] * 3, "unfolded_seconds": [0.04] * 3, "folded_difference": [1e-6, 2e-6, 3e-6]}
    figures = table(changed(c=folded), "folding")
    assert [scenario.label for scenario, _ in figures.rows] == ["c-batchnorm"]
    saved = column(figures, "time_saved")["c-batchnorm"]
    assert saved == pytest.approx((25.0,) * 3)
    assert column(figures, "folded_difference")["c-batchnorm"] == (1e-6, 2e-6, 3e-6)


CIFAR = {"name": "cifar10", "sha256": "1", "train_count": 45000, "val_count": 5000, "test_count": 10000}


def one_seed(**parts: dict[str, Any]) -> Answer:
    figures = agreeing()
    for letter, more in parts.items():
        figures[letter].update(more)
    return said(trained("exercise8/all", figures, overrides=["sweep.replicates=1"], data=[CIFAR]))


def test_one_seed_says_what_the_test_images_can_tell_and_gives_the_rest() -> None:
    found = one_seed()
    one, open_ = Says.ONE_SEED_AGREES, Says.NOT_DECIDED
    assert verdicts(found) == [one, one, open_, one]  # of MC dropout: 2 standard errors are more than a point
    assert found.caveats == (
        "One seed only: b-elu-nadam, c-batchnorm, d-selu, e-alpha-dropout and f-onecycle. What another seed would give is not "
        "known.",
    )
    answer = reply(found, "(c)")
    assert [finding.verdict for finding in answer.findings] == [
        Says.NOT_JUDGED,
        Says.ONE_SEED_AGREES,
        Says.NOT_JUDGED,
    ]
    assert answer.findings[1].measured[-1] == (
        "9.9 standard errors of 10,000 images apart; there is no spread over seeds to judge by"
    )


def test_one_seed_contradicts_where_the_test_images_do() -> None:
    worse = {"final_val_accuracy": [43.0, 0, 0], "test_accuracy": [42.0, 0, 0]}
    answer = reply(one_seed(c=worse), "(c)")
    assert answer.verdict is Says.ONE_SEED_CONTRADICTS
    assert "One seed contradicts the guide; not so here: part c is better than part b." in answer.conclusion


@pytest.mark.parametrize(
    ("validated", "tested"),
    [(47.5, 46.8), (46.0, 52.0)],  # 1.8 standard errors from 45.5 %; the validation images say otherwise
)
def test_one_seed_cannot_tell_what_is_within_two_standard_errors_or_of_two_minds(
    validated: float, tested: float
) -> None:
    answer = reply(one_seed(c={"final_val_accuracy": [validated, 0, 0], "test_accuracy": [tested, 0, 0]}), "(c)")
    assert answer.verdict is Says.NOT_DECIDED
    assert answer.findings[1].verdict is Says.NOT_DECIDED


def test_one_seed_against_several_is_one_seed_and_images_that_are_not_known_judge_nothing() -> None:
    statuses = {("c", 2): RunStatus.WAITING, ("c", 3): RunStatus.WAITING}
    answer = reply(said(trained("exercise8/all", statuses=statuses, data=[CIFAR])), "(c)")
    assert answer.verdict is Says.ONE_SEED_AGREES
    unknown = reply(said(trained("exercise8/all", statuses=statuses)), "(c)")
    assert unknown.verdict is Says.NOT_JUDGED
    assert "standard errors" not in unknown.conclusion


def test_without_test_images_those_validated_on_count() -> None:
    data = [{**CIFAR, "test_count": None, "val_count": 100}]
    found = said(trained("exercise8/all", overrides=["sweep.replicates=1"], data=data))
    assert "1.0 standard errors of 100 images" in reply(found, "(c)").findings[1].measured[-1]


@pytest.mark.parametrize(
    ("gain", "images", "expected"),
    [
        (0.2, 60000, Says.ONE_SEED_AGREES),
        (0.2, 10000, Says.NOT_DECIDED),  # 2 standard errors are 1.4 points
        (1.2, 10000, Says.NOT_DECIDED),
        (-3.0, 10000, Says.ONE_SEED_CONTRADICTS),
    ],
)
def test_mc_dropout_of_one_seed_is_judged_by_the_accuracy(gain: float, images: int, expected: Says) -> None:
    figures = agreeing()
    figures["e"].update(mc(gains=(gain, 0, 0)))
    data = [{**CIFAR, "test_count": images}]
    answer = reply(said(trained("exercise8/all", figures, overrides=["sweep.replicates=1"], data=data)), "(e)")
    assert answer.verdict is expected
    assert [finding.verdict for finding in answer.findings[:2]] == [expected, Says.NOT_JUDGED]
    assert f"the test accuracy of e-alpha-dropout by {abs(gain):.2f} points (from 47.50 to" in answer.conclusion


def test_runs_that_failed_are_named_in_the_answer() -> None:
    failed = {"verdict": ["diverged", "stalled", "stalled"], "losses": FLAT}
    answer = reply(changed(f=failed, e={"verdict": ["diverged"] * 3, "losses": FLAT}), "(f)")
    assert answer.conclusion.startswith(
        "Over 3 seeds each, neither f-onecycle (1 of 3 diverged, 2 of 3 stalled) nor e-alpha-dropout (diverged) ever gets there "
        "(seconds to the common loss); "
    )


def test_runs_that_are_not_done_are_said_and_do_not_count() -> None:
    statuses = {("c", 3): RunStatus.INTERRUPTED, **{("d", seed): RunStatus.WAITING for seed in (1, 2, 3)}}
    found = said(trained("exercise8/all", statuses=statuses))
    assert found.caveats[:2] == (
        "c-batchnorm: 2 of 3 runs done, 1 interrupted; only those that are done count.",
        "d-selu: no run is done, 3 waiting.",
    )
    assert [scenario.n for scenario, _ in table(found, "learning").rows] == [3, 2, 0, 3, 3]
    assert reply(found, "(c)").verdict is Says.AGREES
    assert reply(found, "(d, e)").findings[0].lacks == "no finished run of part d (SELU, self-normalizing)"


def test_before_a_run_is_done_there_are_caveats_and_nothing_else() -> None:
    waiting = {(letter, seed): RunStatus.WAITING for letter in "bcdef" for seed in (1, 2, 3)}
    found = said(trained("handson/all", statuses=waiting))
    assert (found.tables, found.replies) == ((), ())
    assert found.caveats[0] == "b: no run is done, 3 waiting."


def test_what_was_changed_of_the_presets_and_which_data_it_was_is_said() -> None:
    data = [{"name": "cifar10", "sha256": "1", "canonical": False, "note": "Not the canonical copy."}]
    studies = [
        trained(f"exercise8/{name}", overrides=["train.epochs=3", "sweep.replicates=3"], data=data, lanes=2)
        for name in ("b-elu-nadam", "c-batchnorm")
    ]
    assert said(*studies).caveats == (
        "Changed from the preset: train.epochs=3 (exercise8/b-elu-nadam and exercise8/c-batchnorm). The answers are those of "
        "the changed runs.",
        "Not the canonical copy.",
        "Seconds were measured with 2 runs at a time on the machine: a run alone takes less, and what runs beside it changes "
        "its time.",
    )


def test_a_machine_with_other_work_beside_it_shows_in_uneven_epochs() -> None:
    found = changed(b={"seconds": [9.0, 1.0, 1.0, 3.0]})  # the first is the evaluation before training
    assert found.caveats == (
        "A busy machine: epochs of one run took 1.00 to 2.60 s (b-elu-nadam), so that all seconds say less.",
    )
    assert "of b-elu-nadam on this busy machine (seconds per epoch" in reply(found, "(c)").conclusion
    assert reply(found, "(c)").findings[2].measured[-1] == "on this busy machine"
    assert "busy" not in reply(found, "(f)").conclusion


def test_studies_given_together_answer_like_one_with_variants_whatever_their_order() -> None:
    names = ("f-onecycle", "b-elu-nadam", "e-alpha-dropout", "c-batchnorm", "d-selu")
    apart = said(*(trained(f"exercise8/{name}") for name in names))
    together = said(trained("exercise8/all"))

    def content(found: Answer) -> object:
        rows = [[(one.label, one.n, figures) for one, figures in table.rows] for table in found.tables]
        replies = [(one.question.text, one.findings, one.conclusion, one.besides) for one in found.replies]
        return found.group, [table.key for table in found.tables], rows, replies

    assert content(apart) == content(together)


def test_families_are_never_mixed_and_other_studies_left_aside() -> None:
    lab = Trained("lab", measured(preset.load("lab/zero-bias"), lambda _: {}, lambda _: RunStatus.DONE), "cpu: Made", 1)
    found = answers([trained("handson/b"), lab, trained("exercise8/all"), trained("handson/c")])
    assert [(one.group, one.studies) for one in found] == [
        ("handson", ("handson/b", "handson/c")),
        ("exercise8", ("exercise8/all",)),
    ]
    assert [scenario.label for scenario, _ in found[0].tables[0].rows] == ["b", "c"]


def test_replicates_of_several_studies_are_pooled_and_of_one_seed_the_later_counts() -> None:
    early, late = agreeing(), agreeing()
    late["c"]["final_val_accuracy"] = [60.0, 61.0, 62.0]
    found = said(
        trained("exercise8/c-batchnorm", early, overrides=["sweep.seeds=[1, 2]"], id="early"),
        trained("exercise8/c-batchnorm", late, overrides=["sweep.seeds=[2, 3]"], id="late"),
    )
    assert column(table(found, "learning"), "val_accuracy") == {"c-batchnorm": (53.5, 60.0, 61.0)}
    assert found.studies == ("early", "late")


def test_an_earlier_run_that_is_done_outweighs_a_later_one_that_is_not() -> None:
    found = said(
        trained("exercise8/c-batchnorm", id="early"),
        trained("exercise8/c-batchnorm", id="late", statuses={("c", 2): RunStatus.INTERRUPTED}),
    )
    assert [(scenario.n, len(scenario.statuses)) for scenario, _ in table(found, "learning").rows] == [(3, 3)]


def test_an_arm_with_other_settings_in_a_later_study_replaces_the_earlier() -> None:
    found = said(
        trained("exercise8/c-batchnorm", id="early"),
        trained("exercise8/c-batchnorm", id="late", overrides=["train.epochs=3"]),
    )
    assert "early (c-batchnorm) is left out: a later study has this scenario with other settings." in found.caveats
    assert found.studies == ("late",)


def test_what_was_measured_on_other_images_or_machines_is_not_compared() -> None:
    b = trained("exercise8/b-elu-nadam")
    images = said(b, trained("exercise8/c-batchnorm", overrides=["data.val_limit=100"]))
    assert agrees(reply(images, "(c)")) == [None, None, None]
    assert "were not trained and validated on the same images" in reply(images, "(c)").findings[0].lacks
    assert any("only those that were are compared" in caveat for caveat in images.caveats)
    machines = said(b, trained("exercise8/c-batchnorm", device="cpu: Other"))
    assert agrees(reply(machines, "(c)")) == [True, True, None]
    assert any("different machines" in caveat for caveat in machines.caveats)


def test_several_rates_of_one_part_are_shown_but_cannot_stand_for_it() -> None:
    study = trained("exercise8/c-batchnorm", overrides=["sweep.optim.lr=[1e-3, 1e-4]"])
    found = said(trained("exercise8/b-elu-nadam"), study)
    assert [scenario.label for scenario, _ in found.tables[0].rows] == [
        "b-elu-nadam",
        "c-batchnorm, lr 1e-3",
        "c-batchnorm, lr 1e-4",
    ]
    assert reply(found, "(c)").findings[0].lacks == "several scenarios of part c (batch normalization)"


def published(**parts: Any) -> Reply:
    figures = agreeing()
    for letter, more in parts.items():
        figures[letter].update(more)
    return reply(said(trained("handson/all", figures)), "Do the published")


def test_published_figures_are_judged_by_their_order_and_their_distance_from_the_mean_over_seeds() -> None:
    found = published(b={"final_val_accuracy": [44.0, 44.5, 45.0]})
    assert found.verdict is Says.AGREES
    assert found.question.source == "the published figures"
    assert found.question.expected.startswith("c 53.98 > f 51.98 > e 48.90 > d 47.92 > b 47.62 %, of one seed each")
    assert found.conclusion.startswith(
        "Over 3 seeds each, the order by validation accuracy is the published one: c 54.00 > f 52.00 > e 49.00 > d 48.00 > b "
        "44.50 %; c is ahead of b by 9.50 points ("
    )
    assert found.conclusion.endswith(". This agrees with the published figures.")
    assert found.besides[:2] == (
        "b: published 47.62 %, measured 44.50 ± 0.50 %: below it by more than 2 standard deviations of the seeds.",
        "c: published 53.98 %, measured 54.00 ± 0.50 %: within 2 standard deviations of the seeds.",
    )


def test_another_order_than_published_contradicts_and_overlap_leaves_it_open() -> None:
    found = published(c={"final_val_accuracy": [40.0, 41.0, 42.0]})
    assert found.verdict is Says.CONTRADICTS
    assert (
        "is not the published c > f > e > d > b: f 52.00 > e 49.00 > d 48.00 > b 47.00 > c 41.00 %" in found.conclusion
    )
    assert published(f={"final_val_accuracy": [48.0, 49.0, 52.0]}).verdict is Says.NOT_DECIDED


def test_measured_stands_beside_published() -> None:
    figures = agreeing()
    figures["e"]["best_val_loss_epoch"] = [7, 8, 9]
    beside = table(said(trained("handson/all", figures)), "published")
    assert column(beside, "published_val_accuracy")["c"] == (53.98,)
    difference = column(beside, "difference")["b"]
    assert difference == pytest.approx((47.0 - 47.62,))
    assert (column(beside, "best_epoch")["e"], column(beside, "published_best_epoch")["e"]) == (
        (7.0, 8.0, 9.0),
        (8.0,),
    )
    assert column(beside, "best_epoch")["f"] is None  # of which none is published
    assert column(beside, "published_epochs")["f"] == (15.0,)
    assert column(beside, "published_mc_accuracy")["e"] == (48.92,)
    assert column(beside, "mc_accuracy")["f"] is None


def test_changed_presets_are_not_held_against_published_figures() -> None:
    found = reply(said(trained("handson/all", overrides=["train.epochs=3"])), "Do the published")
    assert found.verdict is Says.CANNOT_BE_SAID
    assert found.findings[0].lacks == "other settings than published: c and b"
    assert found.besides[0] == "b: published 47.62 %, measured 47.00 ± 0.50 %, with other settings than published."


def test_one_seed_has_an_order_but_no_distance() -> None:
    found = reply(said(trained("handson/all", overrides=["sweep.replicates=1"], data=[CIFAR])), "Do the published")
    assert found.verdict is Says.ONE_SEED_AGREES
    assert found.conclusion.startswith(
        "Of one seed each, the order by validation accuracy is the published one: c 53.50 >"
    )
    assert found.besides == ()


def test_nothing_is_published_of_the_exercise_itself() -> None:
    assert not any(one.question.text.startswith("Do the published") for one in said(trained("exercise8/all")).replies)
