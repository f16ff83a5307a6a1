"""torchvision's trained weights in a preset: names that are known without torch, and what does not go together."""

import subprocess
import sys
from pathlib import Path

import pytest

from lrtui.study import preset
from lrtui.study.beginnings import beginnings
from tests.study.conftest import GOOD, Complainer, Loader

RESNET = GOOD.replace('"mlp"', '"resnet50"').replace("digits", "cifar10")


@pytest.mark.parametrize(
    ("given", "name"),
    [("DEFAULT", "IMAGENET1K_V2"), ("IMAGENET1K_V2", "IMAGENET1K_V2"), ("IMAGENET1K_V1", "IMAGENET1K_V1")],
)
def test_default_is_resolved_to_the_name(load: Loader, given: str, name: str) -> None:
    study = load(RESNET, f"model.start=torchvision:{given}")
    assert study.resolved["model"]["start"] == f"torchvision:{name}"
    assert study.runs[0].config.model.start == f"torchvision:{name}"
    assert study.hash == load(RESNET, f"model.start=torchvision:{name}").hash
    assert preset.from_resolved(study.name, study.resolved).hash == study.hash
    assert study.folder == "", "it names no file"


@pytest.mark.parametrize(
    ("network", "key", "message"),
    [
        (
            "resnet50",
            "start = 'torchvision:IMAGENET1K_V3'",
            'start: resnet50 has no weights "IMAGENET1K_V3"; there are IMAGENET1K_V1, IMAGENET1K_V2, and DEFAULT',
        ),
        (
            "resnet18",
            "start = 'torchvision:'",
            'start: resnet18 has no weights ""; there is IMAGENET1K_V1, and DEFAULT',
        ),
        (
            "vit_h_14",
            "start = 'torchvision:DEFAULT'",
            "start: DEFAULT of vit_h_14 means IMAGENET1K_SWAG_E2E_V1, which is for images of 518×518, and the network takes "
            "224×224; there is IMAGENET1K_SWAG_LINEAR_V1",
        ),
        (
            "vgg16",
            "start = 'torchvision:IMAGENET1K_FEATURES'",
            "start: IMAGENET1K_FEATURES of vgg16 is without numbers for the dense layers; there is IMAGENET1K_V1",
        ),
        (
            "mlp",
            "start = 'torchvision:DEFAULT'",
            "start: torchvision has weights of its own networks only, as of resnet18 (model.name)",
        ),
        (
            "resnet18",
            "start = 'torchvision:DEFAULT'\nstem = 'cifar'",
            'stem: "cifar" has another first layer than torchvision\'s weights are for; stem = "imagenet" has that one',
        ),
    ],
)
def test_what_there_is_not_is_refused(complaints: Complainer, network: str, key: str, message: str) -> None:
    text = GOOD.replace('name = "mlp"', f'name = "{network}"\n{key}').replace("digits", "cifar10")
    (said,) = complaints(text)
    assert said.partition("model.")[2] == message


def test_the_name_is_no_file_of_another_folder(load: Loader, tmp_path: Path) -> None:
    base = tmp_path / "deeper" / "base.toml"
    base.parent.mkdir()
    base.write_text(RESNET.replace('"resnet50"', '"resnet50"\nstart = "torchvision:DEFAULT"'))
    study = load('extends = "deeper/base.toml"\n')
    assert study.runs[0].config.model.start == "torchvision:IMAGENET1K_V2"


def test_the_same_weights_twice_are_no_sweep(complaints: Complainer) -> None:
    names = '["torchvision:DEFAULT", "torchvision:IMAGENET1K_V2"]'
    assert "the same value as [0]" in complaints(RESNET, f"model.start={names}")[0]


@pytest.mark.parametrize(
    ("overrides", "layers"),
    [
        ((), "all layers but the last, which is drawn for 10 classes"),
        (("data.only=[1, 2, 3]",), "all layers but the last, which is drawn for 3 classes"),
        (("model.start_layers=4",), "the first 4 layers; what is behind is drawn"),
        (("task.name=rotation",), "all layers; the last is drawn unless it has 1,000 outputs"),
    ],
)
def test_which_layers_they_are_for_is_told_beforehand(load: Loader, overrides: tuple[str, ...], layers: str) -> None:
    study = load(RESNET, "model.start=torchvision:DEFAULT", *overrides)
    assert beginnings(study.runs) == [f"resnet50 begins with torchvision's IMAGENET1K_V2: {layers}"]


def test_images_that_are_not_standardized_are_remarked_on(load: Loader) -> None:
    start = "model.start=torchvision:DEFAULT"
    assert 'data.scale = "standardized" comes nearest' in load(RESNET, start).advice[0]
    assert load(RESNET, start, "data.scale=standardized").advice == ()
    assert load(RESNET).advice == ()


def test_a_preset_is_checked_without_torch(load: Loader, tmp_path: Path) -> None:
    load(RESNET, "model.start=torchvision:DEFAULT")
    code = (
        "import sys; from pathlib import Path; from lrtui.study import preset; "
        f"preset.load_file(Path({str(tmp_path / 'my.toml')!r}), overrides=['model.start=torchvision:DEFAULT']); "
        "sys.exit(bool({'torch', 'torchvision'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
