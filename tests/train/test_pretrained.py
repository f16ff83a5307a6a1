"""torchvision's trained weights in a network: which layers take them, and what is said of a file that does not fit."""

import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchvision
from torch import Tensor

from lrtui.errors import InputError
from lrtui.nn import models
from lrtui.nn.models import Network
from lrtui.nn.own import OwnNetwork, architecture
from lrtui.study.model_config import Start
from lrtui.study.networks import TorchvisionConfig
from lrtui.train import pretrained
from lrtui.train.start import begin_with

NAME = "shufflenet_v2_x0_5"
LAYERS = 57
State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    """The weights as torchvision has them, for 1,000 classes, no two the same."""
    generator = torch.Generator().manual_seed(3)
    own = torchvision.models.get_model(NAME).state_dict()
    return {
        key: torch.randn(value.shape, generator=generator) if value.is_floating_point() else value + 7
        for key, value in own.items()
    }


Begun = Callable[..., tuple[State, State, str]]


@pytest.fixture
def begun(tmp_path: Path) -> Begun:
    """Return a function that has a network begin with a file; it gives the weights before, after, and what is told of them."""

    def begin(
        held: object, classes: int = 10, channels: int = 3, layers: int | None = None
    ) -> tuple[State, State, str]:
        path = tmp_path / f"{NAME}-0123abcd.pth"
        if isinstance(held, bytes):
            path.write_bytes(held)
        else:
            torch.save(held, path)
        start = Start(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), "")
        config = TorchvisionConfig(name=NAME, start="torchvision:DEFAULT", start_layers=layers).beginning_with(start)
        network = models.build(config, (channels, 32, 32), classes, torch.Generator().manual_seed(1))
        before = {key: value.clone() for key, value in weights(network).items()}
        told = begin_with(network, config)
        return before, weights(network), told

    return begin


def weights(network: Network) -> State:
    assert isinstance(network, OwnNetwork)
    return architecture(network).state_dict()


def taken(after: State, state: State) -> list[str]:
    return [key for key in after if after[key].shape == state[key].shape and torch.equal(after[key], state[key])]


@pytest.mark.parametrize("channels", [1, 3])
def test_all_layers_take_them_but_a_last_one_for_other_classes(begun: Begun, state: State, channels: int) -> None:
    before, after, told = begun(state, channels=channels)
    assert taken(after, state) == [key for key in state if not key.startswith("fc.")]
    assert torch.equal(before["fc.weight"], after["fc.weight"]), "the head is as it was drawn"
    assert torch.equal(before["fc.bias"], after["fc.bias"])
    assert told == f"the first 56 of 57 layers; {'fc' if channels == 3 else 'network.fc'} is drawn"


def test_a_last_one_for_as_many_classes_takes_them_too(begun: Begun, state: State) -> None:
    _, after, told = begun(state, classes=1000)
    assert taken(after, state) == list(state)
    assert told == "all 57 layers"


def test_the_first_layers_take_what_follows_them_too(begun: Begun, state: State) -> None:
    before, after, told = begun(state, layers=2)
    mine = taken(after, state)
    assert {key.rpartition(".")[0] for key in mine} == {
        "conv1.0",
        "conv1.1",
        "stage2.0.branch1.0",
        "stage2.0.branch1.1",
    }
    assert all(torch.equal(before[key], after[key]) for key in after if key not in mine)
    assert told == "the first 2 of 57 layers; the 55 from stage2.0.branch1.2 on are drawn"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (LAYERS, "model.start_layers: fc, the last of 57, has 1,000 outputs there and 10 here; 56 takes all before it"),
        (LAYERS + 1, "model.start_layers: is 58, and the network has 57 layers"),
    ],
)
def test_more_layers_than_fit_are_refused(begun: Begun, state: State, layers: int, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        begun(state, layers=layers)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"conv1.0.weight": torch.zeros(24, 3, 7, 7)},
            "conv1.0.weight is 24 × 3 × 7 × 7 there and 24 × 3 × 3 × 3 here",
        ),
        ({"conv1.0.weight": None}, "lacks conv1.0.weight; it has "),
        ({"conv1.1.running_var": None}, "lacks conv1.1.running_var; it has "),
        ({"more.weight": torch.zeros(1)}, "has more.weight, which the network has not"),
        (
            {"conv5.0.weight": torch.full((1024, 192, 1, 1), torch.nan)},
            "has something else than numbers in conv5.0.weight",
        ),
        ({"conv1.0.weight": "text"}, "holds something else than weights by name"),
    ],
)
def test_what_does_not_fit_is_named(begun: Begun, state: State, changed: dict[str, object], message: str) -> None:
    held = {key: value for key, value in {**state, **changed}.items() if value is not None}
    with pytest.raises(InputError, match=re.escape(message)):
        begun(held)


def test_what_is_in_old_files_or_not_in_them_does_no_harm(begun: Begun, state: State) -> None:
    held = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    held |= {"aux1.fc2.weight": torch.zeros(3), "AuxLogits.fc.bias": torch.zeros(3)}
    file = io.BytesIO()
    torch.save(held, file, _use_new_zipfile_serialization=False)
    _, after, told = begun(file.getvalue())
    assert {*taken(after, state)} >= {key for key in held if key in after and not key.startswith("fc.")}
    assert told.startswith("the first 56 of 57 layers")


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code of a file ran')",)


@pytest.mark.parametrize("held", [{"conv1.0.weight": _Harm()}, b"", b"PK\x03\x04 and no more", b"\x80\x02}q\x00"])
def test_what_is_no_file_of_weights_is_told_and_runs_nothing(begun: Begun, held: object) -> None:
    with pytest.raises(InputError, match=r"0123abcd\.pth is no file of weights, or damaged: \w+$"):
        begun(held)


def test_a_file_that_changed_since_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a-01234567.pth"
    path.write_bytes(b"1")
    config = TorchvisionConfig(name=NAME, start="torchvision:DEFAULT").beginning_with(Start(str(path), "0" * 64, ""))
    network = models.build(config, (3, 32, 32), 10, torch.Generator().manual_seed(1))
    with pytest.raises(InputError, match="is not what it was when the study began"):
        begin_with(network, config)


@pytest.mark.parametrize(
    ("name", "old", "now"),
    [
        ("densenet121", r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2."),
        ("vit_b_32", r"mlp\.(0|3)\.", None),
    ],
)
def test_names_of_old_files_are_known(name: str, old: str, now: str | None) -> None:
    with torch.device("meta"):
        names = list(torchvision.models.get_model(name).state_dict())

    def before(found: re.Match[str]) -> str:
        return f"mlp.linear_{1 if found[1] == '0' else 2}."

    earlier = [re.sub(old, now or before, key) for key in names]
    assert earlier != names
    assert [pretrained._today(key) for key in earlier] == names
    assert [pretrained._today(key) for key in names] == names


def test_weights_that_nobody_has_looked_for_are_not_drawn_instead() -> None:
    config = TorchvisionConfig(name=NAME, start="torchvision:DEFAULT")
    network = models.build(config, (3, 32, 32), 10, torch.Generator().manual_seed(1))
    with pytest.raises(InputError, match="torchvision:IMAGENET1K_V1: nobody knows which weights that was"):
        begin_with(network, config)
