"""Studies side by side as tables: what heads them, what is said of their p, and a table for each study that is compared."""

from lrtui.analysis.result import StudyResult
from lrtui.analysis.side_by_side import side_by_side
from lrtui.report.blocks import text_document
from lrtui.report.diff import reading, results_tables
from tests.analysis.test_side_by_side import trained


def headers(*results: StudyResult) -> list[list[str]]:
    found = side_by_side(results, ["A", "B", "C"][: len(results)])
    return [[column.header for column in table.columns] for table in results_tables(found)]


def test_rows_are_headed_lr_only_if_nothing_else_tells_them_apart() -> None:
    assert headers(trained(), trained("train.batch_size=64"))[0][0] == "lr"
    swept = ["optim.momentum=[0.0, 0.9]", "optim.momentum=[0.5, 0.9]"]
    assert headers(*map(trained, swept))[0][0] == "scenario"


def test_of_three_studies_each_that_is_compared_has_a_table_that_fits_80_columns() -> None:
    found = side_by_side([trained(), trained("train.batch_size=64"), trained("optim.lr=[1e-3]")], ["A", "B", "C"])
    first, *others = results_tables(found, compact=True)
    assert [column.header for column in first.columns] == ["lr", "A %", "B %", "C %"]
    assert [table.title for table in others] == ["B − A", "C − A"]
    assert [column.header for column in others[0].columns] == ["lr", "B − A", "95 % interval", "p", "seeds"]
    assert [len(table.rows) for table in others] == [5, 1]  # what only one of the two has is left out
    assert max(map(len, text_document([first, *others]).split("\n"))) <= 80


def test_that_p_are_not_corrected_is_said_whether_or_not_seeds_are_paired() -> None:
    paired = side_by_side([trained(), trained("train.batch_size=64")], ["A", "B"])
    apart = side_by_side([trained(), trained("sweep.seeds=[7, 8, 9]")], ["A", "B"])
    for found, welch in ((paired, False), (apart, True)):
        (text,) = reading(found)
        assert "not corrected for the number of rows" in text
        assert ("Welch" in text) is welch
    assert results_tables(apart)[0].records()[0]["seeds"] == "3 unp."
