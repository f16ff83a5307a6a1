"""The workbench in a real (pseudo-)terminal at 120×40: its cost to training, its answer to keys, its traffic.

`python bench/workbench.py [throughput] [keys] [traffic] [overlay] [paint]`; real MNIST needed under $LRTUI_DATA.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
from terminal import Terminal

PRESET = """
title = "bench"
extends = "paper/mlp-mnist"
[train]
epochs = {epochs}
[sweep]
"optim.lr" = [1e-2]
replicates = {replicates}
"""
REPEATS = 5
KEYS = ("\x1b[B", "\x1b[A", "2", "s", "S", "1", "r", "r", "y", "y")
"""Down, up, accuracy, smoother, less smooth, loss, replicates off and on, linear, logarithmic: each changes the screen."""


@contextmanager
def workbench(epochs: int, replicates: int, *, before: bool = False) -> Iterator[tuple[Terminal, Path]]:
    """Start the workbench beside one own preset, train it, and hand over the terminal and the runs folder.

    With `before`, a study of the same preset with 12 epochs and other seeds was trained there.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "bench.toml").write_text(PRESET.format(epochs=epochs, replicates=replicates))
        if before:
            other = [
                "--set",
                "train.epochs=12",
                "--set",
                "sweep.seeds=[7, 8]",
                "--quiet",
                "--runs-dir",
                str(home / "runs"),
            ]
            command = [sys.executable, "-m", "lrtui", "run", "bench.toml", *other, "--device", "cpu"]
            subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL)
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_CONFIG_HOME": folder}
        command = [sys.executable, "-m", "lrtui", "--runs-dir", str(home / "runs"), "--device", "cpu", "--lanes", "2"]
        terminal = Terminal(command, columns=120, lines=40, env=environment, cwd=home)
        try:
            terminal.wait_for("bench.toml")
            terminal.wait_for("start")
            listen(terminal, 2.0)
            terminal.type("/")
            listen(terminal, 0.5)
            terminal.type("bench")
            listen(terminal, 0.5)
            terminal.type("\r")
            terminal.wait_for("1 × 2 seeds" if replicates == 2 else "seeds")
            terminal.type("\r")
            terminal.wait_for("running")
            yield terminal, home / "runs"
        finally:
            terminal.close()


def listen(terminal: Terminal, seconds: float) -> None:
    """Take what comes for a while."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)


def epoch_seconds(runs_dir: Path) -> float:
    """Return the mean wall time of a training epoch of the one study in a runs folder."""
    (file,) = runs_dir.glob("*/epochs.parquet")
    return float(pl.read_parquet(file).filter(pl.col("epoch") > 0)["seconds"].mean())


def headless(epochs: int, replicates: int) -> float:
    """Train the same study with `lrtui run` and return the mean wall time of an epoch."""
    command = [
        sys.executable,
        "-m",
        "lrtui",
        "run",
        "bench.toml",
        "--runs-dir",
        "runs",
        "--device",
        "cpu",
        "--lanes",
        "2",
    ]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "bench.toml").write_text(PRESET.format(epochs=epochs, replicates=replicates))
        subprocess.run([*command, "--quiet"], cwd=home, check=True, stdout=subprocess.DEVNULL)
        return epoch_seconds(home / "runs")


def throughput() -> None:
    """Two runs of 12 epochs on two lanes: the workbench's epochs beside the headless ones, in turn."""
    ratios = []
    for turn in range(REPEATS):
        alone = headless(epochs=12, replicates=2)
        with workbench(epochs=12, replicates=2) as (terminal, runs_dir):
            terminal.wait_for("✓ done", 120)
            listen(terminal, 1.0)
            watched = epoch_seconds(runs_dir)
        ratios.append(alone / watched)
        print(f"  turn {turn}: headless {alone:.3f} s, workbench {watched:.3f} s an epoch", file=sys.stderr, flush=True)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    print(f"throughput, workbench / headless: median {statistics.median(ratios):.3f} (at least 0.95), {spread}")


def keys() -> None:
    """Time from a key press to its first bytes on the screen, while two lanes train."""
    times = []
    with workbench(epochs=40, replicates=2) as (terminal, _):
        listen(terminal, 8.0)
        for press in range(120):
            while terminal.read(0.02):  # let a picture that is under way end
                pass
            started = time.perf_counter()
            terminal.type(KEYS[press % len(KEYS)])
            if terminal.read(1.0):
                times.append(time.perf_counter() - started)
    times.sort()
    median, late = times[len(times) // 2], times[int(0.95 * len(times))]
    print(
        f"key to screen: median {1000 * median:.0f} ms, 95th percentile {1000 * late:.0f} ms (at most 100), {len(times)} keys"
    )


def overlay() -> None:
    """The same with a saved study beside the one that is trained."""
    traffic(before=True)


def traffic(*, before: bool = False) -> None:
    """Bytes written to the terminal a second while two lanes train about one epoch a second, untouched."""
    rates = []
    with workbench(epochs=60, replicates=2, before=before) as (terminal, _):
        if before:
            terminal.type("/")
            listen(terminal, 0.5)
            terminal.type("status:done")
            listen(terminal, 1.0)
            terminal.type("\r")
            listen(terminal, 1.0)
            terminal.type(" ")
            terminal.wait_for("dashed B")
        listen(terminal, 10.0)
        for _ in range(REPEATS):
            before = terminal.received
            listen(terminal, 10.0)
            rates.append((terminal.received - before) / 10.0)
        shown = terminal.text
    print(shown, file=sys.stderr)
    median, worst = statistics.median(rates) / 1000, max(rates) / 1000
    print(f"traffic: median {median:.2f} kB/s, worst 10 s {worst:.2f} kB/s (under 5 on average)")


def paint() -> None:
    """Time from the start of the process to a screen with the presets on it."""
    times = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            terminal = Terminal(
                [sys.executable, "-m", "lrtui", "--runs-dir", folder],
                columns=120, lines=40, env={**os.environ, "TERM": "xterm-256color"}, cwd=Path(folder),
            )  # fmt: skip
            try:
                terminal.wait_for("Presets")
                times.append(time.perf_counter() - started)
            finally:
                terminal.close()
    print(f"first paint: median {statistics.median(times):.2f} s, worst {max(times):.2f} s (under 1)")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["paint", "keys", "traffic", "throughput"]:
        {"throughput": throughput, "keys": keys, "traffic": traffic, "overlay": overlay, "paint": paint}[name]()
