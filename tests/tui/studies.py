"""Studies of the toolbox for tests of the workbench: variants, layers, a rate to be found, early stopping."""

from pathlib import Path

import tomli

from lrtui.plots.view import StudyShape, View
from lrtui.study import preset
from lrtui.study.spec import Study
from tests.tui.fake_session import FakeSession, Script, plausible

DEEP = """
title = "Deep"
[data]
name = "digits"
validation = "last"
validation_count = 100
[model]
name = "mlp"
depth = 6
width = 8
dropout = 0.1
[optim]
name = "sgd"
lr = 1e-2
[train]
epochs = 12
[early_stopping]
patience = 3
[mc_dropout]
samples = 10
[health]
measure = true
[sweep]
replicates = 2
[variants.plain]
[variants.hot]
optim.lr = 1e-1
schedule.name = "onecycle"
[variants.found]
optim.lr = "find"
"""


def own(name: str, text: str) -> Study:
    """Return the study of the text of a preset."""
    return preset.from_resolved(name, tomli.loads(text))


def deep() -> Study:
    """Return the study of DEEP."""
    return own("deep", DEEP)


def view_of(study: Study, steps: int = 1000, *, find_only: bool = False, script: Script = plausible) -> View:
    """Return a study after some steps of a session of one lane."""
    session = FakeSession(study, Path(), lanes=1, script=script, find_only=find_only)
    for _ in range(steps):
        if not session.step():
            break
    return View(study, StudyShape.of(study), session.board.snapshot(), finder=find_only)
