"""Whether a study can be trained with the images its data sets have, told without reading one. Needs no torch."""

import math
from collections.abc import Iterator

from lrtui.data.catalogue import DATASETS
from lrtui.data.splits import excesses, split
from lrtui.study.combinations import beyond_training, lone_image, too_small
from lrtui.study.datasets import OwnDataConfig
from lrtui.study.problems import Complaint
from lrtui.study.schema import RunConfig
from lrtui.study.spec import Study


def misfits(config: RunConfig) -> Iterator[Complaint]:
    """Yield a complaint about everything in a run that the number or the size of its images does not allow."""
    if isinstance(config.data, OwnDataConfig):
        yield from _own(config, config.data)
        return
    data = DATASETS[config.data.name]
    yield from too_small(config.model, data.shape)
    if getattr(config.data, "only", None) is not None:  # how many images there are of them, reading them tells
        return
    wanting = list(excesses(data, config.data))
    yield from wanting
    if not wanting:
        images = len(split(data, config.data).train)
        yield from beyond_training(config, math.ceil(images / config.train.batch_size))
        yield from lone_image(config, images)


def _own(config: RunConfig, data: OwnDataConfig) -> Iterator[Complaint]:
    """Yield what is wrong with a run on own data, as far as it is known: its shape is, once it was read."""
    if data.is_read:
        yield from too_small(config.model, data.found.shape)
        if config.model.per_token and len(data.found.shape) == 1 and not config.task.per_token:
            numbers = f"{data.found.shape[0]:,} numbers"
            yield (
                ("model", "name"),
                f"{config.model.name} reads images row by row, or texts, and these are rows of {numbers}",
            )


def infeasible(study: Study) -> list[tuple[str, Complaint]]:
    """Return the complaints about all runs, each once, with the scenario it was first met in."""
    found: dict[Complaint, str] = {}
    for spec in study.runs:
        for complaint in misfits(spec.config):
            found.setdefault(complaint, spec.scenario)
    return [(scenario, complaint) for complaint, scenario in found.items()]
