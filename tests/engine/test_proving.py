"""Networks of a person's own are tried before a study begins: what is refused, with which words, and what is not."""

from pathlib import Path

import pytest
import torch

from lrtui.data.load import Wanted
from lrtui.engine.proving import prove
from lrtui.errors import InputError
from lrtui.study import preset
from lrtui.study.datasets import Found

HEAD = "import os, random, sys, threading\nimport numpy as np\nimport torch\nfrom torch import nn\n"


def module(passing: str = "return self.dense(x)", begun: str = "pass") -> str:
    """Return the code of a module with one dense layer."""
    return (
        "class build(nn.Module):\n    def __init__(self, shape, classes):\n        super().__init__()\n"
        f"        self.dense = nn.Linear(shape[0], classes)\n        {begun}\n    def forward(self, x):\n        {passing}\n"
    )


FORKED = "with torch.random.fork_rng(): torch.manual_seed(0); nn.init.normal_(self.dense.weight)"
BACK = """
class Back(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.clone()
    @staticmethod
    def backward(ctx, gradient): raise RuntimeError("in back")
"""


def tried(folder: Path, code: str, *keys: str, outputs: int = 2, rows: tuple[int, int] | None = None) -> None:
    (folder / "net.py").write_text(HEAD + code)
    (folder / "a.npz").write_bytes(b"")
    lines = [
        'title = "Mine"',
        'data.name = "a.npz"',
        'model.name = "net.py:build"',
        'optim.name = "sgd"',
        "optim.lr = 0.1",
    ]
    path = folder / "mine.toml"
    path.write_text("\n".join([*lines, *keys]))
    study = preset.load_file(path)
    wanted = Wanted.by(study.runs[0])
    prove(study.runs, {wanted: Found((3,), outputs, 1.0)}, None if rows is None else {wanted: rows})


@pytest.mark.parametrize(
    "code",
    [
        module(),
        module("return nn.functional.dropout(self.dense(x), 0.5, self.training)"),
        module("return self.dense(x / x.norm(dim=1, keepdim=True))"),
        module(begun="self.act = lambda x: x"),
        module(begun="self.again = self.dense"),
        module(begun="self.register_buffer('count', torch.zeros(2, dtype=torch.int64))"),
        "def build(shape, classes): return nn.Sequential(nn.Linear(shape[0], 8), nn.BatchNorm1d(8), nn.Linear(8, classes))\n",
        "def build(shape, classes):\n    net = nn.Linear(shape[0], classes)\n    nn.init.zeros_(net.weight)\n"
        "    nn.init.zeros_(net.bias)\n    return net\n",
        module(begun="nn.init.normal_(self.dense.weight, generator=torch.Generator().manual_seed(0))"),
        module(begun="state = torch.get_rng_state(); torch.rand(3); torch.set_rng_state(state)"),
        "random.seed(0); np.random.seed(0); torch.manual_seed(0)\n" + module(),
        "def build(shape, classes): return nn.utils.parametrizations.weight_norm(nn.Linear(shape[0], classes))\n",
    ],
)
def test_networks_that_can_be_trained(tmp_path: Path, code: str) -> None:
    tried(tmp_path, code)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (module("return self.dense(x) * float('nan')"), "gives nan before any training"),
        (module(begun="self.dense.weight.data.fill_(float('inf'))"), "gives inf before any training"),
        (module("return self.dense(x)[:, :1]"), "gives 2 × 1 for 2 rows of 3; expected 2 × 2"),
        (module("return self.dense(x)[:, None]"), "gives 2 × 1 × 2 for 2 rows of 3; expected 2 × 2"),
        (module("return self.dense(x).reshape(2, -1)"), "gives 2 × 3 for 3 rows of 3; expected 3 × 2"),
        (module("return self.dense(x).sum()"), "gives one number"),
        (module("return self.dense(x), None"), "gives tuple; expected a tensor"),
        (module("return {'logits': self.dense(x)}"), "gives dict; expected a tensor"),
        (module("return None"), "gives NoneType; expected a tensor"),
        (module("return self.dense(x).detach()"), "gives what has no gradient"),
        (module("return self.dense(x).half()"), "gives float16; expected float32"),
        (module("return self.dense(x).long()"), "gives int64; expected float32"),
        (module("x += 1; return self.dense(x)"), "changes the inputs it is given"),
        (module(begun="self.dense.bias.data *= random.random()"), "draws from Python's or NumPy's generators"),
        (module(begun="self.dense.bias.data *= np.random.rand()"), "draws from Python's or NumPy's generators"),
        (module("return self.dense(x) * random.random()"), "generators in its pass"),
        (module("return self.dense(x) * np.random.rand()"), "generators in its pass"),
        (
            module(begun="self.dense.bias.data *= os.urandom(1)[0] + np.random.default_rng().random()"),
            "dense.bias of Linear begins",
        ),
        (module("return self.dense(x) * np.random.default_rng().random()"), "gives something else each time"),
        (module(begun="torch.seed(); nn.init.normal_(self.dense.weight)"), "net.py:9: in __init__: seeds torch's"),
        (module(begun="torch.manual_seed(0)"), "net.py:9: in __init__: seeds torch's generators"),
        (module(begun=FORKED), "net.py:9: in __init__: seeds torch's generators"),
        (
            module(begun="torch.set_rng_state(torch.Generator().manual_seed(0).get_state())"),
            "net.py:build: seeds torch's",
        ),
        (module(begun="torch.default_generator.manual_seed(0)"), "net.py:build: seeds torch's generators"),
        (module("torch.manual_seed(0); return self.dense(x)"), "net.py:11: in forward: seeds torch's generators"),
        (
            module("return nn.functional.dropout(self.dense(x))"),
            "net.py:build draws in evaluation too",
        ),
        (module("return self.dense(x) + (0 if self.training else torch.rand(1))"), "in evaluation"),
        (
            module("return self.dense(x) + (0 if self.training else np.random.default_rng().random())"),
            "same batch in evaluation",
        ),
        (module("return Back.apply(self.dense(x))") + BACK, "net.py:17: in backward: RuntimeError: in back"),
        (
            module("return self.dense(x).relu_().exp_().sigmoid_().exp_()"),
            "net.py:build: RuntimeError: one of the variables needed for gradient computation has been modified",
        ),
        (
            module(
                "y = getattr(self, 'y', None); self.y = x.sum() * 0 + 1 if y is None else y; return self.dense(x) * self.y"
            ),
            "net.py:11: in forward: RuntimeError: Inference tensors",
        ),
        (
            "def build(shape, classes): return nn.Linear(shape[0], classes).half()\n",
            "weight is float16; parameters are float32",
        ),
        (
            module(begun="self.c = nn.Parameter(torch.zeros(2, dtype=torch.int64), False)"),
            "c is int64; parameters are float32",
        ),
        (module(begun="self.to('meta')"), "dense.weight is meta"),
        (module(begun="self.s = nn.Parameter(torch.eye(3).to_sparse())"), "s is sparse_coo"),
        (module(begun="self.lock = threading.Lock()"), "cannot be copied"),
        ("def build(shape, classes): return nn.LazyLinear(classes)\n", "weight has no size before its first batch"),
        ("def build(shape, classes): return nn.Flatten()\n", "has no parameters to train"),
        (module(begun="self.requires_grad_(False)"), "has no parameters to train"),
        ("def build(shape, classes): return nn.Linear\n", "gives type; expected an nn.Module"),
        ("def build(shape, classes): return None\n", "gives NoneType; expected an nn.Module"),
        ("def build(): return None\n", "unexpected keyword argument 'shape'"),
        (
            "def build(shape, classes, width): return None\n",
            "missing a required argument: 'width'; it takes shape, classes, width",
        ),
        ("def other(shape, classes): return None\n", "has nothing to call by the name build; it has other"),
        (module("raise RuntimeError('no\\n\\x1b[31mgood')"), "net.py:11: in forward: RuntimeError: no \\x1b[31mgood"),
        (module("return self.dense(x[:, :1])"), "net.py:11: in forward: RuntimeError: mat1 and mat2 shapes"),
        (module("sys.exit(3)"), "net.py:11: in forward: SystemExit: 3"),
        (module(begun="raise ValueError('no')"), "net.py:9: in __init__: ValueError: no"),
        (module(begun="sys.exit(3)"), "net.py:9: in __init__: SystemExit: 3"),
        ("sys.exit(3)\n", "net.py:5: in <module>: SystemExit: 3"),
        ("import nothing_of_this_name\n", "net.py:5: in <module>: ModuleNotFoundError"),
        ("def build(:\n", "net.py:5 is not Python: invalid syntax"),
        ("def build(**keys): return build(**keys)\n", "RecursionError"),
    ],
)
def test_networks_that_cannot(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        tried(tmp_path, code)
    message = str(error.value)
    assert said in message
    assert "\n" not in message
    assert "\x1b" not in message


def test_numbers_may_have_any_shape_of_as_many(tmp_path: Path) -> None:
    regression = 'task.name = "regression"'
    tried(tmp_path, module("return self.dense(x)[:, 0]"), regression, outputs=1)
    tried(tmp_path, module("return self.dense(x)[:, None]"), regression, outputs=2)


NORMALIZED = "def build(shape, classes): return nn.Sequential(nn.Linear(shape[0], 8), nn.BatchNorm1d(8), nn.Linear(8, classes))\n"


def test_batches_of_the_study_s_sizes_are_tried(tmp_path: Path) -> None:
    size = "train.batch_size = 16"
    tried(tmp_path, NORMALIZED, size, rows=(34, 1))
    with pytest.raises(InputError, match=r"net.py: ValueError: Expected more than 1 value per channel") as error:
        tried(tmp_path, NORMALIZED, size, rows=(33, 10))
    assert "(33 rows to train on in batches of 16: one has 1 row)" in str(error.value)
    fewer = module("y = self.dense(x); return y[:, :1] if len(x) > 10 else y")
    tried(tmp_path, fewer, size, rows=(9, 9))
    for rows in ((16, 9), (9, 11)):
        with pytest.raises(InputError, match=r"gives \d+ × 1 for \d+ rows of 3; expected .* in batches of"):
            tried(tmp_path, fewer, size, rows=rows)


def test_what_takes_long_is_tried_with_few_rows(tmp_path: Path) -> None:
    tried(tmp_path, module("import time; time.sleep(0.02 * len(x)); return self.dense(x)"), rows=(100_000, 100_000))


def test_sizes_are_the_datas(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model.classes: is given by the data"):
        tried(tmp_path, module(), "model.classes = 3")


def test_what_it_does_to_torch_is_undone(tmp_path: Path) -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    tried(tmp_path, module(begun="torch.set_num_threads(3); torch.set_grad_enabled(True)"))
    with pytest.raises(InputError):
        tried(tmp_path, "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False); raise ValueError\n")
    assert (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()) == (
        torch.float32,
        True,
        threads,
    )
    assert torch.equal(torch.get_rng_state(), state)
