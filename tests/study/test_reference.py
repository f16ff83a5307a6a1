"""docs/presets.md: its reference is the schema's, and its examples work."""

import re
from pathlib import Path

import pytest
import tomli

from lrtui.study.reference import reference_markdown
from lrtui.study.schema import COMPONENTS, RunConfig, dotted_keys
from tests.study.conftest import Complainer, Loader

PAGE = (Path(__file__).parents[2] / "docs" / "presets.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
WHOLE = [example for example in EXAMPLES if "title" in tomli.loads(example)]


def test_the_page_ends_with_the_reference_of_the_schema() -> None:
    written = PAGE.partition("<!-- From here on: python -m lrtui.study.reference -->\n\n")[2]
    assert written == reference_markdown(), "write it anew with the command that the page names"


def test_every_key_has_a_row_and_says_what_it_means() -> None:
    rows = [line.split(" | ") for line in reference_markdown().splitlines() if line.startswith("| `")]
    assert {key.partition(".")[2] for key in dotted_keys()} <= {row[0].strip("| `") for row in rows}
    assert all(len(row) == 4 and all(cell.strip("| ") for cell in row) for row in rows)


def test_a_row_says_type_range_and_default() -> None:
    text = reference_markdown()
    assert "| `momentum` | number, ≥ 0 and < 1 | `0` | momentum β; 0 is none |" in text
    assert "| `lr` | number, > 0, or `find` | *required* | learning rate η; `find`: the finder chooses it" in text
    assert "| `factors` | list of numbers, > 0 | *required* |" in text
    assert "| `init_fan` | `fan_in`, `fan_out`, `fan_avg` | none |" in text
    assert r"adds l1 · Σ\|w\| over all kernels" in text
    assert "| `eps` | number, > 0 | `1e-7` | ε, added to the root |" in text
    assert (
        "| `hidden` | list of whole numbers, ≥ 1 and ≤ 65,536 | `[256, 128, 64]` | units of each hidden layer |" in text
    )


@pytest.mark.parametrize(("example", "runs"), zip(WHOLE, [18, 2, 12, 3], strict=True))
def test_the_examples_work(load: Loader, example: str, runs: int) -> None:
    study = load(example)
    assert len(study.runs) == runs
    assert study.title == tomli.loads(example)["title"]
    assert study.advice == ()


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example not in WHOLE])
def test_the_technique_s_examples_work(load: Loader, example: str) -> None:
    study = load(f'extends = "quickstart"\n{example}')
    said = tomli.loads(example)
    assert study.advice == ()
    for table, values in said.items():
        config = getattr(study.runs[0].config, table).model_dump(mode="json", exclude_none=True)
        for key, value in values.items():
            tables = isinstance(value, list) and isinstance(value[0], dict)
            for one, kept in zip(value, config[key], strict=True) if tables else [({key: value}, {key: config[key]})]:
                assert one.items() <= kept.items()


def test_every_schedule_and_technique_has_an_example() -> None:
    tables = [tomli.loads(example) for example in EXAMPLES]
    assert {table["schedule"]["name"] for table in tables if "schedule" in table} == set(COMPONENTS["schedule"])
    assert {key for table in tables for key in table} >= set(RunConfig.model_fields)


def test_optimizers_and_prunings_have_an_example() -> None:
    tables = [tomli.loads(example) for example in EXAMPLES]
    assert {table["optim"]["name"] for table in tables if "name" in table.get("optim", {})} >= set(
        COMPONENTS["optim"]
    ) - {"adam"}
    assert {table["pruning"]["name"] for table in tables if "pruning" in table} == {"after", "gradual"}


def test_the_overrides_work(load: Loader) -> None:
    commands = re.findall(r"^lrtui run (\S+) (--set .*?)\s*(?:#.*)?$", PAGE, re.MULTILINE)
    expected = [15, 3, 9, 30, 5, 3, 6]
    for (name, options), runs in zip(commands, expected, strict=True):
        overrides = [option.replace("'", "").strip() for option in options.split("--set ")[1:]]
        assert len(load(f'extends = "{name}"\n', *overrides).runs) == runs


def test_the_errors_are_these(complaints: Complainer) -> None:
    said = complaints(
        'title = "t"\n\n[data]\nname = "digits"\n[model]\nname = "mlp"\n[optim]\nlearning_rte = 0.1\nnesterov = true\n'
        'name = "adam"\n\n\n[sweep]\n"optim.lr" = [1.0, 2.0, -1]\n',
        "train.epochs=0",
    )
    assert said == re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0].splitlines()
