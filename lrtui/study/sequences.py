"""Networks that take an image as a sequence, or a text: recurrent ones row by row, a transformer in patches."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from lrtui.study.activations import Activation
from lrtui.study.fields import Fraction, as_tuple
from lrtui.study.model_config import ModelConfig, settle_hidden

Layers = Annotated[int, Field(ge=1, le=100)]
Units = Annotated[int, Field(ge=1, le=8192)]
"""A layer has a square of them as weights, several times."""


class SequenceConfig(ModelConfig):
    """The keys that recurrent networks and transformers share, and what those ask who know of dense networks only."""

    plain_dense = False
    per_token = True

    init_fan: ClassVar[None] = None
    init_value: ClassVar[None] = None
    init_sd: ClassVar[float] = 1.0
    init_bias: ClassVar[None] = None
    init_output: ClassVar[str] = "same"
    batch_norm: ClassVar[str] = "none"
    batch_norm_inputs: ClassVar[bool] = False
    dropout_kind: ClassVar[str] = "standard"
    dropout_where: ClassVar[str] = "hidden"
    has_hidden: ClassVar[bool] = True
    alpha: ClassVar[None] = None
    properties: ClassVar[Activation] = Activation()

    init: Literal["torch", "glorot", "lecun", "he"] = Field(
        "torch",
        description="how kernels begin, of a recurrent layer those of every gate by themselves; `torch`: PyTorch's default, "
        "biases too; with the others biases begin at 0",
    )
    init_distribution: Literal["normal", "uniform", "truncated"] = Field(
        "normal",
        description="of glorot, lecun and he; `truncated`: normal cut at 2σ and widened to the same σ, as Keras does",
    )
    dropout: Fraction = Field(
        0.0,
        description="share dropped in training: of the states on their way out of every recurrent layer; of what goes into "
        "a transformer's blocks and comes out of each of their halves",
    )

    @model_validator(mode="after")
    def _spreads(self) -> "SequenceConfig":
        if self.init_distribution != "normal" and self.init == "torch":
            raise ValueError("init_distribution: belongs to init = glorot, lecun or he")
        return self

    def misfits(self, shape: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the key and the reason if inputs of `shape` are neither images (C, H, W) nor tokens (T,)."""
        if len(shape) not in (1, 3):
            yield "name", f"{self.name} takes images or tokens, and these are of {'×'.join(map(str, shape))} numbers"


class RecurrentConfig(SequenceConfig):
    """The keys that the recurrent networks share."""

    in_other_words = ("depth", "width")

    hidden: Annotated[tuple[Units, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=100)] = Field(
        (128,), description="units of each recurrent layer, one upon another"
    )
    depth: Layers | None = Field(
        None, description="number of recurrent layers, all of `width` units; instead of `hidden`"
    )
    width: Units | None = Field(None, description="units of each of `depth` recurrent layers")
    init_recurrent: Literal["same", "orthogonal"] = Field(
        "same",
        description="how the kernels begin that the state goes through: as the others, or orthogonal in every gate, as in Keras",
    )
    dropout: Fraction = Field(
        0.0, description="share of the states dropped in training on their way out of every layer"
    )
    readout: Literal["last", "mean"] = Field(
        "last", description="what the output layer takes of an image: the last state, or the mean of all states"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "RecurrentConfig":
        settle_hidden(self)
        return self


class RnnConfig(RecurrentConfig):
    """`[model] name = "rnn"`: recurrent layers over the rows of an image (of a text: over its tokens), dense output."""

    name: Literal["rnn"] = "rnn"
    activation: Literal["tanh", "relu"] = Field("tanh", description="of the state")


class LstmConfig(RecurrentConfig):
    """`[model] name = "lstm"`: layers of long short-term memory over the rows of an image, dense output."""

    name: Literal["lstm"] = "lstm"
    activation: ClassVar[str] = "tanh"
    forget_bias: Annotated[float, Field(ge=-100, le=100)] | None = Field(
        None, description="where the bias of the forget gate begins, 1 in Keras; absent: as the other biases"
    )


class GruConfig(RecurrentConfig):
    """`[model] name = "gru"`: layers of gated recurrent units over the rows of an image, dense output."""

    name: Literal["gru"] = "gru"
    activation: ClassVar[str] = "tanh"


class TransformerConfig(SequenceConfig):
    """`[model] name = "transformer"`: an encoder over the patches of an image, their mean, dense output.

    Patches become vectors of `width` numbers, to which learned positions are added. A block is attention and two dense
    layers, each with a layer normalization and a way around it. Over tokens it is causal, with an output for every token.
    """

    name: Literal["transformer"] = "transformer"
    patch: Annotated[int, Field(ge=1, le=4096)] = Field(
        4, description="pixels along an edge of a patch, of images only"
    )
    width: Units = Field(64, description="numbers that stand for a patch or a token")
    heads: Annotated[int, Field(ge=1, le=1024)] = Field(4, description="heads of attention, which share the width")
    depth: Layers = Field(4, description="blocks")
    mlp_ratio: Annotated[int, Field(ge=1, le=64)] = Field(
        4, description="units of the first dense layer of a block, in multiples of the width"
    )
    norm: Literal["pre", "post"] = Field(
        "pre", description="where a block normalizes: what goes into each half (and once before the end), or each sum"
    )
    activation: Literal["relu", "gelu", "silu"] = Field("gelu", description="between the two dense layers of a block")

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TransformerConfig":
        if self.width % self.heads:
            raise ValueError(f"heads: {self.heads} do not divide a width of {self.width}")
        return self

    def misfits(self, shape: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the key and the reason if patches do not fill images of `shape` (C, H, W)."""
        yield from super().misfits(shape)
        if len(shape) == 3 and (shape[1] % self.patch or shape[2] % self.patch):
            yield "patch", f"{self.patch} does not divide images of {shape[1]}×{shape[2]}"
