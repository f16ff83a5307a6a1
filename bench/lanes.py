"""Lanes beside independent processes, in the same turns: does a study lose anything by being one?

`python bench/lanes.py`; real MNIST needed under $LRTUI_DATA. Whole commands are timed, start and all: one `lrtui run` with
two lanes against two with one lane each on the halves of the study, and against one with threads for lanes.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from common import alternate, ratio, say

STUDY = ["paper/mlp-mnist", "--set", "train.epochs=2", "--device", "cpu", "--fresh", "--quiet"]
REPEATS = 3
AS_THREADS = (
    "import sys; from lrtui.engine import cores; cores.PROCESSES = False; "
    "from lrtui.cli import main; sys.argv[0] = 'lrtui'; sys.exit(main())"
)


def seconds(*commands: Sequence[str]) -> float:
    """Return how long commands take that are started together."""
    with tempfile.TemporaryDirectory() as runs_dir:
        environment = os.environ | {"LRTUI_RUNS": runs_dir}
        started = time.perf_counter()
        running = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for command in commands]
        if any(process.wait() for process in running):
            raise RuntimeError("a command failed")
        return time.perf_counter() - started


def main() -> None:
    """Measure, and print it."""
    run = [sys.executable, "-m", "lrtui", "run", *STUDY]
    times = alternate(
        {
            "two lanes": lambda: seconds([*run, "--lanes", "2"]),
            "two processes": lambda: seconds(*([*run, "--lanes", "1", "--shard", f"{half}/2"] for half in (1, 2))),
            "two threads": lambda: seconds([sys.executable, "-c", AS_THREADS, "run", *STUDY, "--lanes", "2"]),
            "one lane": lambda: seconds([*run, "--lanes", "1"]),
        },
        REPEATS,
        warm_up=False,
    )
    pairs = [("two processes", "two lanes"), ("two threads", "two lanes"), ("one lane", "two lanes")]
    say("lanes", times, {f"{above} / {below}": ratio(times, above, below) for above, below in pairs})


if __name__ == "__main__":
    main()
