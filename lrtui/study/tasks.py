"""`[task]`: what is learned, and so what its loss, its score and the loss of a network that knows nothing are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from lrtui.study.fields import Component, Fraction


class TaskConfig(Component):
    """What is known of each task."""

    loss: ClassVar[str]
    """What the losses of records and tables are."""
    unit: ClassVar[str]
    """In what; empty if they have none."""
    score: ClassVar[str]
    """What stands where others have an accuracy, in percent."""
    reading: ClassVar[str] = ""
    """What else one needs to read its tables, in sentences."""
    counts: ClassVar[bool] = True
    """Whether the score is a share of right answers; else it may be below 0."""
    labels: ClassVar[Literal["classes", "numbers", "inputs", "tokens", "turns"]]
    """What a network is to give: one of some classes, numbers, its own inputs, the tokens to come, or quarter turns."""

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

    loss, unit, score, labels = "mean squared error in units of the label's variance", "", "R²", "numbers"
    counts = False
    name: Literal["regression"] = "regression"


class NextTokenConfig(TaskConfig):
    """`[task] name = "next_token"`: every next character or byte of a text; cross-entropy per token, accuracy."""

    loss, unit, score, labels = "cross-entropy per token", "nats", "accuracy", "tokens"
    reading = (
        "bits/char (or bits/byte) is val loss over ln 2, perplexity e to the power of val loss. Verdicts take ln(tokens) for the "
        "loss of knowing nothing; how often each token occurs lowers it already, so settled may be a network that learned "
        "nothing more."
    )
    name: Literal["next_token"] = "next_token"


class RotationConfig(TaskConfig):
    """`[task] name = "rotation"`: by how many quarter turns an image was turned, each image in all four; an auxiliary task."""

    loss, unit, score, labels = "cross-entropy of quarter turns", "nats", "accuracy", "turns"
    name: Literal["rotation"] = "rotation"


class ReconstructionConfig(TaskConfig):
    """`[task] name = "reconstruction"`: a network's own inputs; mean squared error, R² in percent."""

    loss, unit, score, labels = "mean squared error", "", "R²", "inputs"
    counts = False
    name: Literal["reconstruction"] = "reconstruction"


TASKS: dict[str, type[TaskConfig]] = {
    "classification": ClassificationConfig,
    "regression": RegressionConfig,
    "next_token": NextTokenConfig,
    "reconstruction": ReconstructionConfig,
    "rotation": RotationConfig,
}


@dataclass(frozen=True)
class Told:
    """What the losses and scores of some runs are called."""

    score: str
    """`accuracy`, `R²`; `score` where runs of several tasks stand beside each other."""
    unit: str
    """Of losses."""
    sentence: str
    """What both are, where that is not what it mostly is."""
    reading: str = ""
    """What else one needs to read the tables."""

    @property
    def short(self) -> str:
        """Return what a column is headed with: `acc`."""
        return "acc" if self.score == "accuracy" else self.score

    def said(self, text: str) -> str:
        """Return a label of accuracies or losses, in words of these runs."""
        return text.replace("accuracy", self.score).replace("acc %", f"{self.short} %").replace("nats", self.unit)


def told(tasks: Iterable[TaskConfig]) -> Told:
    """Return what the losses and scores of runs of these tasks are called."""
    kinds = {task.name: task for task in tasks}
    first = next(iter(kinds.values()), CLASSIFICATION)
    if kinds.keys() <= {"classification"}:
        return Told(first.score, first.unit, "")
    scores, units = {task.score for task in kinds.values()}, {task.unit for task in kinds.values()}
    sentences = [
        f"{task.name.replace('_', ' ')}: losses are {' in '.join(filter(None, (task.loss, task.unit)))}, "
        f"scores {task.score} in percent"
        for task in kinds.values()
    ]
    sentence = "; ".join(sentences)
    return Told(
        first.score if len(scores) == 1 else "score",
        first.unit if len(units) == 1 else "each its own",
        sentence,
        " ".join(filter(None, (task.reading for task in kinds.values()))),
    )
