"""`lrtui presets`: of a folder with the questions."""

import json

import pytest
from click.testing import CliRunner

from lrtui.cli.main import cli
from lrtui.errors import InputError


def test_of_a_folder_each_preset_has_its_question_below() -> None:
    lines = CliRunner().invoke(cli, ["presets", "outlook/recipes/"]).output.splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("outlook/recipes/deep"))
    assert lines[place + 1] == "  Which lines of the guide's table of default settings does a deep network need?"
    assert all(line.startswith(("PRESET", "outlook/recipes/", "  ")) for line in lines)


def test_all_of_them_have_a_line_each() -> None:
    lines = CliRunner().invoke(cli, ["presets"]).output.splitlines()
    assert not any(line.startswith("  ") for line in lines)
    rows = json.loads(CliRunner().invoke(cli, ["presets", "outlook", "--json"]).output)
    assert {"outlook/rate-batch", "outlook/recipes/deep"} <= {row["name"] for row in rows}
    assert all(row["question"].endswith("?") for row in rows)


def test_a_folder_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        InputError, match=r"nowhere: no folder of presets; there are exercise8, .*outlook, outlook/recipes"
    ):
        CliRunner().invoke(cli, ["presets", "nowhere"], catch_exceptions=False)
