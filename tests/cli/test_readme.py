"""What README shows is what one gets: its own network on its own data, step by step, and its commands."""

import functools
import itertools
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import tomllib

from lrtui.cli.main import cli
from lrtui.study import preset

Lrtui = Callable[..., object]

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WALK = README.split("## Your own network and data")[1].split("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of code in one language."""
    return [code for said, code in BLOCK.findall(text) if said == language]


def lines() -> list[str]:
    """Return every line of README's blocks that calls lrtui, without its comment."""
    every = [line for code in blocks(README, "sh") for line in code.splitlines()]
    counted = (("$SLURM_ARRAY_TASK_ID", "3"), ("$SLURM_ARRAY_TASK_COUNT", "8"))
    called = [line for line in every if line.startswith("lrtui ")]
    return [functools.reduce(lambda text, one: text.replace(*one), counted, line.split("  #")[0]) for line in called]


@pytest.mark.processes
def test_someones_own_network_on_their_own_data(lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seeds and one epoch, else as README has it."""
    monkeypatch.chdir(tmp_path)
    points, net = blocks(WALK, "python")
    (settings,) = blocks(WALK, "toml")
    subprocess.run([sys.executable, "-c", points], check=True)
    Path("net.py").write_text(net)
    Path("my.toml").write_text(settings)
    few = ("--quiet", "--device", "cpu", "--set", "sweep.replicates=2", "--set", "train.epochs=1")

    refused = lrtui("run", "my.toml", *few)
    assert refused.status == 2
    assert WALK.split("refuses at first: `")[1].split("`")[0] in refused.err

    trained = lrtui(*shlex.split(blocks(WALK, "sh")[0])[1:], *few)
    assert trained.status == 0, trained.err
    (shown,) = blocks(WALK, "")
    heads = [re.search(r"^ +lr .*$", text, re.MULTILINE) for text in (shown, trained.out)]
    assert heads[0] and heads[1]
    assert heads[0][0].split() == heads[1][0].split()
    assert rates(shown) == rates(trained.out)

    both = preset.load_file(Path("my.toml"), overrides=("model.width=[16, 64]", "sweep.replicates=1"))
    assert len(both.runs) == 16


def rates(table: str) -> list[str]:
    """Return the first column of a table."""
    return re.findall(r"^ *(\S+) +[–≈★] ", table, re.MULTILINE)


@pytest.mark.parametrize("line", lines())
def test_commands_and_their_options_are_there(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command = cli.commands[words[0]]
    assert isinstance(command, click.Command)
    with command.make_context(words[0], words[1:]):
        pass
    if words[0] == "run" and not words[1].endswith(".toml") and words[1] != "last":
        settings = [value for flag, value in itertools.pairwise(words) if flag == "--set"]
        preset.load(words[1], overrides=settings)


def test_presets_of_readme_are_whole(tmp_path: Path) -> None:
    """Those that stand alone load; a part of one is TOML."""
    for code in blocks(README, "toml"):
        if not tomllib.loads(code).get("title") or "net.py" in code:
            continue
        (tmp_path / "my.toml").write_text(code)
        study = preset.load_file(tmp_path / "my.toml")
        assert len(study.runs) == 12  # as the sentence before it says
