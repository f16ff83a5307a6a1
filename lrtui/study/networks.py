"""`[model]`: which network, how its weights begin, and what stands between its layers."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from lrtui.study import references
from lrtui.study.activations import ACTIVATIONS, Activation, ActivationName
from lrtui.study.components import Components, Form
from lrtui.study.fields import Fraction, NonNegative, Positive, Width, Widths
from lrtui.study.model_config import Layout, ModelConfig, Start, settle_hidden
from lrtui.study.pretrained import of_torchvision, resolved
from lrtui.study.sequences import GruConfig, LstmConfig, RnnConfig, TransformerConfig
from lrtui.study.torchvision_names import TORCHVISION

__all__ = ["MODELS", "CnnConfig", "Layout", "MlpConfig", "ModelConfig", "NetworkConfig", "Start"]


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
    parametrization: Literal["standard", "mup"] = Field(
        "standard",
        description="`mup`: the maximal update parametrization, in which the best rate is to stay where it is as the network "
        "grows wider: the output layer's weights and every layer's rate go with the width over `base_width`; an optimizer's ε "
        "does not, and has to be small beside the gradients",
    )
    base_width: Width | None = Field(
        None,
        description="of mup: the width of the first hidden layer at which nothing differs from the standard parametrization; "
        "the other layers are taken to have grown as much as the first",
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
        if self.base_width is not None and self.parametrization != "mup":
            raise ValueError("base_width: belongs to parametrization = mup")
        if self.parametrization == "mup":
            self._can_grow()
        return self

    def _can_grow(self) -> None:
        if type(self).first_width is NetworkConfig.first_width:
            raise ValueError("parametrization: mup is for networks whose layers have a width, as mlp and cnn")
        if self.base_width is None:
            raise ValueError("parametrization: mup needs base_width, the width at which it changes nothing")
        if self.init in ("constant", "normal"):
            raise ValueError(
                f"init: {self.init} does not shrink as a layer grows, as mup presumes; torch, glorot, lecun and he do"
            )
        if self.init_output != "same":
            raise ValueError("init_output: excludes mup, which says how the output layer begins")

    @property
    def has_batch_norm(self) -> bool:
        """Return whether anything is batch-normalized."""
        return self.batch_norm != "none" or self.batch_norm_inputs

    @property
    def width_multiplier(self) -> float:
        """Return how many times `base_width` its first hidden layer is wide, under mup; 1 in the standard parametrization."""
        return self.first_width / self.base_width if self.base_width is not None else 1.0

    @property
    def first_width(self) -> int:
        """Return the width of its first hidden layer; 0 if there is no such thing."""
        return 0

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
    in_other_words = ("depth", "width")

    name: Literal["mlp"] = "mlp"
    hidden: Annotated[Widths, Field(max_length=1000)] = Field((256, 128, 64), description="units of each hidden layer")
    depth: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="number of hidden layers, all of `width` units; instead of `hidden`"
    )
    width: Width | None = Field(None, description="units of each of `depth` hidden layers")

    @model_validator(mode="after")
    def _one_of_them(self) -> "MlpConfig":
        settle_hidden(self)
        if self.parametrization == "mup" and not self.hidden:
            raise ValueError("parametrization: mup is about the width of hidden layers, and there are none")
        return self

    @property
    def has_hidden(self) -> bool:
        """Return whether there is any hidden layer."""
        return bool(self.hidden)

    @property
    def first_width(self) -> int:
        """Return the units of its first hidden layer, 0 without any."""
        return self.hidden[0] if self.hidden else 0


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

    @property
    def first_width(self) -> int:
        """Return the channels of its first block."""
        return self.channels[0]

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
    foreign = True
    in_torchvision = True

    name: str = Field(description="the architecture")
    start: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="weights to begin with: `torchvision:` and the name of some that torchvision has of the architecture, or "
        "`torchvision:DEFAULT`; or of a study or a file, as of other networks; absent: drawn",
    )
    start_layers: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="so many layers, from the input on, begin with those weights; absent: all of them, of torchvision's weights "
        "without the last where the data has another number of classes than 1,000",
    )
    stem: Literal["imagenet", "cifar"] = Field(
        "imagenet",
        description="`cifar`: the first convolution, of a ResNet or what is like one, is 3×3 without stride and no pooling "
        "follows it, for images of 32×32 or so; torchvision's weights are for `imagenet`",
    )

    @model_validator(mode="after")
    def _weights_that_there_are(self) -> "TorchvisionConfig":
        if self.start is None or not of_torchvision(self.start):
            return self
        try:
            start = resolved(self.start, self.name)
        except ValueError as error:
            raise ValueError(f"start: {error}") from None
        if self.stem != "imagenet":
            raise ValueError(
                f'stem: "{self.stem}" has another first layer than torchvision\'s weights are for; stem = "imagenet" has that one'
            )
        object.__setattr__(self, "start", start)
        return self

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
    foreign = True
    code = True
    _sha256: str = PrivateAttr("")

    name: str = Field(description="the file, relative to the preset's folder, a colon, and what is called in it")

    @model_validator(mode="after")
    def _leaves_sizes_to_the_data(self) -> "OwnNetworkConfig":
        if given := sorted({"shape", "classes"} & set(self.__pydantic_extra__ or {})):
            raise ValueError(f"{given[0]}: is given by the data")
        return self

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
    {
        "mlp": MlpConfig,
        "cnn": CnnConfig,
        "rnn": RnnConfig,
        "lstm": LstmConfig,
        "gru": GruConfig,
        "transformer": TransformerConfig,
    },
    (
        Form("FILE.py:CALLABLE", references.is_code, OwnNetworkConfig),
        Form("a network of torchvision", lambda name: name in TORCHVISION, TorchvisionConfig),
    ),
)
