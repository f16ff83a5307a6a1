"""What a preset may say: every key, its type, its range and its default.

The tables together describe one run (`RunConfig`). Models are strict (no silent conversion), frozen, and refuse
unknown keys. `networks`, `optimizers`, `schedules`, `regularization`, `pruning` and `diagnostics` hold some of them.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, field_validator, model_validator

from lrtui.study.diagnostics import CurvatureConfig, FinderConfig, HealthConfig, InferenceConfig, McDropoutConfig
from lrtui.study.experiments import check_experiment
from lrtui.study.fields import Count, Images, NonNegative, Strict, as_tuple, by_name
from lrtui.study.indicators import IndicatorConfig
from lrtui.study.networks import MODELS, ModelConfig
from lrtui.study.optimizers import OPTIMIZERS, OptimConfig
from lrtui.study.pruning import PRUNINGS, NoPruningConfig, PruningConfig
from lrtui.study.regularization import EarlyStoppingConfig, RegularizationConfig
from lrtui.study.schedules import SCHEDULES, ConstantConfig, ScheduleConfig

MAX_SEED = 2**32 - 1


class DataConfig(Strict):
    """`[data]`: which data set, how it is scaled, and how much of it."""

    name: Literal["mnist", "fashion_mnist", "cifar10", "digits", "synthetic"] = Field(description="the data set")
    scale: Literal["unit", "raw", "standardized"] = Field(
        "unit",
        description="`unit`: pixels to [0, 1]; `raw`: pixels as they are, 0 to 255; `standardized`: every pixel to mean 0 and "
        "standard deviation 1",
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

    @property
    def classes(self) -> int:
        """Return the number of classes of the data set; ln of it is the loss of a network that knows nothing."""
        return 10


class TrainConfig(Strict):
    """`[train]`: how long, in batches of what size."""

    epochs: Annotated[int, Field(ge=1, le=100_000)] = Field(30, description="passes over the training data")
    batch_size: Images = Field(64, description="images per step; the last partial batch is kept")
    stop_on_nan: bool = Field(
        True,
        description="end a run after an epoch whose loss is not finite: it has diverged, and has nothing more to say",
    )
    keep: Literal["none", "best", "last"] = Field(
        "none",
        description="which weights of a run stay in the study's `checkpoints/`: none; those of the best epoch by "
        "`early_stopping.monitor`; or those of the last one, with all that it takes to train more epochs. Decides no figure",
    )
    tf32: bool = Field(
        False,
        description="on an NVIDIA GPU, multiply and convolve in TF32, with 10 bits of fraction instead of 23: faster, and other "
        "figures; elsewhere without effect",
    )
    checkpoint_seconds: NonNegative = Field(
        10.0,
        description="what a run needs to go on is saved at the end of an epoch, at most once in so many seconds; 0: after every "
        "epoch. Decides no figure",
    )


class RunConfig(Strict):
    """Everything that decides one run, but for its seed."""

    data: DataConfig
    model: Annotated[SerializeAsAny[ModelConfig], by_name(MODELS)]
    optim: Annotated[SerializeAsAny[OptimConfig], by_name(OPTIMIZERS)]
    schedule: Annotated[SerializeAsAny[ScheduleConfig], by_name(SCHEDULES)] = ConstantConfig()
    regularization: RegularizationConfig = RegularizationConfig()
    train: TrainConfig = TrainConfig()
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
    pruning: Annotated[SerializeAsAny[PruningConfig], by_name(PRUNINGS)] = NoPruningConfig()
    mc_dropout: McDropoutConfig = McDropoutConfig()
    inference: InferenceConfig = InferenceConfig()
    health: HealthConfig = HealthConfig()
    curvature: CurvatureConfig = CurvatureConfig()
    finder: FinderConfig = FinderConfig()
    indicators: IndicatorConfig = IndicatorConfig()


class SweepConfig(Strict):
    """`[sweep]`: how many runs each scenario has, and which variants; besides these, any dotted key with a list of values."""

    replicates: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="runs per scenario, with seeds 1, 2, …; one where neither this nor `seeds` is given"
    )
    seeds: (
        Annotated[tuple[Annotated[int, Field(ge=0, le=MAX_SEED)], ...], BeforeValidator(as_tuple), Field(min_length=1)]
        | None
    ) = Field(None, description="the seeds themselves, instead of `replicates`")
    variants: Annotated[tuple[str, ...], BeforeValidator(as_tuple), Field(min_length=1)] | None = Field(
        None, description="train only these of the preset's variants, in this order; absent: all of them"
    )
    order: Literal["seed", "rate"] = Field(
        "seed",
        description="in which order the runs are trained: one replicate of every scenario first, or all replicates of one "
        "scenario first; tables and run numbers do not depend on it",
    )

    search: Literal["none", "bracket"] = Field(
        "none",
        description="which rates are trained: all of the sweep, or those that an adaptive search asks for, beginning with five "
        "at most: it halves the gaps in log10 around the best, and gives replicates to rates that cannot be told apart",
    )
    resolution: Annotated[float, Field(ge=1.05, le=1000)] = Field(
        1.5,
        description="of a search: by which factor neighbouring rates of its grid differ at most; it tries none between",
    )
    budget: Count | None = Field(
        None, description="of a search: how many runs it trains at most; absent: half of what the whole grid has"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "SweepConfig":
        if self.seeds is not None and self.replicates is not None and self.replicates != len(self.seeds):
            raise ValueError("replicates and seeds disagree; give one of them")
        if self.seeds is not None and len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds must differ from each other")
        if self.variants is not None and len(set(self.variants)) != len(self.variants):
            raise ValueError("variants: must differ from each other")
        return self

    @property
    def resolved_seeds(self) -> tuple[int, ...]:
        """Return the seed of every replicate, in order."""
        return self.seeds if self.seeds is not None else tuple(range(1, (self.replicates or 1) + 1))


class PublishedConfig(Strict):
    """`[[published]]`: what somebody published for one scenario; besides these, the dotted keys that say which scenario."""

    val_accuracy: Annotated[float, Field(ge=0, le=100)] | None = Field(None, description="validation accuracy, percent")
    val_accuracy_sd: NonNegative | None = Field(None, description="standard deviation over replicates, points")
    convergence_epoch: Annotated[int, Field(ge=1)] | None = Field(
        None, description="epochs to convergence; absent: none given"
    )
    best_epoch: Annotated[int, Field(ge=1)] | None = Field(None, description="epoch of the lowest validation loss")
    epochs: Annotated[int, Field(ge=1)] | None = Field(None, description="epochs trained until early stopping")
    test_accuracy: Annotated[float, Field(ge=0, le=100)] | None = Field(None, description="test accuracy, percent")
    mc_accuracy: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="accuracy of MC dropout, percent"
    )
    remark: str | None = Field(None, description="what the source says of it, in its words")
    remark_en: str | None = Field(None, description="the same in English")


class HeadConfig(Strict):
    """At the top of the file: what the study is."""

    title: Annotated[str, Field(min_length=1)] = Field(description="one line that says what the study is")
    source: str = Field("", description="where it comes from")
    note: str = Field("", description="what a reader should know")
    question: str = Field("", description="what the study is to answer")
    experiment: str = Field(
        "", description="which of the report's answers fits the study: the name of an experiment it knows"
    )
    protocol: Literal["own", "paper"] = Field(
        "own",
        description="what published figures presume: the preset as it is, or the paper's protocol",
    )

    @field_validator("experiment")
    @classmethod
    def _known(cls, experiment: str) -> str:
        return check_experiment(experiment)


COMPONENTS: dict[str, dict[str, type[Any]]] = {
    "model": MODELS,
    "optim": OPTIMIZERS,
    "schedule": SCHEDULES,
    "pruning": PRUNINGS,
}
"""The tables whose `name` decides which other keys they take."""

COMPONENT_MEANINGS = {
    "model": "which network",
    "optim": "which optimizer",
    "schedule": "how the learning rate moves",
    "pruning": "whether and when weights become zero",
}
"""What their `name` says."""

DEFAULT_COMPONENTS = {"schedule": "constant", "pruning": "none"}
"""What stands for a table of COMPONENTS that names none."""

TABLES: dict[str, type[Strict]] = {
    "data": DataConfig,
    "regularization": RegularizationConfig,
    "train": TrainConfig,
    "early_stopping": EarlyStoppingConfig,
    "mc_dropout": McDropoutConfig,
    "inference": InferenceConfig,
    "health": HealthConfig,
    "curvature": CurvatureConfig,
    "finder": FinderConfig,
    "indicators": IndicatorConfig,
}
"""The tables with one set of keys."""


def table_keys(table: str, name: str | None = None) -> dict[str, Any]:
    """Return the fields (pydantic `FieldInfo` by key) of a table; of every component if `name` is not given."""
    if table in TABLES:
        return dict(TABLES[table].model_fields)
    components = COMPONENTS[table]
    chosen = [components[name]] if name in components else list(components.values())
    return {key: field for component in chosen for key, field in component.model_fields.items()}


def dotted_keys() -> list[str]:
    """Return every key a run can be given, dotted (`optim.lr`), in the order of the schema."""
    return [f"{table}.{key}" for table in RunConfig.model_fields for key in table_keys(table)]
