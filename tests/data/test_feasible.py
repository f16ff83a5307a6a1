"""What the images there are do not allow is said of the preset, before one of them is read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.data.feasible import infeasible, misfits
from lrtui.study import locate, preset
from lrtui.study.problems import PresetError
from lrtui.study.spec import Study

DIGITS = """\
title = "t"
[data]
name = "digits"
[model]
name = "mlp"
[optim]
name = "sgd"
lr = 0.1
[train]
epochs = 2
batch_size = 64
"""
"""1,437 images: 23 steps an epoch, 46 in all."""

ONE_LEFT = (
    "training images in batches of 359 leave a last batch of one image, of which batch normalization has no variance"
)


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Study]:
    """Return a function that loads a preset from its text, with or without a look at the images."""

    def load(content: str, *overrides: str, look: bool = True) -> Study:
        path = tmp_path / "my.toml"
        path.write_text(content)
        return preset.load_file(path, overrides=overrides, misfits=misfits if look else None)

    return load


@pytest.fixture
def problems(load: Callable[..., Study], tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that gives the problems of a preset that is right but for its images."""

    def problems(content: str, *overrides: str) -> list[str]:
        load(content, *overrides, look=False)
        with pytest.raises(PresetError) as caught:
            load(content, *overrides)
        return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]

    return problems


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["schedule.warmup=46"], "schedule.warmup: must be less than the 46 steps of training, got 46"),
        (
            ["schedule={name='piecewise', boundaries=[20, 5000], factors=[1, 0.1, 0.01]}"],
            "schedule.boundaries[1]: lies beyond the 46 steps of training, got 5,000",
        ),
        (
            ["schedule={name='piecewise', warmup=26, boundaries=[20], factors=[1, 0.1]}"],
            "schedule.boundaries[0]: lies beyond the 46 steps of training, got 20 after 26 of warm-up",
        ),
        (
            ["data.train_limit=65", "schedule.warmup=4"],
            "schedule.warmup: must be less than the 4 steps of training, got 4",
        ),
        (
            ["data.validation=last", "data.validation_count=1000", "schedule.warmup=14"],
            "schedule.warmup: must be less than the 14 steps of training, got 14",
        ),
        (
            ["data.validation=last"],
            "data.validation_count: is 5,000, but digits has 1,437 training images: none would be left to train on",
        ),
        (["data.train_limit=1438"], "data.train_limit: is 1,438, but digits has 1,437 training images"),
        (["data.val_limit=361"], "data.val_limit: is 361, but digits has 360 validation images"),
        (
            ["model.batch_norm=before", "train.batch_size=359"],
            f"train.batch_size: 1,437 {ONE_LEFT}; choose another, or another data.train_limit",
        ),
        (
            ["model={name='cnn', channels=[4, 4, 4, 4]}"],
            "model.channels: 4 poolings leave nothing of 8×8 images",
        ),
    ],
)
def test_what_the_images_do_not_allow_is_refused(
    problems: Callable[..., list[str]], said: list[str], expected: str
) -> None:
    (problem,) = problems(DIGITS, *said)
    assert problem.endswith(f": {expected}")


@pytest.mark.parametrize(
    "said",
    [
        ["schedule.warmup=45"],
        ["schedule={name='piecewise', warmup=25, boundaries=[20], factors=[1, 0.1]}"],
        ["data.validation=last", "data.validation_count=1000", "schedule.warmup=13"],
        ["train.batch_size=359"],
        ["model.batch_norm=before", "train.batch_size=359", "data.train_limit=1436"],
        ["model={name='cnn', channels=[4, 4, 4]}"],
    ],
)
def test_what_they_allow_is_not(load: Callable[..., Study], said: list[str]) -> None:
    assert infeasible(load(DIGITS, *said)) == []


def test_the_line_is_named_or_the_swept_value_or_the_variant(problems: Callable[..., list[str]]) -> None:
    assert problems(DIGITS + "[schedule]\nwarmup = 50\n") == [
        "my.toml:13: schedule.warmup: must be less than the 46 steps of training, got 50"
    ]
    assert problems(DIGITS + '[sweep]\n"schedule.warmup" = [0, 40, 50]\n') == [
        'my.toml:13: sweep."schedule.warmup"[2]: must be less than the 46 steps of training, got 50'
    ]
    assert problems(DIGITS + "[variants.a]\n[variants.b]\nschedule.warmup = 50\n") == [
        "my.toml:14: variants.b.schedule.warmup: must be less than the 46 steps of training, got 50"
    ]
    assert problems(DIGITS, "schedule.warmup=50")[0].startswith("--set schedule.warmup=50: ")


def test_of_a_study_every_complaint_is_told_once_with_its_scenario(load: Callable[..., Study]) -> None:
    text = DIGITS + '[sweep]\n"train.epochs" = [2, 1]\nreplicates = 2\n'
    (first,) = infeasible(load(text, "schedule.warmup=30", look=False))
    assert first == (
        "mlp-digits-sgd-1e-1 train.epochs=1",
        (("schedule", "warmup"), "must be less than the 23 steps of training, got 30"),
    )


@pytest.mark.parametrize("found", locate.shipped(), ids=lambda found: found.name)
def test_every_shipped_preset_can_be_trained(found: locate.PresetFile) -> None:
    assert preset.check_file(found.path, misfits) == []


def test_it_takes_no_torch() -> None:
    code = "import sys, lrtui.data.feasible; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
