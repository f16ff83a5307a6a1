"""Presets that are small files and much work: checked within seconds, or refused."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lrtui.study import preset
from lrtui.study.files import LONGEST_CHAIN
from lrtui.study.problems import MOST
from tests.conftest import TINY


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The bound is generous: what it is about took minutes."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


@pytest.mark.parametrize("table", ["", "[train]", "[optim]", "[sweep]", "[variants.a]", "[more]"])
def test_tens_of_thousands_of_unknown_keys(tmp_path: Path, table: str) -> None:
    keys = "\n".join(f"k{number} = 1" for number in range(30_000)) + "\n"
    text = f"{keys}{TINY}" if not table else TINY.replace(f"{table}\n", f"{table}\n{keys}")
    if table and table not in TINY:
        text = f"{TINY}{table}\n{keys}"
    (tmp_path / "my.toml").write_text(text)
    with within(8):
        problems = preset.check_file(tmp_path / "my.toml")
    if table == "[more]":
        assert len(problems) == 1
        return
    assert len(problems) == MOST + 1
    assert str(problems[-1]).endswith("and 29,800 more problems")


def test_thousands_of_published_rows_are_looked_up(tmp_path: Path) -> None:
    rates = [f"{(number + 1) * 1e-5:.5f}" for number in range(3000)]
    rows = "".join(f'\n[[published]]\n"optim.lr" = {rate}\nval_accuracy = 1\n' for rate in rates)
    text = TINY.replace("[1e-2, 1e-1]", f"[{', '.join(rates)}]").replace("replicates = 2", "replicates = 1")
    (tmp_path / "my.toml").write_text(text + rows)
    with within(8):
        study = preset.load_file(tmp_path / "my.toml")
    assert len(study.published) == 3000
    assert all(row.matches(spec) for row, spec in zip(study.published, study.runs, strict=True))


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    for number in range(LONGEST_CHAIN + 5):
        (tmp_path / f"c{number}.toml").write_text(f"extends = 'c{number + 1}.toml'\n")
    (tmp_path / f"c{LONGEST_CHAIN + 5}.toml").write_text(TINY)
    assert preset.check_file(tmp_path / "c6.toml") == []
    (problem,) = preset.check_file(tmp_path / "c0.toml")
    assert str(problem).endswith("c99.toml:1: extends: is extended by 100 files already")


def test_a_network_has_at_most_as_many_hidden_layers_as_depth_allows(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(TINY.replace("[16]", f"[{', '.join(['1'] * 50_000)}]"))
    (problem,) = preset.check_file(tmp_path / "my.toml")
    assert problem.message.startswith("has at most 1,000 items")
