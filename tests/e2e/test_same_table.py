"""One study, trained in every way there is, comes to one table: on a CPU bit for bit, in stacks within their tolerance."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import StudyStatus
from tests.conftest import TINY
from tests.engine.test_resume import assert_same
from tests.engine.test_stacks import assert_near

pytestmark = [pytest.mark.ray, pytest.mark.skipif(os.name != "posix", reason="processes as POSIX has them")]

THREADS = (
    "import sys; from lrtui.engine import cores; cores.PROCESSES = False; "
    "from lrtui.cli import main; sys.argv[0] = 'lrtui'; sys.exit(main())"
)
WAYS = {
    "two lanes": ["--lanes", "2"],
    "two threads": ["--lanes", "2"],
    "four lanes": ["--lanes", "4"],
    "stack": ["--engine", "stack"],
    "stacks in two processes": ["--engine", "stack", "--lanes", "2"],
    "Ray": ["--ray"],
}


def lrtui(folder: Path, *arguments: str, threads: bool = False) -> None:
    begin = ["-c", THREADS] if threads else ["-m", "lrtui"]
    command = [sys.executable, *begin, *arguments, "--runs-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr


def only(folder: Path) -> SavedStudy:
    (path,) = folder.iterdir()
    saved = open_study(path)
    assert saved.status is StudyStatus.DONE
    return saved


def test_every_way_comes_to_the_same_table(tmp_path: Path) -> None:
    preset = tmp_path / "tiny.toml"
    preset.write_text(TINY.replace("epochs = 3", "epochs = 30") + "[health]\nmeasure = true\n")
    run = ["run", str(preset), "--device", "cpu", "--quiet"]
    lrtui(tmp_path / "one", *run, "--lanes", "1")
    whole = only(tmp_path / "one")
    for way, options in WAYS.items():
        if way == "Ray" and importlib.util.find_spec("ray") is None:
            continue
        folder = tmp_path / way.replace(" ", "-")
        lrtui(folder, *run, *options, threads=way == "two threads")
        (assert_near if "stack" in way else assert_same)(only(folder), whole)
    shards = tmp_path / "shards"
    for number in (1, 2, 3):
        lrtui(shards, *run, "--lanes", "1", "--shard", f"{number}/3")
    joined = tmp_path / "joined"
    lrtui(shards, "merge", *map(str, shards.iterdir()), "-o", str(joined))
    merged = open_study(joined)
    assert merged.status is StudyStatus.DONE
    ours, theirs = merged.epochs, whole.epochs
    figures = [name for name in theirs.columns if "seconds" not in name]
    assert ours.select(figures).equals(theirs.select(figures))
    assert merged.runs["run_key"].to_list() == whole.runs["run_key"].to_list()
