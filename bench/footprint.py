"""Start-up and memory: `lrtui --help`, and the peak memory of an MNIST and a CIFAR-10 study with two lanes.

Real MNIST and CIFAR-10 needed under $LRTUI_DATA. Whole processes, as a person starts them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

REPEATS = 9


def run(*arguments: str) -> tuple[float, float]:
    """Return the seconds and the peak memory (GB) of `lrtui ARGUMENTS…`."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "lrtui", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return time.perf_counter() - started, usage.ru_maxrss * 1024 / 1e9


def main() -> None:
    """Print every figure."""
    run("--help")
    helps = [run("--help")[0] for _ in range(REPEATS)]
    print(
        f"lrtui --help: median {1000 * statistics.median(helps):.0f} ms (at most 250), worst {1000 * max(helps):.0f} ms"
    )
    for preset, limit in (
        ("paper/mlp-mnist", 1.3),
        ("paper/cnn-mnist", 1.3),
        ("paper/mlp-cifar10", 2.5),
        ("paper/cnn-cifar10", 2.5),
    ):
        with tempfile.TemporaryDirectory() as runs_dir:
            _, peak = run(
                *("run", preset, "--device", "cpu", "--lanes", "2", "--runs-dir", runs_dir, "--quiet"),
                *("--set", "train.epochs=1", "--set", "optim.lr=[0.01, 0.1]", "--set", "sweep.replicates=1"),
            )
        print(f"{preset}: peak {peak:.2f} GB (at most {limit})")


if __name__ == "__main__":
    main()
