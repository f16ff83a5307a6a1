"""Recurrent networks: an image row by row, or tokens, through layers whose state goes from step to step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from lrtui.nn.initializers import initialize
from lrtui.nn.kernels import Kernel
from lrtui.study.sequences import LstmConfig, RecurrentConfig, RnnConfig

if TYPE_CHECKING:
    from lrtui.nn.models import Plan

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Blocks of rows in a kernel, in torch's order: of an LSTM input, forget, cell, output; of a GRU reset, update, new."""
STATE = "recurrent"
"""How the name of a kernel ends that the state goes through."""
FORGET = 1
"""The LSTM's block that forgets."""


class Rows(nn.Module):
    """A flat image (N, C·H·W) as a sequence of its rows (N, H, C·W)."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def forward(self, x: Tensor) -> Tensor:
        """Return the rows from the top, all channels of one side by side."""
        rows: Tensor = x.unflatten(1, self.shape).transpose(1, 2)
        return rows.flatten(2)


class Recurrent(nn.Module):
    """One recurrent layer: of a sequence (N, T, inputs) its states (N, T, units), from a state of zeros on.

    Fused, by torch's own kernels, or (`fused = False`) step by step in plain operations: the same within rounding,
    differentiable twice on every device, and its `memory` is there to look at.
    """

    def __init__(self, kind: str, inputs: int, units: int, nonlinearity: str = "tanh") -> None:
        super().__init__()
        # on no device: plain construction would draw from the global generator
        if kind == "rnn":
            cell: nn.RNNBase = nn.RNN(inputs, units, nonlinearity=nonlinearity, batch_first=True, device="meta")
        else:
            cell = (nn.LSTM if kind == "lstm" else nn.GRU)(inputs, units, batch_first=True, device="meta")
        self.cell = cell.to_empty(device="cpu")
        self.kind, self.nonlinearity = kind, torch.relu if nonlinearity == "relu" else torch.tanh
        self.fused = True
        self.memory: list[Tensor] = []
        """Of the last pass step by step, what went from every step to the next (N, units): an LSTM's cells, else the state."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the states."""
        if self.fused:
            states: Tensor = self.cell(x)[0]
            return states
        return self._unrolled(x)

    def _unrolled(self, x: Tensor) -> Tensor:
        cell, step = self.cell, {"rnn": self._rnn, "gru": self._gru, "lstm": self._lstm}[self.kind]
        weights, biases = cast(tuple[Tensor, Tensor], (cell.weight_hh_l0, cell.bias_hh_l0))
        incoming = linear(x, cast(Tensor, cell.weight_ih_l0), cast(Tensor, cell.bias_ih_l0))
        state = memory = x.new_zeros(len(x), cell.hidden_size)
        states, self.memory = [], []
        for part in incoming.unbind(1):
            state, memory = step(part, linear(state, weights, biases), memory)
            states.append(state)
            self.memory.append(memory)
        return torch.stack(states, 1)

    def _rnn(self, incoming: Tensor, recurrent: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
        state = self.nonlinearity(incoming + recurrent)
        return state, state

    def _gru(self, incoming: Tensor, recurrent: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        (reset, update, new), (of_reset, of_update, of_new) = incoming.chunk(3, 1), recurrent.chunk(3, 1)
        kept = torch.sigmoid(update + of_update)
        new = torch.tanh(new + torch.sigmoid(reset + of_reset) * of_new)
        state = (1 - kept) * new + kept * memory
        return state, state

    def _lstm(self, incoming: Tensor, recurrent: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        enter, forget, new, leave = (incoming + recurrent).chunk(4, 1)
        memory = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(new)
        return torch.sigmoid(leave) * torch.tanh(memory), memory


@dataclass(frozen=True)
class Part:
    """One of a recurrent layer's two kernels: what its inputs (`ih`) or its state (`hh`) are weighed with."""

    layer: Recurrent
    which: str

    @property
    def weight(self) -> nn.Parameter:
        """What it weighs with: (gates · units, inputs)."""
        weight: nn.Parameter = getattr(self.layer.cell, f"weight_{self.which}_l0")
        return weight

    @property
    def bias(self) -> nn.Parameter:
        """What it adds: (gates · units,)."""
        bias: nn.Parameter = getattr(self.layer.cell, f"bias_{self.which}_l0")
        return bias


class _Block:
    """The rows of one gate in a kernel, as a kernel."""

    def __init__(self, part: Kernel, rows: slice) -> None:
        assert part.bias is not None
        # parameters on the same memory, which initializers fill in place
        self.weight = nn.Parameter(part.weight.detach()[rows], requires_grad=False)
        self.bias: nn.Parameter | None = nn.Parameter(part.bias.detach()[rows], requires_grad=False)


class Last(nn.Module):
    """Of a sequence (N, T, units) the last step."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, units)."""
        return x[:, -1]


class Mean(nn.Module):
    """Of a sequence (N, T, units) the mean over the steps."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, units)."""
        return x.mean(1)


def recurrent(plan: "Plan", config: RecurrentConfig, shape: Sequence[int], classes: int) -> None:
    """Lay out a recurrent network: of images (C, H, W), or of tokens (T,), of which there are `classes` different ones.

    Of an image it gives logits (N, classes); of tokens (N, T, classes), those at a token knowing nothing of later ones.
    """
    embedding: nn.Embedding | None = None
    if len(shape) == 1:
        embedding = nn.utils.skip_init(nn.Embedding, classes, config.hidden[0])
        plan.modules.append(embedding)
        inputs = config.hidden[0]
    else:
        plan.modules.append(Rows(shape))
        inputs = shape[0] * shape[2]
    nonlinearity = config.activation if isinstance(config, RnnConfig) else "tanh"
    for number, units in enumerate(config.hidden, 1):
        layer = Recurrent(config.name, inputs, units, nonlinearity)
        plan.modules.append(layer)
        activation = config.activation if isinstance(config, RnnConfig) else None
        plan.layer(f"{config.name} {number} input", Part(layer, "ih"), layer, activation)
        plan.layer(f"{config.name} {number} {STATE}", Part(layer, "hh"), layer, activation)
        plan.drop()
        inputs = units
    if embedding is None:
        plan.modules.append(Last() if config.readout == "last" else Mean())
    output = nn.utils.skip_init(nn.Linear, inputs, classes)
    plan.modules.append(output)
    plan.layer("output", output, output)

    def begin(kernels: Sequence[Kernel], config: RecurrentConfig, generator: torch.Generator) -> None:
        if embedding is not None:
            nn.init.normal_(embedding.weight, generator=generator)
        _begin(kernels, config, generator)

    plan.begin = begin


@torch.no_grad()
def _begin(kernels: Sequence[Kernel], config: RecurrentConfig, generator: torch.Generator) -> None:
    """Give a recurrent network its first weights, layer by layer from the input."""
    *parts, output = kernels
    for incoming, state in zip(parts[::2], parts[1::2], strict=True):
        units = state.weight.shape[1]
        blocks = [slice(at * units, (at + 1) * units) for at in range(GATES[config.name])]
        if config.init == "torch":
            _as_torch(incoming, state, generator)
        else:
            initialize([_Block(incoming, rows) for rows in blocks], config, generator)
            initialize([_Block(state, rows) for rows in blocks], config, generator)
        if config.init_recurrent == "orthogonal":
            for rows in blocks:
                nn.init.orthogonal_(state.weight[rows], generator=generator)
        if isinstance(config, LstmConfig) and config.forget_bias is not None:
            assert incoming.bias is not None
            assert state.bias is not None
            incoming.bias[blocks[FORGET]] = config.forget_bias
            state.bias[blocks[FORGET]] = 0
    initialize([output], config, generator)


def _as_torch(incoming: Kernel, state: Kernel, generator: torch.Generator) -> None:
    """Draw all weights of a layer as `nn.RNNBase.reset_parameters` does, in its order."""
    bound = 1 / math.sqrt(state.weight.shape[1])
    for tensor in (incoming.weight, state.weight, incoming.bias, state.bias):
        assert tensor is not None
        nn.init.uniform_(tensor, -bound, bound, generator=generator)
