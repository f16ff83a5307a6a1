"""How the rate in use stands to what the loss can take, in plain words. Needs neither polars nor torch."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lrtui.study.records import CurvatureRecord, EpochRecord
from lrtui.study.schema import RunConfig
from lrtui.text import count, shown_number

_NAMED = 6
"""Scenarios that a line names before the rest is only counted."""


@dataclass(frozen=True)
class Strain:
    """How far the rate in use went towards the largest that the loss can take, or beyond it, in one run."""

    highest: float
    """Rate in use over critical rate, where it was highest; infinite if every step went uphill."""
    epoch: int
    """When that was."""
    lr: float
    """The rate that was in use then."""
    above: int
    """In how many measurements it was above, those in which the update went uphill among them."""
    uphill: int
    measured: int
    """Measurements that gave a critical rate."""
    rose: bool
    """Whether the loss of the fixed batch was higher at the last measurement than at the first, or is lost."""


def strain(records: Iterable[EpochRecord]) -> Strain | None:
    """Return it of one run's epochs; None if no critical rate was measured."""
    found = measured(records)
    ratios = [(ratio, one) for one in found if (ratio := excess(one)) is not None]
    if not ratios:
        return None
    finite = [pair for pair in ratios if math.isfinite(pair[0])]
    highest, at = max(finite or ratios[:1], key=lambda pair: pair[0])
    uphill = len(ratios) - len(finite)
    above = sum(ratio > 1 for ratio, _ in ratios)
    rose = not found[-1].loss <= found[0].loss
    return Strain(highest, at.epoch, at.lr, above, uphill, len(ratios), rose)


def measured(records: Iterable[EpochRecord]) -> list[CurvatureRecord]:
    """Return what was measured of one run, in order."""
    return [record.curvature for record in records if record.curvature is not None]


def excess(record: CurvatureRecord) -> float | None:
    """Return the rate in use over the critical one; infinite where the update goes uphill, None where it is not known."""
    if record.critical_lr is None:
        return None
    return record.lr / record.critical_lr if record.critical_lr > 0 else math.inf


def sentence(records: Sequence[EpochRecord], config: RunConfig) -> str:
    """Return what was measured of a run in a line of plain words; empty if nothing was."""
    found = measured(records)
    if not found:
        return ""
    parts = [_told(strain(records), found)]
    lost = next((one.epoch for one in found if not math.isfinite(one.loss)), None)
    if lost is not None:
        parts.append(f"the loss is not finite from epoch {lost} on")
    sharp = [(one, one.sharpness) for one in found if one.sharpness is not None]
    if sharp:
        last, sharpness = sharp[-1]
        stable = last.limit is not None and config.optim.is_plain_descent
        limit = f", 2/λ {shown_number(last.limit or 0.0, 2)}" if stable else ""
        parts.append(f"sharpness λ {shown_number(sharpness, 3)} at epoch {last.epoch}{limit}")
    if (noise := next((one.noise_scale for one in reversed(found) if one.noise_scale is not None), None)) is not None:
        size, rows = config.train.batch_size, config.data.rows
        parts.append(f"gradient noise scale {float(f'{noise:.2g}'):,.12g}, in {rows}, of which the batch has {size:,}")
    return "; ".join(parts)


def summary(scenarios: Mapping[str, Iterable[Sequence[EpochRecord]]]) -> str:
    """Return one line on the scenarios of a study, by what they are called, each with the epochs of its replicates.

    Of the replicates the one counts in which the rate went highest. Empty if nothing was measured.
    """
    strains = {
        name: max(found, key=lambda one: (one.highest, one.above))
        for name, runs in scenarios.items()
        if (found := [one for records in runs if (one := strain(records)) is not None])
    }
    lost = [name for name, one in strains.items() if math.isinf(one.highest)]
    over = [f"{_times(one.highest)} at {name}" for name, one in strains.items() if 1 < one.highest < math.inf]
    under = {name: one.highest for name, one in strains.items() if one.highest <= 1 and not one.rose}
    unseen = [name for name, one in strains.items() if one.highest <= 1 and one.rose]
    parts = []
    if over:
        parts.append(f"the rate is up to {_listed(over)} what the loss can take")
        parts += [f"it stays below it at {_listed(list(under))}"] if under else []
    elif under:
        parts.append(f"the rate stays below what the loss can take: at most {_times(max(under.values()))} it")
    if unseen:
        parts.append(f"at {_listed(unseen)} the loss rose between the measurements")
    if lost:
        parts.append(f"at {_listed(lost)} the update goes uphill whenever measured")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _told(found: Strain | None, records: Sequence[CurvatureRecord]) -> str:
    if found is None:
        return f"in {count(len(records), 'measurement')} no largest rate could be told"
    rate, uphill = shown_number(found.lr, 3, least=1.0), ""
    if found.uphill:
        uphill = f", the update going uphill in {found.uphill} of {found.measured}"
    if not math.isfinite(found.highest):
        return f"at {rate} the update goes uphill in every measurement"
    if found.highest <= 1:
        unseen = found.rose and math.isfinite(records[-1].loss)
        yet = ", and yet the loss rose, between the measurements" if unseen else ""
        return (
            f"at {rate} the rate stays below what the loss can take, {_times(found.highest)} it at the nearest (epoch "
            f"{found.epoch}){uphill}{yet}"
        )
    above = f"above it in {found.above} of {count(found.measured, 'measurement')}"
    return (
        f"at {rate} the rate is {_times(found.highest)} what the loss can take (epoch {found.epoch}), {above}{uphill}"
    )


def _times(ratio: float) -> str:
    return f"{shown_number(ratio, 2)}\u00a0×"  # never at the beginning of a line


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
