"""Whether a run of more epochs can go on from the end of one that has fewer, to what it would be if trained whole."""

from dataclasses import replace

from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.run_key import same_but_epochs, with_epochs
from lrtui.study.spec import RunSpec


def beginning_of(spec: RunSpec, epochs: int) -> RunSpec | None:
    """Return the run of so many epochs that a longer one begins with; None if none does, as its schedule looks to the end."""
    schedule = spec.config.schedule.trunk(epochs, spec.epochs)
    if schedule is None:
        return None
    config = spec.config.model_copy(update={"schedule": schedule})
    return with_epochs(replace(spec, config=config), epochs)


def can_extend(old: RunSpec, new: RunSpec) -> str | None:
    """Return why `new` cannot go on from the last weights of `old`, as a clause; None if it can.

    It can if it is the same run but for more epochs, and if nothing in it depends on when training ends. A run that ended
    early, or broke off, ends there again.
    """
    if new.epochs <= old.epochs:
        return f"it has {old.epochs} epochs already" if same_but_epochs(old, new) else "it is another run"
    beginning = beginning_of(new, old.epochs)
    if beginning is None:
        depends = f"its schedule, {new.config.schedule.name}, depends on when training ends"
        return depends if same_but_epochs(old, new) else "it is another run"
    if not same_but_epochs(old, beginning):
        return "it is another run"
    if isinstance(new.config.pruning, PruneGraduallyConfig):
        return "gradual pruning depends on when training ends"
    if old.config.train.keep != "last":
        return f"its last weights were not kept (train.keep is {old.config.train.keep})"
    return None
