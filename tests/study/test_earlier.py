"""Studies of earlier versions open as what they were."""

import copy

import pytest

from lrtui.study import preset
from tests.study.conftest import GOOD, Loader
from tests.study.test_resolved import same

LATER = {
    "optim": ("eps_inside", "initial_accumulator", "clip_norm_each"),
    "train": ("stop_on_nan",),
    "sweep": ("order",),
}


def as_saved_before(resolved: dict[str, object]) -> dict[str, object]:
    """Return a resolved preset as the first version would have saved it."""
    old = copy.deepcopy(resolved)
    for part in (old, *old.get("variants", {}).values()):
        for table, keys in LATER.items():
            for key in keys:
                part.get(table, {}).pop(key, None)
    return old


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("sgd", "rmsprop"),
        GOOD.replace("sgd", "adam"),
        GOOD + '[sweep]\n"optim.name" = ["sgd", "rmsprop", "adagrad"]\n',
        GOOD + '[variants.a]\noptim.name = "adagrad"\n[variants.b]\noptim.name = "adam"\n',
    ],
)
def test_their_epsilon_stood_outside_the_root_and_they_trained_on(load: Loader, text: str) -> None:
    study = load(text)
    opened = preset.from_resolved("old", as_saved_before(study.resolved))
    assert [getattr(spec.config.optim, "eps_inside", False) for spec in opened.runs] == [False] * len(study.runs)
    assert not any(spec.config.train.stop_on_nan for spec in opened.runs)
    assert opened.order == "rate"
    assert opened.scenarios == study.scenarios
    assert same(preset.from_resolved("old", opened.resolved), opened)


def test_those_of_this_version_say_it_themselves(load: Loader) -> None:
    study = load(GOOD.replace("sgd", "rmsprop"))
    assert same(preset.from_resolved("new", study.resolved), study)
    assert study.runs[0].config.optim.eps_inside
