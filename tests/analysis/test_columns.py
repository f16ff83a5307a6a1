"""The columns are documented where people look for them."""

from pathlib import Path

from lrtui.analysis.columns import reference_markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "columns.md"


def test_the_document_is_what_the_code_says() -> None:
    """To write it anew, print `reference_markdown()` into docs/columns.md."""
    assert DOCUMENT.read_text("utf-8") == reference_markdown()
