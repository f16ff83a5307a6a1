"""`[model]`: which network, how its weights begin, and what stands between its layers."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, PrivateAttr, model_validator
from typing_extensions import Self

from lrtui.study import references
from lrtui.study.activations import ACTIVATIONS, Activation, ActivationName
from lrtui.study.components import Components, Form
from lrtui.study.fields import Component, Fraction, NonNegative, Positive, Width, Widths
from lrtui.study.torchvision_names import TORCHVISION

Layout = Literal["flat", "channels_last", "plain"]


@dataclass(frozen=True)
class Start:
    """Weights to begin with."""

    path: str
    sha256: str
    run: str
    """Which run they are of, in words; empty for a file."""

    def as_dict(self) -> dict[str, str]:
        """Return the fields, ready for JSON."""
        return asdict(self)


class ModelConfig(Component):
    """What is known of every network."""

    layout: ClassVar[Layout] = "flat"
    """How it wants its inputs: `flat` (N, C·H·W), (N, C, H, W) in channels_last memory, or `plain`, as they are."""
    stack_width: ClassVar[int] = 0
    """How many of it are best trained as rows of one tensor, measured on a GPU (see bench/RESULTS.md); 0: all alone.

    What else than the layers and activations of `nn` is in a family has to have a stacked form first (`nn/stacked.py`).
    """
    plain_dense: ClassVar[bool] = True
    """Whether its layers are a plain sequence of dense ones, as self-normalization presumes."""
    code: ClassVar[bool] = False
    """Whether a person's own code builds it."""

    _start: Start | None = PrivateAttr(None)

    start: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="weights to begin with: `study:` and a study that was trained with `train.keep`, or the key of one of its "
        "runs; or a file, FILE.safetensors; absent: drawn",
    )
    start_layers: Annotated[int, Field(ge=1)] | None = Field(
        None, description="so many layers, from the input on, begin with those weights; absent: all of them"
    )

    @model_validator(mode="after")
    def _layers_of_something(self) -> Self:
        if self.start_layers is not None and self.start is None:
            raise ValueError("start_layers: goes with start")
        return self

    @property
    def begins_with(self) -> Start | None:
        """Return the weights that it begins with; None if they are drawn, or not looked for yet."""
        return self._start

    def beginning_with(self, start: Start) -> Self:
        """Return it with the weights that it begins with."""
        copy = self.model_copy()
        copy._start = start
        return copy

    if TYPE_CHECKING:  # what families have besides, of which those who ask know that it is there

        def __getattr__(self, key: str) -> Any: ...

    @property
    def has_batch_norm(self) -> bool:
        """Return whether it is known that anything is batch-normalized."""
        return False

    def misfits(self, shape: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the key and the reason if inputs of `shape`, (C, H, W) of images, do not suit the network."""
        yield from ()


class NetworkConfig(ModelConfig):
    """The keys that the networks of lrtui's own layers share, and what is known of each family."""

    activation: ActivationName = Field("relu", description="after every hidden layer")
    alpha: NonNegative | None = Field(
        None,
        description="α of leaky_relu (0.01 if it is not given), of elu (1), and where prelu's begins (0.25): one α a layer, "
        "as in PyTorch; Keras has one a unit, from 0",
    )
    init: Literal["torch", "glorot", "lecun", "he", "constant", "normal"] = Field(
        "torch",
        description="how kernels begin; `torch`: PyTorch's default, biases too; with the others biases begin at 0",
    )
    init_distribution: Literal["normal", "uniform", "truncated"] = Field(
        "normal",
        description="of glorot, lecun and he; `truncated`: normal cut at 2σ and widened to the same σ, as Keras does",
    )
    init_fan: Literal["fan_in", "fan_out", "fan_avg"] | None = Field(
        None, description="what glorot (fan_avg if absent), lecun and he (fan_in) divide by"
    )
    init_value: float | None = Field(
        None, description="of constant: every weight of a layer; absent: one value a layer, drawn as `he` does"
    )
    init_sd: Positive = Field(1.0, description="σ of normal")
    init_bias: Literal["zero", "uniform"] | None = Field(
        None, description="how biases begin: 0, or uniform in ±1/√fan_in; absent: as `init` says"
    )
    init_output: Literal["same", "glorot_uniform"] = Field(
        "same", description="how the output layer begins: as the others, or as Keras's Dense does by default"
    )
    batch_norm: Literal["none", "before", "after"] = Field(
        "none",
        description="batch normalization of every hidden layer, before its activation (it then has no bias) or after",
    )
    batch_norm_inputs: bool = Field(False, description="batch normalization of the inputs")
    batch_norm_momentum: Fraction = Field(
        0.99,
        description="share of the running mean and variance that a batch leaves; PyTorch calls 1 minus this momentum",
    )
    batch_norm_eps: Positive = Field(1e-3, description="ε, added to the variance")
    batch_norm_variance: Literal["unbiased", "biased"] = Field(
        "unbiased",
        description="what the running variance takes in of a batch of n: its squared deviations over n − 1 (PyTorch), or "
        "over n (Keras)",
    )
    dropout: Fraction = Field(0.0, description="share of values dropped in training")
    dropout_kind: Literal["standard", "alpha"] = Field(
        "standard", description="`alpha` keeps mean 0 and standard deviation 1 under SELU"
    )
    dropout_where: Literal["hidden", "inputs", "everywhere", "last"] = Field(
        "hidden", description="after every hidden layer, on the inputs, both, or only after the last hidden layer"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "NetworkConfig":
        if self.alpha is not None and self.properties.alpha is None:
            raise ValueError(f"alpha: {self.activation} has no α; leaky_relu, elu and prelu have")
        if self.init_value is not None and self.init != "constant":
            raise ValueError("init_value: belongs to init = constant")
        if self.init_sd != 1 and self.init != "normal":
            raise ValueError("init_sd: belongs to init = normal")
        if self.init_fan is not None and self.init not in ("glorot", "lecun", "he"):
            raise ValueError("init_fan: belongs to init = glorot, lecun or he")
        if self.init_distribution != "normal" and self.init not in ("glorot", "lecun", "he"):
            raise ValueError("init_distribution: belongs to init = glorot, lecun or he")
        return self

    @property
    def has_batch_norm(self) -> bool:
        """Return whether anything is batch-normalized."""
        return self.batch_norm != "none" or self.batch_norm_inputs

    @property
    def properties(self) -> Activation:
        """Return what is known of its activation."""
        return ACTIVATIONS[self.activation]

    @property
    def has_hidden(self) -> bool:
        """Return whether there is any hidden layer."""
        return True


class MlpConfig(NetworkConfig):
    """`[model] name = "mlp"`: flatten, dense hidden layers, dense output."""

    stack_width = 256

    name: Literal["mlp"] = "mlp"
    hidden: Annotated[Widths, Field(max_length=1000)] = Field((256, 128, 64), description="units of each hidden layer")
    depth: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="number of hidden layers, all of `width` units; instead of `hidden`"
    )
    width: Width | None = Field(None, description="units of each of `depth` hidden layers")

    @model_validator(mode="after")
    def _one_of_them(self) -> "MlpConfig":
        if self.depth is not None and self.width is None:
            raise ValueError("depth: goes with width; give both")
        if self.width is not None and self.depth is None:
            raise ValueError("width: goes with depth; give both")
        if self.depth is not None and self.width is not None:
            widths = (self.width,) * self.depth
            if "hidden" in self.model_fields_set and self.hidden != widths:
                raise ValueError("hidden: is not depth × width; give one of them")
            object.__setattr__(self, "hidden", widths)
        return self

    @property
    def has_hidden(self) -> bool:
        """Return whether there is any hidden layer."""
        return bool(self.hidden)


class CnnConfig(NetworkConfig):
    """`[model] name = "cnn"`: blocks of (3×3 same convolution, activation, 2×2 max-pooling), dense layers, dense output."""

    layout = "channels_last"
    stack_width = 1
    plain_dense = False

    name: Literal["cnn"] = "cnn"
    channels: Annotated[Widths, Field(min_length=1)] = Field(
        (32, 64), description="output channels of each convolution block"
    )
    dense: Widths = Field((128,), description="units of each dense layer after the blocks")

    def misfits(self, shape: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the key and the reason if the poolings leave nothing of images of `shape` (C, H, W)."""
        if len(shape) != 3:
            yield "name", f"cnn takes images, and these are rows of {' × '.join(map(str, shape))} numbers"
        elif min(shape[1:]) >> len(self.channels) == 0:
            yield "channels", f"{len(self.channels)} poolings leave nothing of {shape[1]}×{shape[2]} images"


class TorchvisionConfig(ModelConfig):
    """`[model] name = "resnet18"`: an architecture of torchvision for images, by its name there; any of those that classify."""

    layout = "channels_last"
    plain_dense = False

    name: str = Field(description="the architecture")
    stem: Literal["imagenet", "cifar"] = Field(
        "imagenet",
        description="`cifar`: the first convolution, of a ResNet or what is like one, is 3×3 without stride and no pooling "
        "follows it, for images of 32×32 or so",
    )

    def misfits(self, shape: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the key and the reason if `shape` is not that of an image."""
        if len(shape) != 3:
            yield "name", f"{self.name} takes images, and these are rows of {' × '.join(map(str, shape))} numbers"


class OwnNetworkConfig(ModelConfig):
    """`[model] name = "FILE.py:CALLABLE"`: what your own function or class returns for `shape`, `classes` and the other keys.

    `shape` is that of one input: (C, H, W) of an image, (features,) of a row, (tokens,) of a text. It returns a module
    that takes a batch (N, *shape) and gives (N, classes), of a text (N, tokens, classes).
    """

    model_config = ConfigDict(extra="allow")
    layout = "plain"
    plain_dense = False
    code = True
    _sha256: str = PrivateAttr("")

    name: str = Field(description="the file, relative to the preset's folder, a colon, and what is called in it")

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of its sources; empty if nobody has looked at them."""
        return self._sha256

    def with_sha256(self, sha256: str) -> "OwnNetworkConfig":
        """Return it with the SHA-256 of its sources."""
        copy = self.model_copy()
        copy._sha256 = sha256
        return copy


MODELS: Components[ModelConfig] = Components(
    {"mlp": MlpConfig, "cnn": CnnConfig},
    (
        Form("FILE.py:CALLABLE", references.is_code, OwnNetworkConfig),
        Form("a network of torchvision", lambda name: name in TORCHVISION, TorchvisionConfig),
    ),
)
