"""Code of a preset runs only where it was trusted, as it was; reading, checking, showing and opening never run it."""

import importlib.util
import py_compile
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lrtui import own_code, trust
from lrtui.errors import InputError
from lrtui.study import preset, references
from tests.cli.conftest import lrtui  # noqa: F401

Lrtui = Callable[..., object]
NET = """
import os
from pathlib import Path
from torch import nn
from parts import WIDTH

Path(os.environ["LRTUI_TRACE"]).touch()

def build(shape, classes):
    return nn.Sequential(nn.Linear(shape[0], WIDTH), nn.ReLU(), nn.Linear(WIDTH, classes))
"""
MINE = """
title = "Mine"
data.name = "points.npz"
model.name = "net.py:build"
optim.name = "sgd"
optim.lr = 0.1
train.epochs = 1
"""


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file that is there once the code has run."""
    monkeypatch.setenv("LRTUI_TRACE", str(tmp_path / "trace"))
    return tmp_path / "trace"


def made(folder: Path) -> Path:
    folder.mkdir()
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    np.savez(folder / "points.npz", x=rows, y=np.arange(40) % 2)
    (folder / "net.py").write_text(NET)
    (folder / "parts.py").write_text("WIDTH = 4\n")
    (folder / "mine.toml").write_text(MINE)
    return folder / "mine.toml"


def run(lrtui: Lrtui, path: Path, *options: str) -> object:  # noqa: F811
    return lrtui("run", path, "--device", "cpu", "--lanes", "1", *options)


def test_nothing_runs_before_it_is_trusted_and_then_as_it_is(lrtui: Lrtui, tmp_path: Path, trace: Path) -> None:  # noqa: F811
    path = made(tmp_path / "a")
    for command in ("check", "show", "run"):
        result = lrtui(command, path)
        assert (result.status, trace.exists()) == (2 if command == "run" else 0, False)
    assert "is code that was not trusted yet: look at it, then say --trust once" in result.err
    result = run(lrtui, path, "--trust")
    assert (result.status, trace.exists()) == (0, True)
    assert "trusted from now on, as it is" in result.err
    assert run(lrtui, path).status == 0
    assert str(tmp_path / "a" / "net.py") in lrtui("doctor").out

    trace.unlink()
    (tmp_path / "a" / "parts.py").write_text("WIDTH = 5\n")
    result = run(lrtui, path)
    assert (result.status, trace.exists()) == (2, False)
    assert "has changed since it was trusted" in result.err
    assert "changed since" in lrtui("doctor").out

    (tmp_path / "a" / "parts.py").write_text("WIDTH = 4\n")
    (tmp_path / "a").rename(tmp_path / "b")
    result = run(lrtui, tmp_path / "b" / "mine.toml")
    assert (result.status, trace.exists()) == (2, False)
    assert "was trusted where it lay before" in result.err

    (tmp_path / "b" / "points.npz").unlink()
    (tmp_path / "b" / "net.py").unlink()
    for command in ("table", "report", "show", "check", "diff", "export"):
        arguments = ("last", "last") if command == "diff" else ("last",)
        assert lrtui(command, *arguments).status in (0, 2)
        assert not trace.exists()
    assert lrtui("table", "last").status == lrtui("report", "last").status == 0


def test_the_same_content_elsewhere_is_the_same_run(lrtui: Lrtui, tmp_path: Path, trace: Path) -> None:  # noqa: F811
    assert run(lrtui, made(tmp_path / "a"), "--trust").status == 0
    result = run(lrtui, made(tmp_path / "b"), "--trust")
    assert "1 run known from" in result.err
    (tmp_path / "b" / "parts.py").write_text("WIDTH = 6\n")
    result = run(lrtui, tmp_path / "b" / "mine.toml", "--trust")
    assert (result.status, "known from" in result.err) == (0, False)


def test_a_preset_elsewhere_extends_one_and_another_network_is_named(
    lrtui: Lrtui,  # noqa: F811
    tmp_path: Path,
    trace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made(tmp_path / "a")
    (tmp_path / "a" / "other.py").write_text(
        "from torch import nn\n\ndef build(shape, classes):\n    return nn.Linear(3, 2)\n"
    )
    child = tmp_path / "child.toml"
    child.write_text('extends = "a/mine.toml"\ntitle = "Child"\n')
    study = preset.load_file(child)
    assert [code.path for code in trust.code_of(study)] == [tmp_path / "a" / "net.py"]
    monkeypatch.chdir(tmp_path / "a")  # files that --set names are relative to where one is
    result = run(lrtui, tmp_path / "a" / "mine.toml", "--set", "model.name=other.py:build", "--trust")
    assert (result.status, trace.exists()) == (0, False), result.err


def test_own_keys_are_swept_and_a_fault_of_a_run_is_told_with_its_line(
    lrtui: Lrtui,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = made(tmp_path / "a")
    (tmp_path / "a" / "net.py").write_text(
        "from torch import nn\n\nclass build(nn.Linear):\n    def __init__(self, shape, classes, limit):\n"
        "        super().__init__(shape[0], classes)\n        self.limit, self.begun = limit, self.weight.detach().clone()\n\n"
        "    def forward(self, x):\n        moved = not self.weight.equal(self.begun)\n"
        "        assert not moved or self.limit > 8, 'too\\nmany'\n        return super().forward(x)\n"
    )
    result = run(lrtui, path, "--set", "model.limit=[8, 1000]", "--trust")
    assert result.status == 1
    assert "net.py:10: in forward: AssertionError: too many" in result.err
    assert "InputError" not in result.err
    rows = lrtui("table", "last", "--per", "run", "--format", "csv").out.splitlines()
    assert "limit" in rows[0]
    assert len(rows) == 3


def test_what_a_file_imports_beside_it_is_part_of_it(tmp_path: Path) -> None:
    made(tmp_path / "a")
    folder = tmp_path / "a"
    (folder / "parts.py").write_text("from inner import deep\nimport inner.more\nWIDTH = 4\n")
    (folder / "inner").mkdir()
    for name in ("__init__", "deep", "more", "unused"):
        (folder / "inner" / f"{name}.py").write_text("")
    found = references.sources(folder / "net.py")
    assert sorted(found) == ["inner/__init__.py", "inner/deep.py", "inner/more.py", "net.py", "parts.py"]
    (folder / "torch.pyc").write_bytes(b"compiled, and nearer than torch itself")
    assert sorted(references.sources(folder / "net.py").keys() - found.keys()) == ["torch.pyc"]


@pytest.mark.parametrize(
    ("net", "a", "found"),
    [
        ("from pkg import a", "from .b import W", "pkg/b.py"),
        ("from pkg import a", "from . import b", "pkg/b.py"),
        ("from pkg import a", "from .. import parts", ""),
        ("from pkg.sub import deep", "", "pkg/sub/deep.py pkg/b.py"),
        ("import pkg.a as a", "from .sub.deep import W", "pkg/a.py pkg/sub/deep.py pkg/b.py"),
        ("import pkg.a", "def f():\n    from .b import W", "pkg/b.py"),
        ("def build():\n    from pkg.a import W", "from pkg.b import W", "pkg/a.py pkg/b.py"),
        ("from pkg import *", "from .b import W", "pkg/a.py pkg/b.py"),
        ("from . import pkg\nfrom ..pkg import a", "", ""),
        ("from bare.inner import W", "", "bare/inner.py bare/other.py"),
    ],
)
def test_imports_are_followed_whatever_they_look_like(tmp_path: Path, net: str, a: str, found: str) -> None:
    (tmp_path / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "bare").mkdir()
    files = {
        "net": net,
        "parts": "",
        "pkg/__init__": "__all__ = ['a']",
        "pkg/a": a,
        "pkg/b": "W = 4",
        "pkg/c": "",
        "pkg/sub/__init__": "",
        "pkg/sub/deep": "from ..b import W",
        "bare/inner": "from .other import W",
        "bare/other": "W = 4",
    }
    for name, content in files.items():
        (tmp_path / f"{name}.py").write_text(content + "\n")
    assert set(found.split()) <= references.sources(tmp_path / "net.py").keys()
    assert "pkg/c.py" not in references.sources(tmp_path / "net.py")
    assert (net.startswith("from . ")) == (references.sources(tmp_path / "net.py").keys() == {"net.py"})


def test_what_was_compiled_before_does_not_run_in_place_of_the_source(
    lrtui: Lrtui,  # noqa: F811
    tmp_path: Path,
    trace: Path,
) -> None:
    path = made(tmp_path / "a")
    source, evil = tmp_path / "a" / "parts.py", tmp_path / "evil.py"
    evil.write_text("raise RuntimeError('compiled')\n")
    cached = Path(importlib.util.cache_from_source(str(source)))
    py_compile.compile(str(evil), str(cached), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    result = run(lrtui, path, "--trust")
    assert result.status == 0, result.err


@pytest.mark.parametrize("content", ["", "[", "{}", '[{"path": 1}]', "[1]", "null"])
def test_a_damaged_list_trusts_nothing(tmp_path: Path, content: str) -> None:
    code = trust.code_of(preset.load_file(made(tmp_path / "a")))
    trust.trust(code)
    trust.require(code)
    from lrtui import paths

    paths.trust_file().write_text(content)
    with pytest.raises(InputError, match="was not trusted yet"):
        trust.require(code)


def built(folder: Path, code: str, name: str = "net.py") -> object:
    (folder / name).write_text(code)
    sha256 = references.sha256(references.sources(folder / name))
    return own_code.call(str(folder), f"{name}:build", sha256)


@pytest.mark.parametrize(
    "code",
    [
        "import importlib\ndef build(): return importlib.import_module('helper').W",
        "def build(): return __import__('helper').W",
        "import importlib, pkg\ndef build(): return importlib.import_module('pkg.inner').W",
        "import importlib, pkg\nW = importlib.import_module('.inner', 'pkg').W\ndef build(): return W",
    ],
)
def test_what_was_not_trusted_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    for name in ("helper.py", "pkg/inner.py"):
        (tmp_path / name).write_text("W = 4\n")
    monkeypatch.syspath_prepend(tmp_path)  # as where lrtui is called as `python -m lrtui` from there
    said = r"lies beside net.py but is not among what was trusted, because only imports written as statements are found; write `i"
    with pytest.raises(InputError, match=said) as error:
        built(tmp_path, code)
    assert re.search(r"net.py:\d: in ", str(error.value))
    name = "helper" if "helper" in code else "pkg.inner"
    assert built(tmp_path, f"import {name}\n{code}") == 4


def test_a_library_does_not_come_upon_what_lies_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "colorsys.py").write_text("raise RuntimeError('not what a library asked for')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert built(tmp_path, "def build(): return __import__('colorsys').hls_to_rgb(0, 0, 0)") == (0, 0, 0)


def test_what_runs_is_what_was_read(tmp_path: Path) -> None:
    helper = tmp_path / "helper.py"
    helper.write_text("W = 4\n")
    code = f"from pathlib import Path\nPath({str(helper)!r}).write_text('W = 5')\nimport helper\ndef build(): return helper.W"
    assert built(tmp_path, code) == 4
    with pytest.raises(InputError, match="is not what it was when the study began"):
        own_code.call(str(tmp_path), "net.py:build", "0" * 64)


def test_files_of_one_name_beside_two_networks_stay_apart(tmp_path: Path) -> None:
    code = "def build():\n    import helper\n    from bare.inner import V\n    return helper.W + V"
    for number, name in enumerate("ab"):
        (tmp_path / name / "bare").mkdir(parents=True)
        (tmp_path / name / "helper.py").write_text(f"W = {number}\n")
        (tmp_path / name / "bare" / "inner.py").write_text("from helper import W as V\n")
    assert [built(tmp_path / name, code) for name in "aba"] == [0, 2, 0]
    assert not {"helper", "bare", "bare.inner"} & sys.modules.keys()


def test_compiled_files_are_what_was_trusted(tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_text("W = 4\n")
    py_compile.compile(str(tmp_path / "source.txt"), str(tmp_path / "helper.pyc"))
    assert built(tmp_path, "import helper\ndef build(): return helper.W") == 4
    (tmp_path / "library.abi3.so").write_bytes(b"no library")
    with pytest.raises(InputError, match=r"net.py:1: in <module>: ImportError"):
        built(tmp_path, "import library\ndef build(): return library.W")


def test_what_an_import_draws_is_the_same_each_time_and_moves_nothing(tmp_path: Path) -> None:
    code = (
        "import random, torch, numpy as np\ntorch.manual_seed(random.randrange(9))\nnp.random.seed(3)\n"
        "W = torch.rand(1).item() + np.random.rand()\ndef build(): return W + {number} * 0"
    )
    before = own_code.drawn_elsewhere()
    assert built(tmp_path, code.format(number=1)) == built(tmp_path, code.format(number=2))
    assert own_code.drawn_elsewhere() == before
