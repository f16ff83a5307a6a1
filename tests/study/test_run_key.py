"""The key of a run: the same for the same numbers however they were asked for, another for other numbers."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrtui.study import preset
from lrtui.study.run_key import KEY_LENGTH, KEY_VERSION, Conditions, run_keys
from lrtui.study.spec import Study

Tiny = Callable[..., Study]
HERE = Conditions(numerics=2, torch="2.9.0", device="cpu", threads=1)
SHA = {"synthetic": "a" * 64, "digits": "d" * 64}
SETTINGS = {
    "optim.lr": ("0.01", "0.1", "find"),
    "optim.momentum": ("0", "0.9"),
    "model.hidden": ("[16]", "[16, 16]", "[]"),
    "model.batch_norm": ("none", "before"),
    "train.epochs": ("3", "4"),
    "train.stop_on_nan": ("true", "false"),
    "data.name": ("synthetic", "digits"),
    "data.train_limit": ("320", "319"),
    "data.scale": ("unit", "raw"),
    "schedule.name": ("constant", "cosine"),
    "early_stopping.patience": ("1", "2"),
    "regularization.l2": ("0", "1e-4"),
    "pruning.name": ("none", "after"),
    "health.measure": ("false", "true"),
    "inference.dtypes": ("[]", '["bfloat16"]'),
    "curvature.measure": ("false", "true"),
    "sweep.seeds": ("[1]", "[7]"),
}
"""Keys that decide numbers, or which there are, and values of each."""
EXTRA = {"pruning.name=after": ("pruning.target=0.5",)}

choices = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in SETTINGS.items()})


def keys(study: Study, conditions: Conditions = HERE) -> list[str]:
    return list(run_keys(study, conditions, SHA).values())


def overrides(chosen: dict[str, str]) -> list[str]:
    said = [f"{key}={value}" for key, value in chosen.items()]
    return ["optim.lr=0.01", "sweep.seeds=[1]", *said, *(more for one in said for more in EXTRA.get(one, ()))]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=choices, other=choices, order=st.randoms(use_true_random=False))
def test_two_runs_share_a_key_if_and_only_if_they_are_the_same(
    tiny: Tiny, one: dict[str, str], other: dict[str, str], order: st.randoms
) -> None:
    defaults = {key: values[0] for key, values in SETTINGS.items() if key != "early_stopping.patience"}
    shuffled = list((defaults | other).items())
    order.shuffle(shuffled)
    (first,), (second,) = keys(tiny(*overrides(one))), keys(tiny(*overrides(dict(shuffled))))
    assert (first == second) == (defaults | one == defaults | other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("optim.lr=0.01",), ("optim.lr=1e-2",)),
        (("optim.lr=[1]",), ("optim.lr=1.0",)),
        (("model.hidden=[16, 16]",), ("model.depth=2", "model.width=16")),
        (("optim.momentum=0",), ("optim.momentum=-0.0",)),
        (("indicators.window=5",), ()),
        (("title=Another", "note=other words"), ()),
        (("finder.seeds=3",), ()),
        (("health.dead=0.9",), ()),
        (("health.measure=true",), ("health.measure=true", "health.dead=0.9")),
        ((), ("curvature.every=5",)),
        ((), ("model.parametrization=standard",)),
        ((), ("curvature.measure=false", "curvature.sharpness=true")),
        (("sweep.order=rate",), ()),
    ],
)
def test_what_decides_no_number_is_no_part_of_the_key(tiny: Tiny, one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert keys(tiny("optim.lr=0.01", *one)) == keys(tiny("optim.lr=0.01", *other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("health.measure=true",), ("health.measure=true", "health.images=8")),
        ((), ("curvature.measure=true",)),
        (("curvature.measure=true",), ("curvature.measure=true", "curvature.every=5")),
        (("curvature.measure=true",), ("curvature.measure=true", "curvature.sharpness=true")),
        (("model.dropout=0.5",), ("model.dropout=0.5", "mc_dropout.samples=3")),
        ((), ("model.parametrization=mup", "model.base_width=8")),
        (
            ("model.parametrization=mup", "model.base_width=4"),
            ("model.parametrization=mup", "model.base_width=8"),
        ),
        (("optim.lr=find",), ("optim.lr=find", "finder.seeds=3")),
        (("optim.lr=find", "sweep.seeds=[1, 2]"), ("optim.lr=find", "sweep.seeds=[2, 1]")),
    ],
)
def test_what_a_run_contains_is_part_of_the_key(tiny: Tiny, one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert not set(keys(tiny("optim.lr=0.01", *one))) & set(keys(tiny("optim.lr=0.01", *other)))


def test_depth_and_width_decide_where_they_are_no_other_words_for_hidden(tiny: Tiny) -> None:
    same = ("model.name=rnn", "model.hidden=[8, 8]"), ("model.name=rnn", "model.depth=2", "model.width=8")
    assert keys(tiny(*same[0])) == keys(tiny(*same[1]))
    blocks = [keys(tiny("model.name=transformer", f"model.depth={depth}", "model.width=8")) for depth in (1, 2)]
    wide = keys(tiny("model.name=transformer", "model.depth=2", "model.width=16"))
    assert not {*blocks[0]} & {*blocks[1]}
    assert not {*blocks[1]} & {*wide}


def test_a_run_has_its_key_in_every_study(tiny: Tiny) -> None:
    sweep, alone = tiny("sweep.replicates=3"), tiny("optim.lr=0.1", "sweep.seeds=[2]")
    assert keys(sweep)[4] == keys(alone)[0]
    assert len(set(keys(sweep))) == len(sweep.runs) == 6


@pytest.mark.parametrize(
    "other", [{"numerics": 3}, {"torch": "2.9.1"}, {"device": "cuda"}, {"threads": 2}, {"arithmetic": "AVX2"}]
)
def test_the_conditions_are_part_of_the_key(tiny: Tiny, other: dict[str, object]) -> None:
    study = tiny()
    assert not set(keys(study)) & set(keys(study, replace(HERE, **other)))


def test_threads_decide_nothing_on_a_gpu(tiny: Tiny) -> None:
    gpu = replace(HERE, device="cuda")
    assert keys(tiny(), gpu) == keys(tiny(), replace(gpu, threads=8))
    assert keys(tiny(), gpu) != keys(tiny(), replace(gpu, arithmetic="float32, deterministic"))


def test_other_data_of_the_same_name_gives_another_key(tiny: Tiny) -> None:
    study = tiny()
    assert not set(keys(study)) & set(run_keys(study, HERE, {"synthetic": "b" * 64}).values())
    assert run_keys(study, HERE, {}) == {}


def test_a_saved_preset_gives_the_same_keys(tiny: Tiny) -> None:
    study = tiny("health.measure=true", "schedule.name=cosine")
    assert keys(preset.from_resolved(study.name, study.resolved)) == keys(study)


EVERY = (
    ("optim.lr=find", "model.activation=elu", "health.measure=true", "model.dropout=0.5", "mc_dropout.samples=2"),
    ("model.name=cnn", "optim.name=adam", "schedule.name=performance"),
    ("optim.name=nadam", "schedule.name=onecycle", "early_stopping.patience=3"),
    ("optim.name=adamw", "schedule.name=power", "schedule.s=100", "pruning.name=after", "pruning.target=0.5"),
    ("optim.name=rmsprop", "schedule.name=exponential", "schedule.s=100", "pruning.name=gradual", "pruning.target=0.5"),
    ("optim.name=adagrad", "schedule.name=cosine", 'inference.dtypes=["float16"]'),
)
"""Between them these have every table, and every optimizer."""
THESE = ["d63cf442", "cda3df18", "c3a33885", "0247d1b3", "81848571", "bc101dc4"]
"""How their keys begin."""


def test_the_keys_of_this_version(tiny: Tiny) -> None:
    """Keys in the tables of saved studies are compared with keys made now: other keys are another KEY_VERSION."""
    found = [keys(tiny("optim.lr=0.01", *every))[0] for every in EVERY]
    assert all(len(key) == KEY_LENGTH and int(key, 16) >= 0 for key in found)
    assert (KEY_VERSION, [key[:8] for key in found]) == (2, THESE), "the keys changed: raise study.run_key.KEY_VERSION"
