"""What the losses, scores and rows of some runs are called: of images and their classes what they always are, else as their task
and data say. Whatever tells of runs takes its words from here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtui.study.tasks import CLASSIFICATION, TASKS, TaskConfig
from lrtui.text import literal, shown_number

if TYPE_CHECKING:
    from lrtui.study.schema import RunConfig

SEVERAL = "score"
"""What stands for an accuracy and an R² beside each other."""


@dataclass(frozen=True)
class Words:
    """What the losses, scores and rows of some runs are called."""

    score: str = "accuracy"
    """`accuracy`, `R²`; `score` if runs of several tasks stand beside each other."""
    unit: str = "nats"
    """Of losses; empty if they have none."""
    axis: str = "nats"
    """What stands in brackets behind a loss on an axis."""
    rows: str = "images"
    """What networks are trained on: `images`, `rows`."""
    sentence: str = ""
    """What losses and scores are, and what a network that knows nothing loses; empty of plain classification."""
    reading: str = ""
    """What else one needs to read their tables, in sentences."""
    minimized: str = ""
    """How the loss that is minimized, which range tests show, differs from the one that is recorded."""

    @property
    def short(self) -> str:
        """Return what a column is headed with: `acc`."""
        return "acc" if self.score == "accuracy" else self.score

    @property
    def scores(self) -> str:
        """Return several of them: `accuracies`."""
        return {"accuracy": "accuracies", SEVERAL: "scores"}.get(self.score, self.score)

    @property
    def points(self) -> str:
        """Return in what differences of scores, which are percent, are told."""
        return "points" if self.score in ("accuracy", SEVERAL) else f"points of {self.score}"

    @property
    def row(self) -> str:
        """Return one of the rows: `image`."""
        return self.rows.removesuffix("s")

    @property
    def speed(self) -> str:
        """Return the unit of how fast they are trained on: `img/s`."""
        return "img/s" if self.rows == "images" else f"{self.rows}/s"

    def said(self, text: str) -> str:
        """Return a label or a sentence of lrtui's own, which speaks of accuracies of images, in words of these runs."""
        for told, word in (
            ("accuracies", self.scores),
            ("accuracy", self.score),
            (" acc ", f" {self.short} "),
            ("nats", self.axis),
            ("images", self.rows),
            ("image", self.row),
        ):
            text = text.replace(told, word).replace(told.capitalize(), word[:1].upper() + word[1:])
        return text


PLAIN = Words()
"""Of images and their classes."""


def words(configs: "Iterable[RunConfig]") -> Words:
    """Return what the losses, scores and rows of runs are called."""
    found = list({id(config): config for config in configs}.values())
    tasks = list({(one := config.task).model_dump_json(): one for config in found}.values()) or [CLASSIFICATION]
    scores, units, axes = ({getattr(task, key) for task in tasks} for key in ("score", "unit", "axis"))
    return Words(
        score=scores.pop() if len(scores) == 1 else SEVERAL,
        unit=units.pop() if len(units) == 1 else "each its own",
        axis=axes.pop() if len(axes) == 1 else "each its own",
        rows="images" if all(config.data.rows == "images" for config in found) else "rows",
        sentence="" if all(task.is_plain for task in tasks) else "; ".join(_sentences(tasks, found)),
        reading=" ".join(filter(None, dict.fromkeys(task.reading for task in tasks))),
        minimized=" or ".join(filter(None, (task.minimized for task in tasks))),
    )


def words_of_task(name: str) -> Words:
    """Return what losses and scores are called of the task of that name."""
    task = TASKS.get(name, type(CLASSIFICATION))
    return Words(task.score, task.unit, task.axis)


def _sentences(tasks: Iterable[TaskConfig], configs: "Iterable[RunConfig]") -> Iterable[str]:
    """Yield for each kind of task what its losses and scores are."""
    kinds: dict[str, list[TaskConfig]] = {}
    for task in tasks:
        kinds.setdefault(task.name, []).append(task)
    for name, alike in kinds.items():
        losses = ", ".join(filter(None, (alike[0].loss, alike[0].unit)))
        knows_nothing = _nothing([config for config in configs if config.task.name == name])
        yield f"{name.replace('_', ' ')}: losses are {losses}{knows_nothing}, scores {alike[0].score} in percent"
        if ways := [task.minimized for task in alike if task.minimized]:
            some = "some runs are trained" if len(ways) < len(alike) else "trained"
            yield f"{some} with {' or '.join(ways)}, which losses are told without"


def _nothing(configs: "Iterable[RunConfig]") -> str:
    """Return what a network that knows nothing loses; empty before the data is read."""
    known = sorted({config.data.nothing for config in configs if config.data.is_read or _is_known(config)})
    if not known:
        return ""
    ends = " to ".join(shown_number(value, 3) for value in dict.fromkeys((known[0], known[-1])))
    return f" ({ends} for a network that knows nothing)"


def _is_known(config: "RunConfig") -> bool:
    return config.task.labels == "classes" and not config.data.own


def names_of_outputs(fingerprint: Mapping[str, Any], most: int = 12) -> str:
    """Return what own data tells apart, or what its numbers are called: `3 classes: ant, bee, wasp`; empty without names."""
    names = (fingerprint.get("found") or {}).get("labels") or ()
    if not names:
        return ""
    task = str(fingerprint.get("reading", "")).partition(" ")[0] or "classification"
    what = TASKS[task].gives if task in TASKS else "outputs"
    plain = what != "tokens"
    shown = [literal(one) if plain and one.strip() == one != "" else repr(one) for one in map(str, names[:most])]
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{len(names):,} {what if len(names) > 1 else 'number'}: {', '.join(shown)}{rest}"
