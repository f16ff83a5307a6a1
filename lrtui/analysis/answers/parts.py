"""The parts of exercise 8, told by what their network and its training are."""

from lrtui.study.schema import RunConfig

PARTS = {
    "b": "ELU and nothing more",
    "c": "batch normalization",
    "d": "SELU, self-normalizing",
    "e": "SELU with dropout",
    "f": "dropout with 1cycle",
}
"""The parts that are trained, and what each adds, in the exercise's order."""


def part_of(config: RunConfig) -> str | None:
    """Return which part of the exercise a configuration is; None: none of them."""
    model = config.model
    if config.schedule.name == "onecycle":
        return "f"
    if model.has_batch_norm:
        return "c"
    if model.activation == "selu":
        return "e" if model.dropout > 0 else "d"
    return "b" if model.activation == "elu" and model.dropout == 0 else None
