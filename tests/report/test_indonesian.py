"""The paper's own table in Indonesian, and how its remarks come about."""

import json

import pytest

from lrtui.report.render import render
from lrtui.report.table import results_table
from lrtui.study.states import RunState
from tests.report.made import NAN, Saved, falling, mixed, paper, state, study

DIES = -1.0
SCENARIO = {
    "title": "Satu",
    "data": {"name": "mnist"},
    "model": {"name": "mlp"},
    "optim": {"name": "sgd", "lr": 0.01},
    "train": {"epochs": 30},
}


def remark(*runs: list[float]) -> object:
    """Return the remark of one scenario whose replicates have these losses."""
    made = study("satu", {**SCENARIO, "sweep": {"replicates": len(runs)}})
    saved = Saved(made, tuple(state(spec, losses) for spec, losses in zip(made.runs, runs, strict=True)))
    return results_table(saved.result, lang="id").records()[0]["Keterangan"]


def converging_at(epoch: int) -> list[float]:
    """Return 31 losses that fall by a tenth until `epoch`, then stand still."""
    return [2.3 * 0.9 ** min(at, epoch - 1) for at in range(31)]


def test_it_is_headed_like_the_papers() -> None:
    table = results_table(paper().result, lang="id")
    headings = [
        "Model",
        "Dataset",
        "Learning Rate",
        "Akurasi Validasi (%)",
        "Standar Deviasi",
        "Epoch Menuju Konvergensi",
    ]
    headings.append("Keterangan")
    assert [column.header for column in table.columns] == headings
    assert [column.key for column in table.columns] == headings
    assert table.rows[0][:3] == ("MLP", "MNIST", 1e-5)


def test_coordinates_of_other_sweeps_are_added() -> None:
    table = results_table(mixed().result, lang="id")
    assert [column.key for column in table.columns][:4] == ["Model", "Dataset", "model.hidden", "Learning Rate"]
    assert table.rows[0][1] == "Digits"


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (28, "Sangat lambat, stabil"),
        (22, "Cukup lambat, stabil"),
        (20, "Cukup lambat, stabil"),
        (15, "Cukup cepat, stabil"),
        (12, "Cukup cepat, stabil"),
        (10, "Cepat, stabil"),
    ],
)
def test_speed_is_told_by_the_share_of_the_epochs(epoch: int, expected: str) -> None:
    assert remark(converging_at(epoch)) == expected


def test_words_follow_the_verdict() -> None:
    assert remark([2.3, 3.0, *[NAN] * 29]) == "Divergen, tidak stabil"
    assert remark([2.3] * 31) == "Tidak belajar, stabil"
    assert remark([2.3, 1.9, *[2.31] * 29]) == "Runtuh, tidak stabil"
    assert remark(falling(30, 2.3, 0.0, 0.05)) == "Belum konvergen, stabil"
    assert remark([2.3, *[1.0, 1.5] * 15]) == "Berfluktuasi, tidak stabil"
    assert remark([2.3, *[1.0, 1.02] * 15]) == "Cepat, fluktuasi sedang"


def test_what_did_not_converge_says_so_where_the_paper_has_its_epoch() -> None:
    table = results_table(paper().result, lang="id")
    assert [row[5] for row in table.shown("–")] == ["Tidak Konvergen", "Tidak Konvergen", "28", "17", "12"]
    assert table.records()[0]["Epoch Menuju Konvergensi"] is None


def test_replicates_that_differ_are_counted() -> None:
    assert remark(converging_at(10), [2.3, NAN, *[NAN] * 29]) == "1 konvergen, 1 divergen, tidak stabil"


def test_people_see_the_two_tables_of_the_paper_and_programs_one() -> None:
    table = results_table(paper().result, lang="id")
    first, second = table.for_people()
    assert "Standar Deviasi" not in [column.header for column in first.columns]
    assert len(first.rows) == 5
    assert [column.header for column in second.columns] == [
        "Model",
        "Dataset",
        "Learning Rate",
        "Akurasi Validasi (%)",
        "Standar Deviasi",
    ]
    assert second.shown("–")[3] == ["MLP", "MNIST", "1e-2", "94.10", "0.44"]
    for fmt in ("text", "markdown", "latex"):
        text = str(render(table, fmt))
        assert text.index("Keterangan") < text.index("Tabel 2") < text.index("Standar Deviasi")
    assert "Standar Deviasi,Epoch Menuju Konvergensi,Keterangan" in str(render(table, "csv"))
    assert json.loads(render(table, "json"))["rows"][3]["Standar Deviasi"] == pytest.approx(0.44)


def test_only_scenarios_with_replicates_have_a_row_in_the_second_table() -> None:
    made = study("satu", {**SCENARIO, "sweep": {"optim.lr": [1e-2, 1e-1], "replicates": 2}})
    sole = [state(spec, falling(30, 2.3, 1.0, 0.1)) if spec.run != 4 else RunState(spec) for spec in made.runs]
    saved = Saved(made, tuple(sole))
    first, second = results_table(saved.result, lang="id").for_people()
    assert (len(first.rows), len(second.rows), second.note.endswith(", 2 replikasi")) == (2, 1, True)
    alone = study("satu", {**SCENARIO, "sweep": {"replicates": 1}})
    saved = Saved(alone, tuple(state(spec, falling(30, 2.3, 1.0, 0.1)) for spec in alone.runs))
    (only,) = results_table(saved.result, lang="id").for_people()
    assert "Standar Deviasi" not in [column.header for column in only.columns]


def test_optimal_are_those_that_cannot_be_told_from_the_best_and_are_sound() -> None:
    def remarks(**accuracies: list[float]) -> list[str]:
        """Return the remarks of the rates a (1e-3), b (1e-2) and c (1e-1), whose runs have these final accuracies."""
        rates = {"a": 1e-3, "b": 1e-2, "c": 1e-1}
        sweep = {"optim.lr": [rates[name] for name in accuracies], "replicates": 3}
        made = study("satu", {**SCENARIO, "sweep": sweep})
        runs = []
        for spec in made.runs:
            name = next(name for name, rate in rates.items() if rate == spec.lr)
            final = accuracies[name][spec.replicate - 1]
            losses = [2.3, 3.0, *[NAN] * 29] if final == DIES else falling(30, 2.3, 1.0, 0.1)
            runs.append(state(spec, losses, [final] * 31))
        table = results_table(Saved(made, tuple(runs)).result, lang="id")
        return [str(row["Keterangan"]).partition(",")[0] for row in table.records()]

    told = remarks(a=[90.0, 90.1, 90.2], b=[95.0, 95.1, 95.3], c=[60.0, 61.0, 60.5])
    assert [word == "Optimal" for word in told] == [False, True, False], "it won"
    told = remarks(a=[94.9, 95.4, 95.0], b=[95.0, 95.1, 95.3], c=[60.0, 61.0, 60.5])
    assert [word == "Optimal" for word in told] == [True, True, False], "two cannot be told apart"
    told = remarks(b=[95.0, DIES, 95.3], c=[60.0, 61.0, 60.5])
    assert "Optimal" not in told[0], "one of its replicates died"
    assert remarks(b=[95.0, 95.1, 95.3]) != ["Optimal"], "alone it is the best of nothing"


def test_optimal_is_the_highest_accuracy_among_sound_scenarios() -> None:
    remarks = [row["Keterangan"] for row in results_table(paper().result, lang="id").records()]
    assert [str(text).startswith("Optimal") for text in remarks] == [False, False, False, True, False]


def test_unfinished_and_untrained_scenarios_say_so() -> None:
    saved = mixed()
    remarks = [row["Keterangan"] for row in results_table(saved.result, lang="id").records()]
    assert remarks[3] == "Belum konvergen, stabil, belum selesai"
    bare = Saved(saved.study, tuple(type(run)(run.spec) for run in saved.states))
    assert {row["Keterangan"] for row in results_table(bare.result, lang="id").records()} == {"Belum dilatih"}


def row_of(*runs: list[float]) -> dict[str, object]:
    """Return the row of one scenario whose replicates have these losses."""
    made = study("satu", {**SCENARIO, "sweep": {"replicates": len(runs)}})
    saved = Saved(made, tuple(state(spec, losses) for spec, losses in zip(made.runs, runs, strict=True)))
    return results_table(saved.result, lang="id").records()[0]


@pytest.mark.parametrize(
    ("losses", "epoch", "word"),
    [
        ([2.3, *[0.0870, 0.0890] * 15], 1, "Cepat"),  # settled, and never three changes below 1 % in a row
        ([2.3, *[0.08, 0.15] * 14, 0.08, 0.08], 29, "Sangat lambat"),
        (converging_at(12), 12, "Cukup cepat"),
        ([2.3, 1.9, *[1.0] * 10, *[NAN] * 19], None, "Divergen"),  # converged, and was lost afterwards
        ([2.3, 1.9, *[1.0] * 10, *[2.31] * 19], None, "Runtuh"),
        ([2.3] * 31, None, "Tidak belajar"),
        (falling(30, 2.3, 0.0, 0.05), None, "Belum konvergen"),
        ([2.3, *[1.0, 1.5] * 15], None, "Berfluktuasi"),
    ],
)
def test_the_epoch_agrees_with_the_remark(losses: list[float], epoch: int | None, word: str) -> None:
    row = row_of(losses)
    assert str(row["Keterangan"]).startswith(word)
    assert row["Epoch Menuju Konvergensi"] == epoch
