"""`hidden`, or `depth` and `width`: two ways to say the same, of which the later one counts."""

import pytest

from lrtui.study import preset
from lrtui.study.spec import Study
from tests.study.conftest import GOOD, Complainer, Loader
from tests.study.test_resolved import same


def shapes(study: Study) -> list[tuple[int, ...]]:
    """Return the hidden layers of every run."""
    return [spec.config.model.hidden for spec in study.runs]


def model(*lines: str) -> str:
    """Return a preset whose model has these lines besides."""
    return GOOD.replace('name = "mlp"\n', "\n".join(['name = "mlp"', *lines, ""]))


def test_depth_and_width_are_hidden_layers(load: Loader) -> None:
    assert shapes(load(model("depth = 3", "width = 5"))) == [(5, 5, 5)]
    assert shapes(load(model("depth = 3", "width = 5", "hidden = [5, 5, 5]"))) == [(5, 5, 5)]


@pytest.mark.parametrize(
    ("lines", "said", "expected"),
    [
        (["depth = 3", "width = 5"], ["model.hidden=[4, 2]"], [(4, 2)]),
        (["depth = 3", "width = 5"], ["model.depth=2"], [(5, 5)]),
        (["depth = 3", "width = 5"], ["model.width=2"], [(2, 2, 2)]),
        (["hidden = [64, 32]"], ["model.depth=2", "model.width=3"], [(3, 3)]),
        (["hidden = [7, 7]"], ["model.depth=3"], [(7, 7, 7)]),
        (["hidden = [7, 7]"], ["model.width=3"], [(3, 3)]),
        (["hidden = [7, 7]"], ["model.depth=[1, 3]"], [(7,), (7, 7, 7)]),
        (["depth = 3", "width = 5"], ["model.hidden=[[4], [2]]"], [(4,), (2,)]),
        (["depth = 3", "width = 5"], ["model.hidden=[4]", "model.depth=2"], [(4, 4)]),
        (["hidden = [7, 7]"], ["model.depth=3", "model.hidden=[4]"], [(4,)]),
    ],
)
def test_the_later_one_counts(load: Loader, lines: list[str], said: list[str], expected: list[tuple[int, ...]]) -> None:
    study = load(model(*lines), *said)
    assert shapes(study) == expected
    assert same(preset.from_resolved("my", study.resolved), study)


def test_it_counts_over_a_resolved_preset_too(load: Loader) -> None:
    text = preset.resolved_toml(load(model("depth = 3", "width = 5")))
    assert shapes(load(text, "model.depth=2")) == [(5, 5)]
    assert shapes(load(text, "model.hidden=[2]")) == [(2,)]


def test_a_sweep_ends_with_the_other_way(load: Loader) -> None:
    swept = model("width = 5") + '[sweep]\n"model.depth" = [1, 2]\n'
    assert shapes(load(swept)) == [(5,), (5, 5)]
    assert shapes(load(swept, "model.hidden=[4]")) == [(4,)]
    assert same(preset.from_resolved("my", load(swept).resolved), load(swept))


def test_layers_of_several_widths_have_no_width_to_keep(complaints: Complainer) -> None:
    assert complaints(model("hidden = [64, 32]"), "model.depth=3") == [
        "--set model.depth=3: model.depth: goes with width; give both"
    ]
    assert complaints(model("hidden = [64, 32]", "depth = 2", "width = 5")) == [
        "my.toml:6: model.hidden: is not depth × width; give one of them"
    ]


def test_one_way_to_clip_or_prune_replaces_the_other(load: Loader) -> None:
    assert load(GOOD + "clip_value = 1\n", "optim.clip_norm=2").runs[0].config.optim.clip_value is None
    pruned = load(GOOD + '[pruning]\nname = "after"\ntarget = 0.5\n', "pruning.threshold=0.1").runs[0].config.pruning
    assert (pruned.target, pruned.threshold) == (None, 0.1)
