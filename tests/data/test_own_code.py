"""Data that a person's own function returns: what becomes of it, and what is refused, with file and line where they are known."""

import random
from pathlib import Path

import pytest
import torch

from lrtui import own_code
from lrtui.data.load import Dataset
from tests.data import own_data

HEAD = "import numpy as np\nimport torch\nX = np.arange(24, dtype=np.float32).reshape(8, 3)\nY = np.arange(8) % 2\n"
RAW = 'data.scale = "raw"'


def load(folder: Path, code: str, *keys: str) -> Dataset:
    (folder / "data.py").write_text(HEAD + code)
    return own_data.load(folder, "data.py:load", *keys)


def refused(folder: Path, code: str, *keys: str) -> str:
    (folder / "data.py").write_text(HEAD + code)
    return own_data.refused(folder, "data.py:load", *keys)


@pytest.mark.parametrize(
    "given",
    [
        "X, Y, X[:4] + 1, Y[:4]",
        "[X, Y, X[:4] + 1, Y[:4]]",
        "{'x': X, 'y': Y, 'x_test': X[:4] + 1, 'y_test': Y[:4]}",
        "{'y': Y, 'x': X, 'y_val': Y[:4], 'val_x': X[:4] + 1}",
        "{'test_labels': Y[:4], 'train_labels': Y, 'inputs_test': X[:4] + 1, 'inputs': X}",
        "tuple(torch.from_numpy(one) for one in (X, Y, X[:4] + 1, Y[:4]))",
        "(torch.nn.Parameter(torch.from_numpy(X)), list(Y), (X[:4] + 1).tolist(), Y[:4].tolist())",
    ],
)
def test_arrays_and_tensors_and_lists_are_the_same_data(tmp_path: Path, given: str) -> None:
    data = load(tmp_path, f"def load(): return {given}\n", RAW)
    assert torch.equal(data.train_images, torch.arange(24.0).reshape(8, 3))
    assert torch.equal(data.val_images, torch.arange(12.0).reshape(4, 3) + 1)
    assert data.train_labels.tolist() == [0, 1] * 4
    assert data.classes == 2


def test_it_takes_the_table_s_other_keys(tmp_path: Path) -> None:
    code = "def load(times, names): return X * times, np.array(names)[Y]\n"
    data = load(tmp_path, code, RAW, "data.times = 3", 'data.names = ["no", "yes"]', "data.test_share = 0.25")
    assert len(data.val_images) == 2
    assert float(torch.cat([data.train_images, data.val_images]).max()) == 69
    assert data.fingerprint.found is not None
    assert tuple(data.fingerprint.found["labels"]) == ("no", "yes")


def test_other_arrays_are_other_data_and_the_same_ones_are_not(tmp_path: Path) -> None:
    code = "def load(plus=0): return X + plus, Y\n"
    one, again, other = (load(tmp_path, code, f"data.plus = {plus}").fingerprint.sha256 for plus in (0, 0, 1))
    assert one == again != other


def test_validation_rows_beside_test_rows_stand_behind_those_to_train_on(tmp_path: Path) -> None:
    code = "def load(): return {'x_val': X[:2] + 1, 'y_val': Y[:2], 'y_test': Y, 'x_test': X, 'y_train': Y, 'x_train': X}\n"
    assert 'say data.validation = "last" and data.validation_count = 2' in refused(tmp_path, code)
    data = load(tmp_path, code, RAW, 'data.validation = "last"', "data.validation_count = 2")
    assert torch.equal(data.val_images, torch.arange(6.0).reshape(2, 3) + 1)


def test_a_reconstruction_needs_no_labels(tmp_path: Path) -> None:
    data = load(tmp_path, "def load(): return {'x': X, 'x_test': X[:4]}\n", RAW, 'task.name = "reconstruction"')
    assert torch.equal(data.train_labels, data.train_images)


@pytest.mark.parametrize("seeded", ["", "np.random.seed(3); random.seed(3); torch.manual_seed(3); "])
def test_what_it_draws_from_global_generators_is_the_same_each_time(tmp_path: Path, seeded: str) -> None:
    code = (
        "import random\ndef load():\n    {seeded}noise = np.random.rand() + random.random() + torch.rand(1).item()\n"
        "    return X + noise, Y\n"
    )
    before, state = own_code.drawn_elsewhere(), torch.get_rng_state()
    one = load(tmp_path, code.format(seeded=seeded)).fingerprint.sha256
    assert own_code.drawn_elsewhere() == before
    assert torch.equal(torch.get_rng_state(), state)
    random.random(), torch.rand(1)
    assert load(tmp_path, code.format(seeded=seeded)).fingerprint.sha256 == one


def test_what_lies_beside_it_is_within_its_reach(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("def twice(x): return 2 * x\n")
    data = load(tmp_path, "from beside_it import twice\ndef load(): return twice(X), Y, X, Y\n", RAW)
    assert float(data.train_images.max()) == 46


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def load(): return X\n", "data.py:load: expected (inputs, labels) or (training inputs,"),
        ("def load(): return X, Y, X\n", "got 3 things"),
        ("def load(): return None\n", "got NoneType"),
        (
            "def load(): return {'a': X, 'b': Y}\n",
            "no array of inputs: expected one of x, X, inputs, images, data, and it has a, b",
        ),
        ("def load(): return {'x': X, 'b': Y}\n", "no array of labels: expected one of y, Y, labels, targets"),
        (
            "def load(): return {'x': X, 'y': Y, 'z': Y}\n",
            "data.py:load: z: no such name is known: expected is one of x, ",
        ),
        ("def load(): return {'x': X, 'y': Y, 'x_train': X}\n", "data.py:load: x: no such name is known"),
        ("def load(): return {'x': X, 'y': Y, 'x_test': X}\n", "has test rows of inputs or of labels, but not of both"),
        (
            "def load(): return np.random.default_rng().normal(size=(8, 3)), Y\n",
            "gives other arrays each time it is called",
        ),
        ("R = np.random.default_rng(0)\ndef load(): return R.normal(size=(8, 3)), Y\n", "gives other arrays each time"),
        ("def load(): return X, None\n", "expected arrays of numbers or of strings, got NoneType"),
        ("def load(): return X, [[1], [1, 2]]\n", "data.py:load: not an array"),
        ("def load(): return X, Y[:5]\n", "has 8 inputs and 5 labels"),
        ("def load(): return X * float('nan'), Y\n", "inputs: row 0 (from 0) has a value that is no number"),
        ("def load(): return X, Y * 0\n", "one class"),
        ("def load(): return 1 / 0, Y\n", "data.py:5: in load: ZeroDivisionError: division by zero"),
        ("def load():\n    raise SystemExit(3)\n", "data.py:6: in load: SystemExit: 3"),
        ("def load(: return X, Y\n", "data.py:5 is not Python: invalid syntax"),
        ("import no_such_module\n", "data.py:5: in <module>: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def loads(): return X, Y\n", "has nothing to call by the name load; it has loads"),
        ("load = 3\n", "has nothing to call by the name load"),
        ("def load(size): return X, Y\n", "missing 1 required positional argument: 'size'"),
    ],
)
def test_what_it_gives_is_looked_at(tmp_path: Path, code: str, said: str) -> None:
    assert said in refused(tmp_path, code)


def test_a_key_it_does_not_take_is_named(tmp_path: Path) -> None:
    assert "unexpected keyword argument 'size'" in refused(tmp_path, "def load(): return X, Y\n", "data.size = 3")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "data.name: no such file: " in own_data.refused(tmp_path, "data.py:load")


def test_test_rows_of_a_file_do_not_go_with_it(tmp_path: Path) -> None:
    (tmp_path / "b.npz").write_bytes(b"")
    assert "data.test: code returns its own test rows" in refused(
        tmp_path, "def load(): return X, Y\n", 'data.test = "b.npz"'
    )
