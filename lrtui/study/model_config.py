"""What is known of every network, whichever keys it takes."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lrtui.study.fields import Component

Layout = Literal["flat", "channels_last"]


class ModelConfig(Component):
    """What is known of every network."""

    layout: ClassVar[Layout] = "flat"
    """How it wants its images: `flat` (N, C·H·W), or (N, C, H, W) in channels_last memory."""
    stack_width: ClassVar[int] = 0
    """How many of it are best trained as rows of one tensor, measured on a GPU (see bench/RESULTS.md); 0: all alone.

    What else than the layers and activations of `nn` is in a family has to have a stacked form first (`nn/stacked.py`).
    """
    plain_dense: ClassVar[bool] = True
    """Whether its layers are a plain sequence of dense ones, as self-normalization presumes."""
    in_other_words: ClassVar[tuple[str, ...]] = ()
    """Its keys that decide no number, as they only say what others say too."""

    if TYPE_CHECKING:  # what families have besides, of which those who ask know that it is there

        def __getattr__(self, key: str) -> Any: ...

    @property
    def has_batch_norm(self) -> bool:
        """Return whether it is known that anything is batch-normalized."""
        return False

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
