"""What own code prints, and what it raises, in a study: standard output stays lrtui's, and a fault has its place."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.test_trust import MINE

SAYS = """
import os, subprocess, sys, warnings
import torch
from torch import nn

print("at import")
kept = sys.stdout

class build(nn.Module):
    def __init__(self, shape, classes):
        super().__init__()
        print("built \\x1b[2J")
        os.system("echo a program")
        self.dense = nn.Linear(shape[0], classes)

    def forward(self, x):
        from helper import halved
        print("forward", file=kept)
        sys.stdout.buffer.write("\\x07bytes\\n".encode())
        print("error \\x1b[31m", file=sys.stderr)
        return Said.apply(halved(self.dense(x)))

class Said(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.clone()
    @staticmethod
    def backward(ctx, gradient):
        print("backward")
        return gradient

def load():
    import numpy as np
    print("loaded", end="")
    return np.arange(24, dtype=np.float32).reshape(8, 3), np.arange(8) % 2
"""
BREAKS = """
import torch
from torch import nn

class Breaks(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.clone()
    @staticmethod
    def backward(ctx, gradient):
        if build.passes > 20:
            raise OSError("in back")
        return gradient

class build(nn.Linear):
    passes = 0
    def __init__(self, shape, classes):
        super().__init__(shape[0], classes)
    def forward(self, x):
        build.passes += 1
        given = Breaks.apply(super().forward(x))
        return FEWER
"""


def made(folder: Path, code: str) -> Path:
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    np.savez(folder / "points.npz", x=rows, y=np.arange(40) % 2)
    (folder / "net.py").write_text(code)
    (folder / "helper.py").write_text("def halved(x): return x / 2\n")
    (folder / "mine.toml").write_text(MINE)
    return folder / "mine.toml"


def test_what_it_prints_is_said_on_standard_error(tmp_path: Path) -> None:
    arguments = ["--json", "--lanes", "2", "--trust", "--device", "cpu", "--runs-dir", str(tmp_path / "runs")]
    for key in ("data.name=net.py:load", "sweep.replicates=2", "train.epochs=2"):
        arguments += ["--set", key]
    result = subprocess.run(
        [sys.executable, "-m", "lrtui", "run", str(made(tmp_path, SAYS)), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "COLUMNS": "200"},
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["status"] == "done"
    said = result.stderr.splitlines()
    for line in ("at import", "loaded", "built \\x1b[2J", "forward", "\\x07bytes", "error \\x1b[31m", "backward"):
        assert any(one.startswith("net.py:") and one.endswith(line) for one in said), line
    assert "a program" in said
    assert "\x1b[" not in result.stderr
    assert "\x07" not in result.stderr


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        ("given", "net.py:11: in backward: OSError: in back"),
        ("given[:, :1] if build.passes > 20 else given", "net.py:build: IndexError: Target 1 is out of bounds"),
    ],
)
def test_a_fault_that_comes_later_has_its_place(
    lrtui: Callable[..., Any],
    tmp_path: Path,
    gives: str,
    said: str,
) -> None:
    path = made(tmp_path, BREAKS.replace("FEWER", gives))
    result = lrtui("run", path, "--trust", "--device", "cpu", "--lanes", "1", "--set", "train.epochs=20")
    assert result.status == 1
    assert said in result.err
    assert "cannot write the study" not in result.err
