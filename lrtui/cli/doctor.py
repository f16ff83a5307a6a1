"""`lrtui doctor`: versions, device, terminal, folders; what works and what does not."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lrtui import __version__, paths
from lrtui.cli.output import has_screen
from lrtui.errors import InputError
from lrtui.text import count, literal


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `works` is None for what is only told."""

    subject: str
    works: bool | None
    text: str


def examine(runs_dir: Path, data_dir: Path) -> int:
    """Print every finding; return 1 when something needed to train or to save does not work, else 0."""
    failed = False
    for finding in _findings(runs_dir, data_dir):
        mark = {True: "ok  ", False: "FAIL", None: "    "}[finding.works]
        print(f"{mark} {finding.subject:<11} {literal(finding.text)}", flush=True)
        failed |= finding.works is False
    return int(failed)


def _findings(runs_dir: Path, data_dir: Path) -> Iterator[Finding]:
    yield Finding("lrtui", None, f"{__version__}, {Path(__file__).resolve().parent.parent}")
    yield Finding("python", None, f"{sys.version.split()[0]}, {sys.executable}")
    yield from _libraries()
    yield from _devices()
    yield _resources()
    yield _terminal()
    yield _config()
    yield _logout()
    yield from _presets()
    yield from _code()
    yield _folder("runs", runs_dir)
    yield from _data(data_dir)


def _libraries() -> Iterator[Finding]:
    from importlib import metadata

    for name in ("torch", "torchvision", "textual", "plotext", "polars", "pydantic"):
        yield Finding(name, None, metadata.version(name))
    try:
        yield Finding("plots", None, f"matplotlib {metadata.version('matplotlib')}: plots into SVG and PNG files")
    except metadata.PackageNotFoundError:
        yield Finding("plots", None, "no matplotlib, so no plots into files; pip install matplotlib")


def _devices() -> Iterator[Finding]:
    from lrtui.engine import cores, device

    usable, quota = cores.usable_cores(), cores.cpu_quota()
    limited = "" if quota is None else f" (a CPU quota of {quota:g} on {count(cores.affinity(), 'core')})"
    lanes = f"{count(usable, 'core')}{limited}: {count(usable, 'lane')} by default"
    details = ", ".join(device.processor_details().values())
    yield Finding("cpu", True, f"{device.processor_name()} ({details}), {lanes}")
    try:
        chosen = device.choose("cuda")
    except InputError as error:
        yield Finding("cuda", None, str(error).removeprefix("--device cuda: ").partition("; `")[0])
        return
    for one in chosen.devices:
        cuda = device.describe(one)
        facts = [f"compute capability {cuda['capability']}", f"driver {cuda.get('driver', 'unknown')}"]
        facts += [f"CUDA {cuda.get('cuda', '?')}", f"cuDNN {cuda.get('cudnn', '?')}"]
        yield Finding(str(one), True, f"{cuda['name']}, {cuda['memory_gib']} GiB ({', '.join(facts)})")
    if chosen.note:
        yield Finding("cuda", False, chosen.note)


def _resources() -> Finding:
    from lrtui.nvml import gpu_figures

    return Finding("resources", None, f"processor and memory once a second; {gpu_figures()}")


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "not set")
    colour = "no colour (NO_COLOR)" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM", "")
    text = ", ".join(part for part in (f"TERM={term}", f"{size.columns}×{size.lines}", colour) if part)
    if not has_screen():
        return Finding("terminal", None, f"{text}; no terminal to draw on: `lrtui run` works, the workbench does not")
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        return Finding("terminal", False, f"{text}; encoding {sys.stdout.encoding}, the workbench needs UTF-8")
    return Finding("terminal", True, text)


def key_list() -> str:
    """Return every action by the name that config.toml knows it by, with its key and what it does. Raises InputError."""
    from lrtui.tui.config_file import read
    from lrtui.tui.keymap import name_of

    actions = read().actions
    width = max(len(name_of(action)) for action in actions)
    return "\n".join(f"{name_of(action):<{width}}  {action.shown:<3}  {action.help}" for action in actions)


def _config() -> Finding:
    from lrtui.tui import themes
    from lrtui.tui.config_file import read

    file = paths.config_file()
    try:
        config = read(file)
    except InputError as error:
        return Finding("config", False, "; ".join(str(error).splitlines()))
    if not file.exists():
        return Finding("config", None, f"{file}: not there; theme and keys of the workbench are set in it")
    theme = "light" if config.theme == themes.LIGHT else "dark"
    told = [f"theme {theme}", f"{count(len(config.keys), 'action')} with keys of your own"]
    told += ["no motion"] * (not config.motion)
    return Finding("config", True, f"{file}: {', '.join(told)}")


def _logout() -> Finding:
    from lrtui.cli.logout import after_logout

    goes_on, text = after_logout()
    return Finding("logout", None if goes_on is False else goes_on, text)


def _presets() -> Iterator[Finding]:
    from lrtui.study import locate

    found = locate.shipped()
    yield Finding("presets", bool(found), f"{len(found)} shipped under {paths.shipped_presets()}")
    yield Finding("own presets", None, f"{len(locate.own())} in {paths.own_presets()} and the current folder")


def _code() -> Iterator[Finding]:
    from lrtui.trust import trusted

    entries = trusted()
    if not entries:
        yield Finding("own code", None, "none is trusted; `lrtui run PRESET --trust` lets a preset's run")
    for one in entries:
        changed = f", {one.now}: it does not run until it is trusted anew" if one.now else ""
        yield Finding("own code", None, f"{one.path}, trusted on {one.since}{changed}")


def _folder(subject: str, folder: Path) -> Finding:
    try:
        existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Finding(subject, False, f"{folder} cannot be written: {error.strerror or error}")
    free = shutil.disk_usage(existing).free / 2**30
    return Finding(subject, True, f"{folder.absolute()}, {free:.1f} GiB free")


def _data(data_dir: Path) -> Iterator[Finding]:
    from lrtui.data.catalogue import status

    present = [dataset.name for dataset in status(data_dir) if dataset.present]
    yield Finding("data", None, f"{data_dir}: {', '.join(present)}")
