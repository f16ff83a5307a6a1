"""`[task]`: what is learned, and so what its loss, its score and the loss of a network that knows nothing are."""

from typing import ClassVar, Literal

from pydantic import Field

from lrtui.study.fields import Component, Fraction


class TaskConfig(Component):
    """What is known of each task."""

    loss: ClassVar[str]
    """What the losses of records and tables are."""
    unit: ClassVar[str]
    """In what."""
    score: ClassVar[str]
    """What stands where others have an accuracy, in percent."""
    counts: ClassVar[bool] = True
    """Whether the score is a share of right answers; else it may be below 0."""
    labels: ClassVar[Literal["classes", "numbers", "inputs", "tokens"]]
    """What a network is to give: one of some classes, numbers, its own inputs, or the tokens to come."""

    @property
    def is_plain(self) -> bool:
        """Return whether the loss that is minimized is the plain cross-entropy of classes."""
        return False


class ClassificationConfig(TaskConfig):
    """`[task] name = "classification"`: one of several classes; cross-entropy, accuracy."""

    loss, unit, score, labels = "cross-entropy", "nats", "accuracy", "classes"
    name: Literal["classification"] = "classification"
    label_smoothing: Fraction = Field(
        0.0,
        description="share of the target that is spread over all classes, in the loss that is minimized; what is recorded stays "
        "the plain cross-entropy",
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none",
        description="`balanced`: in the loss that is minimized every class weighs the same, however many images it has; what is "
        "recorded stays the plain mean",
    )

    @property
    def is_plain(self) -> bool:
        """Return whether the loss that is minimized is the plain cross-entropy of classes."""
        return self.label_smoothing == 0 and self.class_weights == "none"


CLASSIFICATION = ClassificationConfig()
"""What is learned where nothing else is said."""


class RegressionConfig(TaskConfig):
    """`[task] name = "regression"`: numbers, standardized by the training rows; mean squared error, R² in percent."""

    loss, unit, score, labels = "mean squared error", "variances", "R²", "numbers"
    counts = False
    name: Literal["regression"] = "regression"


class NextTokenConfig(TaskConfig):
    """`[task] name = "next_token"`: every next character or byte of a text; cross-entropy per token, accuracy."""

    loss, unit, score, labels = "cross-entropy per token", "nats", "accuracy", "tokens"
    name: Literal["next_token"] = "next_token"


class ReconstructionConfig(TaskConfig):
    """`[task] name = "reconstruction"`: a network's own inputs; mean squared error, R² in percent."""

    loss, unit, score, labels = "mean squared error", "squares", "R²", "inputs"
    counts = False
    name: Literal["reconstruction"] = "reconstruction"


TASKS: dict[str, type[TaskConfig]] = {
    "classification": ClassificationConfig,
    "regression": RegressionConfig,
    "next_token": NextTokenConfig,
    "reconstruction": ReconstructionConfig,
}
