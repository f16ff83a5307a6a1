"""Measured beside published, where the figures stand for the preset as it is; and the head of such a report."""

from dataclasses import replace

from lrtui.book.published import beside_published
from lrtui.report.beside import disagreements, published_table
from lrtui.report.facts import facts
from tests.report.made import paper, variants


def test_further_figures_have_columns_where_the_source_gives_them() -> None:
    table = published_table(beside_published(variants().result))
    (row,) = table.records()
    assert (row["measured_accuracy"], row["published_accuracy"], row["difference"]) == (73.5, 80.0, -6.5)
    assert (row["measured_test_accuracy"], row["published_test_accuracy"]) == (71.5, 79.0)
    assert (row["measured_best_epoch"], row["published_best_epoch"]) == (2.0, 2)
    assert (row["measured_epochs"], row["published_epochs"]) == (4.0, 4)
    assert "measured_mc_accuracy" not in row
    assert "test %" not in [column.header for column in published_table(beside_published(paper().result)).columns]


def test_the_variant_stands_first_where_there_are_several() -> None:
    figures = [{"variant": name, "val_accuracy": 80.0} for name in ("plain", "adam")]
    table = published_table(beside_published(variants(published=figures).result))
    assert [row["variant"] for row in table.records()] == ["plain", "adam"]
    assert table.columns[0].key == "variant"
    assert disagreements(variants().result) == []  # which are with the paper


def test_the_head_has_the_question_and_the_advice() -> None:
    saved = variants(question="Which is better?")
    saved = replace(saved, study=replace(saved.study, advice=("it will not self-normalize",)), warnings=["torn"])
    found = facts(saved)
    assert ("question", "Which is better?") in found
    assert [text for label, text in found if label == "warning"] == ["it will not self-normalize", "torn"]
