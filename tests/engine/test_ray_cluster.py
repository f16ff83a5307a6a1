"""Whether there is a Ray that fits, without one."""

import subprocess
import sys
import types
from collections.abc import Callable

import pytest

from lrtui.engine import ray_cluster
from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.study.spec import Study


def test_nothing_of_it_is_imported_unless_asked_for() -> None:
    code = "import sys, lrtui.session, lrtui.cli.main, lrtui.tui.app; print('ray' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (None, r"--ray: Ray cannot be imported .*; pip install 'lrtui\[ray\]'"),
        (types.SimpleNamespace(__version__="1.13.0"), "--ray: Ray 1.13.0 does not fit; lrtui needs 2.9 or newer"),
        (types.SimpleNamespace(), "--ray: Ray of an unknown version does not fit"),
    ],
)
def test_a_version_that_does_not_fit_is_a_line(
    tiny: Callable[..., Study],
    train_study: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    message: str,
) -> None:
    monkeypatch.setitem(sys.modules, "ray", module)
    with pytest.raises(InputError, match=message):
        train_study(tiny(), ray="")


def test_actors_whose_figures_would_not_go_together_are_told_apart() -> None:
    first = ray_cluster.Place("10.0.0.1", "a", 1, "0.4.0", "2.10", "3.12", 1, "AVX512", {"kind": "cpu"})
    same = ray_cluster.Place("10.0.0.2", "b", 2, "0.4.0", "2.10", "3.11", 1, "AVX512", {"kind": "cpu"})
    other = ray_cluster.Place("10.0.0.3", "c", 3, "0.4.0", "2.10", "3.12", 1, "AVX2", {"kind": "cpu"})
    assert ray_cluster._differs(same, first) is None
    assert ray_cluster._differs(other, first) == "arithmetic is AVX2, and AVX512 on 10.0.0.1"
