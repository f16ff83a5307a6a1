"""Weights to begin with: of a run that a study kept, or of a file; layers with rates of their own, or frozen."""

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from lrtui.errors import InputError
from lrtui.nn import models
from lrtui.session import Session
from lrtui.store import folder
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.spec import Study
from lrtui.train import seeds
from lrtui.train.checkpoint import Checkpoint

Tiny = Callable[..., Study]
Start = Callable[..., Session]
ONE = ("optim.lr=0.1", "sweep.replicates=1")


@pytest.fixture
def train(tiny: Tiny, train_study: Start) -> Callable[..., SavedStudy]:
    """Return a function that trains the tiny study with overrides."""

    def trained(*overrides: str) -> SavedStudy:
        session = train_study(tiny(*overrides), fresh=False)
        assert session.wait(60)
        return open_study(session.path)

    return trained


Train = Callable[..., SavedStudy]


def weights(saved: SavedStudy, run: int = 1) -> dict[str, torch.Tensor]:
    state = Checkpoint.decoded(folder.kept_file(saved.path, run).read_bytes()).state["model"]
    assert isinstance(state, dict)
    return state


def first_loss(saved: SavedStudy) -> float:
    return float(saved.epochs.filter(saved.epochs["epoch"] == 0)["val_loss"][0])


def last_loss(saved: SavedStudy) -> float:
    return float(saved.epochs["val_loss"][-1])


def test_a_run_begins_where_another_ended(train: Train) -> None:
    source = train(*ONE, "train.keep=last")
    by_name = train(*ONE, f"model.start=study:{source.id}")
    assert first_loss(by_name) == last_loss(source)
    key = source.runs["run_key"][0]
    by_key = train(*ONE, f"model.start=study:{key[:12]}")
    assert by_key.runs["run_key"][0] == by_name.runs["run_key"][0], "what it begins with is known by what is in it"
    assert by_key.runs["reused_from"][0] == by_name.id
    assert by_name.runs["run_key"][0] != key
    assert open_study(by_name.path).study.runs[0].config.model.begins_with.run == f"run 1 of {source.id}"


def test_the_run_of_the_same_seed_is_taken_else_the_best(train: Train) -> None:
    source = train("train.keep=last", "optim.lr=[0.01, 0.1]")
    begun = train("optim.lr=0.1", "sweep.seeds=[2, 7]", f"model.start=study:{source.id}")
    knowing = source.runs.filter(pl.col("final_val_loss") < pl.col("chance_loss"))
    best = knowing.sort("final_val_accuracy", descending=True)
    of_seed_2 = best.filter(best["seed"] == 2)["run"][0]
    taken = [state.spec.config.model.begins_with.run.split()[1] for state in begun.states]
    assert taken == [str(of_seed_2), str(best["run"][0])]


def test_the_first_layers_alone_begin_so(train: Train) -> None:
    source = train(*ONE, "train.keep=last", "model.hidden=[16, 8]", "task.name=reconstruction")
    begun = train(
        *ONE, "train.keep=last", "train.epochs=1", "model.hidden=[16]", "model.dropout=0.1", "model.dropout_where=inputs",
        f"model.start=study:{source.id}", "model.start_layers=1",
        'optim.groups=[{layers = ["dense 1"], frozen = true}]',
    )  # fmt: skip
    before, after = list(weights(source).values()), list(weights(begun).values())
    assert torch.equal(before[0], after[0]), "the kernel came along, and stayed"
    assert torch.equal(before[1], after[1])
    drawn = models.build(begun.study.runs[0].config.model, (1, 8, 8), 10, seeds.initialization(1))
    assert not torch.equal(list(drawn.state_dict().values())[-2], after[-2]), "the output layer was trained"


def test_a_layer_is_frozen_until_its_epoch(train: Train) -> None:
    kept = [
        weights(
            train(*ONE, "train.keep=last", f"train.epochs={epochs}", 'optim.groups=[{layers=["dense *"], until=2}]')
        )
        for epochs in (1, 2, 3)
    ]
    first = [next(iter(one.values())) for one in kept]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[1], first[2])


def test_a_factor_is_of_the_rate(train: Train) -> None:
    half = train(*ONE, "train.keep=last", 'optim.groups=[{layers = ["*"], factor = 0.5}]')
    whole = train("optim.lr=0.05", "sweep.replicates=1", "train.keep=last")
    for one, other in zip(weights(half).values(), weights(whole).values(), strict=True):
        assert torch.equal(one, other)


def test_a_file_of_weights_begins_a_run(train: Train, tmp_path: Path) -> None:
    source = train(*ONE, "train.keep=last")
    path = tmp_path / "w.safetensors"
    save_file(weights(source), str(path))
    assert first_loss(train(*ONE, f"model.start={path}")) == last_loss(source)


@pytest.mark.parametrize(
    ("made", "said", "message"),
    [
        ({"0.weight": (16, 64)}, (), "lacks 0.bias, 2.weight, 2.bias; it has 0.weight"),
        ({"0.weight": (8, 64), "0.bias": (8,)}, ("model.start_layers=1",), "0.weight is 8 × 64 there and 16 × 64 here"),
        (
            {"0.weight": (16, 64), "0.bias": (16,), "2.weight": (10, 16), "2.bias": (10,), "4.weight": (3, 3)},
            (),
            "has 4.weight, which the network has not",
        ),
        ({"0.weight": (16, 64)}, ("model.start_layers=3",), "is 3, and the network has 2 layers"),
    ],
)
def test_what_does_not_fit_is_named(
    train: Train, tmp_path: Path, made: dict[str, tuple[int, ...]], said: tuple[str, ...], message: str
) -> None:
    path = tmp_path / "w.safetensors"
    save_file({key: torch.zeros(shape) for key, shape in made.items()}, str(path))
    with pytest.raises(InputError, match=re.escape(message)):
        train(*ONE, f"model.start={path}", *said)


def test_pickles_are_not_read(train: Train, tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"0.weight": torch.zeros(16, 64)}, path)
    with pytest.raises(InputError, match="pickled objects, which could run code"):
        train(*ONE, f"model.start={path}")


def test_what_is_not_there_is_said_before_anything_is_trained(train: Train) -> None:
    source = train(*ONE)
    with pytest.raises(InputError, match="kept no weights"):
        train(*ONE, f"model.start=study:{source.id}")
    with pytest.raises(InputError, match="it is to be trained first"):
        train(*ONE, "model.start=study:nothing")
    with pytest.raises(InputError, match=r"no run of .* has a key that begins with 0123456789abcdef"):
        train(*ONE, "model.start=study:0123456789abcdef")
    with pytest.raises(InputError, match="study: needs the study's name, id or preset behind it"):
        train(*ONE, "model.start=study: ")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('optim.groups=[{layers = ["conv *"]}]', "no layer is called conv *; there are dense 1, output"),
        ('optim.groups=[{layers = ["*"]}, {layers = ["output"]}]', "output is in optim.groups[0] already"),
        ('data.augment=[{name = "RandomFlip"}]', "torchvision.transforms.v2 has no RandomFlip; did you mean"),
        ('data.augment=[{name = "RandomCrop", size = 4}]', "makes 1 × 4 × 4 of an image of 1 × 8 × 8"),
        ('data.augment=[{name = "RandomAffine", turns = 4}]', "RandomAffine: "),
    ],
)
def test_groups_and_transforms_that_make_no_sense_are_told(train: Train, override: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        train(*ONE, override)


def test_some_classes_are_counted_anew(train: Train) -> None:
    saved = train(*ONE, "data.only=[7, 2]", "data.train_limit=100")
    assert saved.study.runs[0].config.data.classes == 2
    assert saved.fingerprints[0]["train_count"] == 100
    assert saved.runs["chance_loss"][0] == pytest.approx(0.6931, abs=1e-4)


def test_a_run_that_knows_nothing_is_not_begun_from_where_another_knows_something(train: Train) -> None:
    source = train("train.keep=last", "optim.lr=[0.1, 50.0]", "sweep.replicates=1")
    rows = source.runs.with_columns(final_val_accuracy=pl.Series([40.0, 60.0]))  # more were right, by chance
    assert (rows["final_val_loss"][1] < rows["chance_loss"][1]) is not True
    rows.write_parquet(source.path / folder.RUNS_FILE)
    begun = train(*ONE, f"model.start=study:{source.id}")
    assert begun.study.runs[0].config.model.begins_with.run == f"run 1 of {source.id}"


@pytest.mark.parametrize(
    ("network", "taken"),
    [
        (
            ("model.name=transformer", "model.width=8", "model.heads=1", "model.depth=2"),
            {"1.weight", "1.bias", "2.weight"},
        ),
        (("model.name=rnn", "model.hidden=[6, 6]"), {"1.cell.weight_ih_l0"}),
    ],
)
def test_layers_are_counted_as_the_network_has_them(train: Train, network: tuple[str, ...], taken: set[str]) -> None:
    few = ("train.keep=last", "train.epochs=1", "data.train_limit=40", "data.val_limit=20", *network)
    source = train(*ONE, *few, "sweep.seeds=[5]", "optim.lr=0.5")
    start = (f"model.start=study:{source.id}", "model.start_layers=1")
    begun = train(*ONE, *few, *start, "sweep.seeds=[6]", "optim.lr=1e-9")
    before, after = weights(source), weights(begun)
    moved = {key for key in before if not torch.allclose(before[key], after[key], atol=1e-6)}
    assert {key for key in before if "norm" not in key} - moved == taken
