"""What is known of every network, whichever keys it takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, model_validator
from typing_extensions import Self

from lrtui.study.fields import Component
from lrtui.study.pretrained import of_torchvision

Layout = Literal["flat", "channels_last", "plain"]


@dataclass(frozen=True)
class Start:
    """Weights to begin with."""

    path: str
    sha256: str
    run: str
    """Which run they are of, in words; empty for a file."""
    layers: str = ""
    """Which layers begin with them, in words; empty if nobody has said so."""

    def as_dict(self) -> dict[str, str]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Start":
        """Return what `as_dict` told."""
        return cls(told["path"], told["sha256"], told.get("run", ""), told.get("layers", ""))


class ModelConfig(Component):
    """What is known of every network."""

    bases_share = True

    layout: ClassVar[Layout] = "flat"
    """How it wants its inputs: `flat` (N, C·H·W), (N, C, H, W) in channels_last memory, or `plain`, as they are."""
    stack_width: ClassVar[int] = 0
    """How many of it are best trained as rows of one tensor, measured on a GPU (see bench/RESULTS.md); 0: all alone.

    What else than the layers and activations of `nn` is in a family has to have a stacked form first (`nn/stacked.py`).
    """
    plain_dense: ClassVar[bool] = True
    """Whether its layers are a plain sequence of dense ones, as self-normalization presumes."""
    in_other_words: ClassVar[tuple[str, ...]] = ()
    """Its keys that decide no number, as they only say what others say too."""
    per_token: ClassVar[bool] = False
    """Whether it reads texts too, and gives an answer for every token."""
    foreign: ClassVar[bool] = False
    """Whether others have written it, so that little is known of what is in it."""
    code: ClassVar[bool] = False
    """Whether a person's own code builds it."""
    in_torchvision: ClassVar[bool] = False
    """Whether it is an architecture of torchvision, of which there are trained weights."""

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

    @model_validator(mode="after")
    def _weights_of_its_own(self) -> Self:
        if of_torchvision(self.start) and not self.in_torchvision:
            raise ValueError("start: torchvision has weights of its own networks only, as of resnet18 (model.name)")
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

    @property
    def width_multiplier(self) -> float:
        """Return how many times the width it is that a maximal update parametrization refers to; 1 without one."""
        return 1.0

    def misfits(self, shape: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the key and the reason if inputs of `shape`, (C, H, W) of images, do not suit the network."""
        yield from ()


def settle_hidden(config: ModelConfig) -> None:
    """Write `depth` layers of `width` units as `hidden`. Raises ValueError, the key first, if one is missing or they differ."""
    if config.depth is not None and config.width is None:
        raise ValueError("depth: goes with width; give both")
    if config.width is not None and config.depth is None:
        raise ValueError("width: goes with depth; give both")
    if config.depth is not None and config.width is not None:
        widths = (config.width,) * config.depth
        if "hidden" in config.model_fields_set and config.hidden != widths:
            raise ValueError("hidden: is not depth × width; give one of them")
        object.__setattr__(config, "hidden", widths)
