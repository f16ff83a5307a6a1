"""`[task]`: what is learned, and so what its loss and its score are; `words` has how runs of several tasks are told of."""

from typing import ClassVar, Literal

from pydantic import Field

from lrtui.study.fields import Component, Fraction


class TaskConfig(Component):
    """What is known of each task."""

    loss: ClassVar[str]
    """What the losses of records and tables are."""
    unit: ClassVar[str]
    """In what; empty if they have none."""
    axis: ClassVar[str]
    """What stands in brackets behind a loss on an axis: its kind if it has no unit."""
    score: ClassVar[str]
    """What stands where others have an accuracy, in percent."""
    reading: ClassVar[str] = ""
    """What else one needs to read its tables, in sentences."""
    counts: ClassVar[bool] = True
    """Whether the score is a share of right answers; else it may be below 0."""
    gives: ClassVar[str]
    """What a network gives for a row: logits of `classes`, `numbers`, or logits of `tokens` for each of its tokens."""
    labels: ClassVar[str]
    """What it is trained towards: `classes`, `numbers` and `tokens` are the data's own, `inputs` and `turns` are made of it."""
    needs: ClassVar[str] = "classes"
    """What the data has to have for it."""
    labelled: ClassVar[bool] = True
    """Whether the data has to have labels of its own."""

    @property
    def per_token(self) -> bool:
        """Return whether it wants an answer for every token, not one for a row."""
        return self.gives == "tokens"

    @property
    def classifies(self) -> bool:
        """Return whether a row is one of several classes, with a probability of each."""
        return self.gives == "classes"

    @property
    def is_plain(self) -> bool:
        """Return whether the loss that is minimized is the plain cross-entropy of classes."""
        return False

    @property
    def minimized(self) -> str:
        """Return how the loss that is minimized differs from the one that is recorded; empty if it does not."""
        return ""


class ClassificationConfig(TaskConfig):
    """`[task] name = "classification"`: one of several classes; cross-entropy, accuracy."""

    loss, unit, axis, score = "cross-entropy", "nats", "nats", "accuracy"
    gives = labels = "classes"
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

    @property
    def minimized(self) -> str:
        """Return `labels smoothed by 0.1, classes weighted`, as far as they are."""
        smoothed = f"labels smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""
        weighted = "classes weighted" if self.class_weights == "balanced" else ""
        return ", ".join(filter(None, (smoothed, weighted)))


CLASSIFICATION = ClassificationConfig()
"""What is learned where nothing else is said."""


class RegressionConfig(TaskConfig):
    """`[task] name = "regression"`: numbers, standardized by the training rows; mean squared error, R² in percent."""

    loss, unit, score = "mean squared error in units of the label's variance", "", "R²"
    axis = "mean squared error / variance"
    gives = labels = needs = "numbers"
    counts = False
    name: Literal["regression"] = "regression"


class NextTokenConfig(TaskConfig):
    """`[task] name = "next_token"`: every next character or byte of a text; cross-entropy per token, accuracy."""

    loss, unit, axis, score = "cross-entropy", "nats per token", "nats per token", "accuracy"
    gives = labels = "tokens"
    needs = "a text"
    reading = (
        "bits/char (or bits/byte) is val loss over ln 2, perplexity e to the power of val loss. Verdicts take ln(tokens) for the "
        "loss of knowing nothing; how often each token occurs lowers it already, so settled may be a network that learned "
        "nothing more."
    )
    name: Literal["next_token"] = "next_token"


class RotationConfig(TaskConfig):
    """`[task] name = "rotation"`: by how many quarter turns an image was turned, each image in all four; an auxiliary task."""

    loss, unit, axis, score = "cross-entropy of quarter turns", "nats", "nats", "accuracy"
    gives, labels, needs = "classes", "turns", "images"
    name: Literal["rotation"] = "rotation"


class ReconstructionConfig(TaskConfig):
    """`[task] name = "reconstruction"`: a network's own inputs; mean squared error, R² in percent."""

    loss, unit, axis, score = "mean squared error", "", "mean squared error", "R²"
    gives, labels, needs = "numbers", "inputs", "inputs"
    counts, labelled = False, False
    name: Literal["reconstruction"] = "reconstruction"


TASKS: dict[str, type[TaskConfig]] = {
    "classification": ClassificationConfig,
    "regression": RegressionConfig,
    "next_token": NextTokenConfig,
    "reconstruction": ReconstructionConfig,
    "rotation": RotationConfig,
}
