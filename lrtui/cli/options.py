"""The options and arguments that several commands have."""

import click

from lrtui import paths
from lrtui.cli import complete
from lrtui.errors import InputError
from lrtui.study.machine import ENGINES, is_device
from lrtui.study.shards import Shard
from lrtui.text import literal

runs_dir_option = click.option(
    "--runs-dir",
    metavar="DIR",
    type=click.Path(),
    help="Where studies are saved (default: $LRTUI_RUNS, else ./runs).",
    callback=lambda _context, _option, value: paths.runs_dir(value),
)
data_dir_option = click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(),
    help="Where data sets are (default: $LRTUI_DATA, else the user's cache folder).",
    callback=lambda _context, _option, value: paths.data_dir(value),
)
set_option = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=complete.keys,
    help="Override a key of the preset: optim.lr=0.03, train.epochs=2, sweep.replicates=1. A list sweeps.",
)
output_option = click.option(
    "-o", "--output", metavar="FILE", type=click.Path(), help="Write to FILE instead of standard output."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress on standard error.")
notify_option = click.option(
    "--notify",
    metavar="COMMAND",
    help="Call this at the end, when every replicate of a rate has diverged, and on failure; without a shell. It finds "
    "LRTUI_EVENT, LRTUI_STUDY, LRTUI_STATUS and LRTUI_MESSAGE in its environment.",
)
bell_option = click.option("--no-bell", "bell", is_flag=True, flag_value=False, default=True, help="No bell then.")
motion_option = click.option(
    "--no-motion",
    "motion",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Nothing scrolls or blinks of its own accord, and the screen changes every two seconds at most.",
)
trust_option = click.option(
    "--trust",
    is_flag=True,
    help="Let the preset's own code (net.py, data.py) run, now and from now on, as it is where it is.",
)
detach_option = click.option(
    "--detach", is_flag=True, help="Train in the background: the prompt is back once training has begun."
)


def device_named(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Return what names a device. Raises BadParameter for what does not."""
    if text is not None and not is_device(text):
        raise click.BadParameter(f"expected auto, cpu, cuda or cuda:N, got {literal(text)!r}")
    return text


device_option = click.option(
    "--device",
    metavar="[auto|cpu|cuda|cuda:N]",
    default="auto",
    show_default=True,
    callback=device_named,
    help="What trains; cuda: every GPU there is.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="lanes: run by run. stack: many runs as one, on a GPU many times as fast, on a CPU slower. auto: by the device.",
)
ray_option = click.option(
    "--ray",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value="",
    help="Train on a Ray cluster: at ADDRESS (host:port, or auto), without one on a cluster of this machine's cores. "
    "Needs the extra `ray`.",
)
lanes_option = click.option(
    "--lanes", type=click.IntRange(1, 1024), help="Runs trained side by side on the CPU (default: one per core)."
)


def _shard(_context: click.Context, _option: click.Parameter, text: str | None) -> Shard | None:
    try:
        return None if text is None else Shard.parse(text)
    except InputError as error:
        raise click.BadParameter(str(error)) from None


shard_option = click.option(
    "--shard",
    metavar="I/N",
    callback=_shard,
    help="Train every N-th run only, beginning with the I-th: one job of an array. `merge` joins what they saved.",
)
preset_argument = click.argument("preset", shell_complete=complete.presets_and_studies)
study_argument = click.argument("study", shell_complete=complete.studies)
studies_argument = click.argument(
    "studies", nargs=-1, required=True, metavar="STUDY...", shell_complete=complete.studies
)
