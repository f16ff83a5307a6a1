"""Whether a run of more epochs can go on from the end of one that has fewer, to what it would be if trained whole."""

from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.run_key import same_but_epochs
from lrtui.study.spec import RunSpec


def can_extend(old: RunSpec, new: RunSpec) -> str | None:
    """Return why `new` cannot go on from the last weights of `old`, as a clause; None if it can.

    It can if it is the same run but for more epochs, and if nothing in it depends on when training ends. A run that ended
    early, or broke off, ends there again.
    """
    if not same_but_epochs(old, new):
        return "it is another run"
    if new.epochs <= old.epochs:
        return f"it has {old.epochs} epochs already"
    schedule = new.config.schedule
    if schedule.depends_on_end:
        return f"its schedule, {schedule.name}, depends on when training ends"
    if isinstance(new.config.pruning, PruneGraduallyConfig):
        return "gradual pruning depends on when training ends"
    if old.config.train.keep != "last":
        return f"its last weights were not kept (train.keep is {old.config.train.keep})"
    return None
