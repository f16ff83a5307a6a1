"""Lines of keys, against a slow second way: parse ever longer beginnings of the text."""

from collections.abc import Iterator
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from lrtui.study.toml_lines import KeyPath, key_lines

TEXT = '''\
# a comment with [brackets] and "quotes
title = "a # \\" [ string" # and 'more'

[data] # [nothing]
name = 'C:\\path\\'
"quoted key".sub = 1
list = [
  1, # one ]
  [2, "]"],
  """
  ]]""", {a = 1, b = [2]},
]
text = """
[not.a.table]
key = 1
quotes: ""
"""""
raw = \'\'\'
it's''\'\'\'
empty = ["", \'\', """""", \'\'\'\'\'\']
  [model.deep]
x.y.z = 0.1
x.y.w = 2020-01-01

[[published]]
"optim.lr" = 1
[published.sub]
a = 1
[[published]]
b = 1
[[published.inner]]
[[published.inner]]
c = 1
'''


def slow_key_lines(text: str) -> dict[KeyPath, int]:
    """Return what `key_lines` returns, from the beginnings of the text that are valid TOML."""
    found: dict[KeyPath, int] = {}
    lines = text.split("\n")
    begins = 1
    for number in range(1, len(lines) + 1):
        try:
            document = tomli.loads("\n".join(lines[:number]))
        except tomli.TOMLDecodeError:
            continue
        for path in paths(document):
            found.setdefault(path, begins)
        begins = number + 1
    return found


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_agree_with_the_slow_way(end: str) -> None:
    lines = key_lines(TEXT.replace("\n", end))
    assert lines == slow_key_lines(TEXT)
    assert lines["data", "text"] == 13
    assert lines["data", "list", 3, "b", 0] == 7
    assert lines["published", 1, "inner", 1, "c"] == 33


STATEMENTS = [
    "[a]", "[a.b]", "[[t]]", "[t.u]", "[[t.v]]", "[ 'x.y' ]", "# [c", "", "k = 1", "b.k = [1, 2]", "j = [\n1,\n\n2]",
    's = """\n[x]\n\\""""""', "r = '''\n#'''", 'e = "#["', "i = {q = [1], 'w z' = {}}", "[b]", "l = [[], [{}]]", "m = '\"'",
]  # fmt: skip


@given(st.lists(st.sampled_from(STATEMENTS), max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_valid_text_agrees_with_the_slow_way(statements: list[str]) -> None:
    text = "\n".join(statements)
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    assert key_lines(text) == slow_key_lines(text)


def test_a_long_text_costs_little() -> None:
    text = "a = [\n" + "[1],\n" * 20_000 + "]\n" + "".join(f"k{index} = 1\n" for index in range(20_000))
    assert key_lines(text)["k19999",] == 40_002
