"""`[data]`: which data, how it is scaled, and how much of it. Data sets that lrtui knows, and a person's own."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator
from typing_extensions import Self

from lrtui.study import references
from lrtui.study.components import Components, Form
from lrtui.study.fields import Component, Images, Names, Share, as_tuple

_NAME = "the file, relative to the preset's folder"
_OF_THE_SPLIT = ("name", "test", "validation", "validation_count", "train_limit", "val_limit", "augment")
Counted = Annotated[tuple[Annotated[int, Field(ge=0, le=9)], ...], BeforeValidator(as_tuple)]


class TransformConfig(BaseModel):
    """One transform of images: its name, and what it takes."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", allow_inf_nan=False)

    name: str

    def __str__(self) -> str:
        """Return what people are shown: `RandomAffine degrees=10`."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in (self.model_extra or {}).items())])


Transforms = Annotated[tuple[TransformConfig, ...], BeforeValidator(as_tuple), Field(min_length=1)]


@dataclass(frozen=True)
class Found:
    """What a person's own data turned out to be."""

    shape: tuple[int, ...]
    """Of one input: (C, H, W), (features,) or (tokens,)."""
    outputs: int
    """What a network gives for it: a logit for each class or token, or so many numbers."""
    nothing: float
    """The loss of a network that knows nothing."""
    labels: tuple[str, ...] = ()
    """Names of the classes, of the numbers, or the tokens; empty if they have none."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Found":
        """Return what `as_dict` gave."""
        return cls(tuple(values["shape"]), values["outputs"], values["nothing"], tuple(values.get("labels", ())))


def rows_of(shape: Sequence[int]) -> str:
    """Return what rows of inputs of this shape are called: `images`, `rows`."""
    return "images" if len(shape) == 3 else "rows"


class AnyDataConfig(Component):
    """The keys that all data has."""

    bases_share = True

    own: ClassVar[bool] = False
    """Whether it is a person's own, of which nothing is known before it is read."""
    files: ClassVar[bool] = False
    """Whether its name is that of a file beside the preset."""
    task: ClassVar[str] = ""
    """The one task that it is for; empty if it is for several."""
    of_images: ClassVar[bool] = True
    """Whether its rows are known to be images."""
    _found: Found | None = PrivateAttr(None)

    name: str
    scale: Literal["unit", "raw", "standardized"] | None = Field(
        None,
        description="`unit`: pixels of bytes to [0, 1]; `raw`: as they are; `standardized`: every number of an input to mean "
        "0 and standard deviation 1; absent: bytes `unit`, other numbers `standardized`",
    )
    statistics: Literal["train", "all"] = Field(
        "train",
        description="of `standardized`: mean and standard deviation over the images trained on, or over all training images",
    )
    validation: Literal["test", "last", "first"] = Field(
        "test",
        description="which images validate: the test images, or the last or first `validation_count` training images, which are "
        "then not trained on; the test images are then looked at once, after training",
    )
    validation_count: Images = Field(5000, description="how many training images validate")
    train_limit: Images | None = Field(None, description="use only the first N training images")
    val_limit: Images | None = Field(None, description="use only the first N validation images")
    augment: Transforms | None = Field(
        None,
        description="what happens to an image each time it is trained on: tables with the `name` of a transform of "
        "torchvision.transforms.v2 and what it takes, in their order; drawn from the run's generator",
    )

    @property
    def standardizes(self) -> bool:
        """Return whether inputs get mean 0 and standard deviation 1."""
        return False

    @property
    def classes(self) -> int:
        """Return how many classes, tokens or numbers a network tells. Raises ValueError for own data not read yet."""
        raise NotImplementedError

    @property
    def rows(self) -> str:
        """Return what its rows are called: `images`, `rows`."""
        return rows_of(self._found.shape) if self._found is not None else "images" if self.of_images else "rows"

    @property
    def nothing(self) -> float:
        """Return the loss of a network that knows nothing: the logarithm of the number of classes, the variance of numbers."""
        return math.log(self.classes) if self._found is None else self._found.nothing

    @property
    def found(self) -> Found:
        """Return what it turned out to be. Raises ValueError if it has not been read."""
        if self._found is None:
            raise ValueError(f"{self.name} has not been read")
        return self._found

    @property
    def is_read(self) -> bool:
        """Return whether it has been read."""
        return self._found is not None

    def with_found(self, found: Found | None) -> Self:
        """Return it as what it turned out to be."""
        copy = self.model_copy()
        copy._found = found
        return copy

    @property
    def reading(self) -> str:
        """Return what decides what is read, apart from the files' content: how two uses of one file are told apart."""
        return ""


class DataConfig(AnyDataConfig):
    """`[data] name = "mnist"`: one of the data sets that lrtui knows, how it is scaled, and how much of it."""

    name: Literal["mnist", "fashion_mnist", "cifar10", "digits", "synthetic"] = Field(description="the data set")
    scale: Literal["unit", "raw", "standardized"] = Field(
        "unit",
        description="`unit`: pixels to [0, 1]; `raw`: pixels as they are, 0 to 255; `standardized`: every pixel to mean 0 and "
        "standard deviation 1",
    )

    only: Annotated[Counted, Field(min_length=2)] | None = Field(
        None,
        description="use only the images of these classes, counted from 0; they become the classes 0, 1, …; absent: all",
    )

    @model_validator(mode="after")
    def _classes_once(self) -> "DataConfig":
        if self.only is not None and len(set(self.only)) != len(self.only):
            raise ValueError("only: must differ from each other")
        return self

    @property
    def standardizes(self) -> bool:
        """Return whether inputs get mean 0 and standard deviation 1."""
        return self.scale == "standardized"

    @property
    def classes(self) -> int:
        """Return the number of classes of the data set; ln of it is the loss of a network that knows nothing."""
        if self._found is not None:
            return self._found.outputs
        return 10 if self.only is None else len(self.only)

    @property
    def reading(self) -> str:
        return "" if self.only is None else f"only {', '.join(map(str, self.only))}"


class OwnDataConfig(AnyDataConfig):
    """The keys that a person's own data has: its split, and its scale."""

    own = True
    of_images = False
    files = True

    test: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="a file of the same kind (or a folder) with the test rows; absent: those that the file itself tells apart, "
        "else `test_share` of the rows",
    )
    test_share: Share = Field(
        0.2, description="share of the rows that is kept for testing where nothing else says which"
    )
    split_seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = Field(
        1, description="seed by which these rows are drawn, and by which rows are shuffled"
    )
    shuffle: bool = Field(
        False,
        description="rows are shuffled before `validation` and the limits take some of them, which they do in their order",
    )

    @property
    def standardizes(self) -> bool:
        """Return whether inputs get mean 0 and standard deviation 1, as far as the preset says."""
        return self.scale in (None, "standardized")

    @property
    def classes(self) -> int:
        return self.found.outputs

    @property
    def reading(self) -> str:
        keys = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={*_OF_THE_SPLIT[2:]})
        return json.dumps(keys, sort_keys=True)

    @property
    def kind(self) -> str:
        """Return of what kind its files are, by which a run is known, whatever they are called."""
        return self.name.rpartition(".")[2].lower()


class NpzConfig(OwnDataConfig):
    """`[data] name = "FILE.npz"`: arrays of NumPy, of which one holds the inputs and one the labels."""

    name: str = Field(description=_NAME)
    inputs: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="the array of inputs (N, …), and with `_train` and `_test` behind it or before it those of a file that "
        "is split (`_val`: rows that validate); absent: `x`, `X`, `inputs`, `images` or `data`",
    )
    labels: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="that of labels (N,), of numbers (N, K); absent: `y`, `Y`, `labels` or `targets`"
    )
    channels: Literal["first", "last"] | None = Field(
        None,
        description="where an image (N, …) of three axes has its channels; absent: where there are 1, 3 or 4 of them",
    )


class TableConfig(OwnDataConfig):
    """`[data] name = "FILE.csv"`: a table, CSV, TSV or Parquet, a row an example."""

    name: str = Field(description=_NAME)
    label: Annotated[str, Field(min_length=1)] = Field("label", description="the column to be told from the others")
    features: Names | None = Field(None, description="the columns to tell it from; absent: all others")
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="what stands between the columns of a CSV; absent: a comma, of a .tsv a tab"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "TableConfig":
        if self.separator is not None and (not self.separator.isascii() or self.separator in '"\r\n'):
            raise ValueError("separator: must be one ASCII character, and neither a quote nor the end of a line")
        if self.features is not None and len(set(self.features)) != len(self.features):
            raise ValueError("features: must differ from each other")
        return self


class FolderConfig(OwnDataConfig):
    """`[data] name = "FOLDER/"`: a folder of images for every class, below `train/` and `test/` if it is split."""

    of_images = True
    name: str = Field(description=_NAME.replace("file", "folder") + "; it ends with /")
    size: Annotated[int, Field(ge=1, le=1024)] = Field(
        description="height and width to which images are scaled, the shorter side first, and cut about their middle"
    )
    colour: bool = Field(True, description="three channels; false: one, of grey")

    @property
    def kind(self) -> str:
        return "images"


class TextConfig(OwnDataConfig):
    """`[data] name = "FILE.txt"`: a text, of which the next character is to be told from those before it."""

    task = "next_token"
    name: str = Field(description=_NAME)
    context: Annotated[int, Field(ge=1, le=65_536)] = Field(64, description="characters or bytes of one row")
    tokens: Literal["characters", "bytes"] = Field(
        "characters", description="what is told: the characters there are in the text, or bytes, of which there are 256"
    )

    @property
    def standardizes(self) -> bool:
        return False


class ConstitutionConfig(TextConfig):
    """`[data] name = "constitution"`: a text that comes with lrtui: the Declaration of Independence and the Constitution of the
    United States, 53,000 characters in the public domain."""

    files = False
    name: Literal["constitution"] = Field(description="the text")

    @property
    def kind(self) -> str:
        return self.name


class CodeDataConfig(OwnDataConfig):
    """`[data] name = "FILE.py:CALLABLE"`: what a function of a person's own returns for the table's other keys.

    It returns arrays or tensors: (inputs, labels), (training inputs, labels, test inputs, labels), or them by name in a dict.
    """

    model_config = ConfigDict(extra="allow")
    _sha256: str = PrivateAttr("")

    name: str = Field(description=_NAME + ", a colon, and what is called in it")

    @property
    def kind(self) -> str:
        return references.parts(self.name)[1]


def _suffix(*endings: str) -> Any:
    return lambda name: name.lower().endswith(endings) and len(name) > len(min(endings, key=len))


DATA: Components[AnyDataConfig] = Components(
    {
        **dict.fromkeys(("mnist", "fashion_mnist", "cifar10", "digits", "synthetic"), DataConfig),
        "constitution": ConstitutionConfig,
    },
    (
        Form("FILE.npz", _suffix(".npz"), NpzConfig),
        Form("FILE.csv (.tsv, .parquet)", _suffix(".csv", ".tsv", ".parquet"), TableConfig),
        Form("FOLDER/", _suffix("/"), FolderConfig),
        Form("FILE.txt", _suffix(".txt"), TextConfig),
        Form("FILE.py:CALLABLE", references.is_code, CodeDataConfig),
    ),
)
