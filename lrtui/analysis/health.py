"""What ails a network's layers, in plain words, from the records of one epoch and the thresholds of `[health]`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lrtui.study.diagnostics import HealthConfig
from lrtui.study.records import LayerRecord

Kind = Literal["not finite", "vanishing", "exploding", "dead", "saturated", "alike"]


@dataclass(frozen=True)
class Ill:
    """One thing that is wrong, and the layers (counted from 1 at the input) it is wrong with, or the time steps of one."""

    kind: Kind
    layers: tuple[int, ...]
    """Layers, or if `steps_of` names one, its time steps."""
    worst: float = math.nan
    """How bad it is in the worst of the layers: vanishing, exploding: a factor; dead, saturated: a share, 0 to 1."""
    than: int | None = None
    """Vanishing, exploding: the layer or step that the worst one was compared with; None for the output layer, the last step."""
    steps_of: int | None = None
    """The recurrent layer whose time steps are meant."""
    place: str = ""
    """What it is called in front of its steps; empty if it is the only one."""

    @property
    def sentence(self) -> str:
        """Return it in words: `layers 1–6: gradients up to 400 times smaller than at the top: vanishing`."""
        several = "up to " if len(self.layers) > 1 else ""
        if self.steps_of is None:
            than = "at the top" if self.than is None else f"in layer {self.than}"
            where = layers_text(self.layers)
        else:
            than = "at the last" if self.than is None else f"at step {self.than}"
            where = self.place + layers_text(self.layers, "step")
        if self.kind == "not finite":
            return f"{where}: activations or gradients are no longer numbers: overflow"
        if self.kind == "vanishing":
            size = "zero" if math.isinf(self.worst) else f"{several}{_times(self.worst)} times smaller than {than}"
            return f"{where}: gradients {size}: vanishing"
        if self.kind == "exploding":
            return f"{where}: gradients {several}{_times(self.worst)} times larger than {than}: exploding"
        if self.kind == "dead":
            return f"{where}: {several}{100 * self.worst:.0f} % of the units never positive: dead"
        if self.kind == "saturated":
            return f"{where}: {several}{100 * self.worst:.0f} % of the outputs at a bound: saturated"
        return f"{where}: all units have the same weights: one unit would do"


def sentence(records: Sequence[LayerRecord], config: HealthConfig) -> str:
    """Return the state of all layers after one epoch in a line of plain words; empty without records."""
    if found := ills(records, config):
        return "; ".join(ill.sentence for ill in found)
    if not records:
        return ""
    layers, *steps = groups(records)
    within = [f"gradients of all layers within a factor of {_times(_spread(layers))}"]
    if steps:
        within.append(f"through time within {_times(max(map(_spread, steps)))}")
    return f"healthy: {', '.join(within)}"


def groups(records: Sequence[LayerRecord]) -> list[list[LayerRecord]]:
    """Return the layers of one epoch from the input, then of every recurrent one its time steps from the first.

    Gradients compare within a group only.
    """
    ordered = sorted(records, key=lambda record: (record.layer, record.step or 0))
    steps: dict[int, list[LayerRecord]] = {}
    for record in ordered:
        if record.step is not None:
            steps.setdefault(record.layer, []).append(record)
    return [[record for record in ordered if record.step is None], *steps.values()]


def decades(records: Sequence[LayerRecord]) -> float | None:
    """Return over how many decades gradients are spread, over the layers or over the steps of one, whichever is more.

    None if one is no number; infinite if one is zero.
    """
    if not all(math.isfinite(record.gradient_rms) for record in records):
        return None
    return max(math.log10(_spread(group)) if _spread(group) < math.inf else math.inf for group in groups(records))


def _spread(group: Sequence[LayerRecord]) -> float:
    """Return the largest gradient over the smallest."""
    sizes = [record.gradient_rms for record in group]
    return max(sizes) / min(sizes) if min(sizes) > 0 else math.inf


def ills(records: Sequence[LayerRecord], config: HealthConfig) -> tuple[Ill, ...]:
    """Return what ails the layers of one epoch, worst kind first; none if they are healthy.

    Gradients vanish if their RMS is zero, or below `config.vanishing` times the largest of a layer nearer to the output;
    they explode above `config.exploding` times the smallest there. Through time it is the same with the steps of a
    recurrent layer, and with those that are later. What has figures that are not finite is judged by nothing else.
    """
    if not records:
        return ()
    layers, *steps = groups(records)
    sound = [record for record in layers if _finite(record)]
    found = [
        _lost(layers),
        *map(_lost, steps),
        _vanishing(sound, config.vanishing),
        *(_vanishing(_sound(group), config.vanishing) for group in steps),
        _exploding(sound, config.exploding),
        *(_exploding(_sound(group), config.exploding) for group in steps),
        _share("dead", [(record.layer, record.dead) for record in sound], config.dead),
        _share("saturated", [(record.layer, record.saturated) for record in sound], config.saturated),
        Ill("alike", tuple(record.layer for record in sound if record.distinct_units == 1 < record.units)),
    ]
    return tuple(ill for ill in found if ill.layers)


def layers_text(layers: Sequence[int], what: str = "layer") -> str:
    """Return `layer 3`, `layers 1–6`, `layers 1, 3–5`; or `step 3`, …"""
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    spans = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    return f"{what}{'s' if len(layers) > 1 else ''} {spans}"


def _finite(record: LayerRecord) -> bool:
    return all(map(math.isfinite, (record.activation_mean, record.activation_sd, record.gradient_rms)))


def _sound(group: Sequence[LayerRecord]) -> list[LayerRecord]:
    return [record for record in group if _finite(record)]


def _number(record: LayerRecord) -> int:
    """Return what a layer, or a time step, is counted as."""
    return record.layer if record.step is None else record.step


def _of(kind: Kind, group: Sequence[LayerRecord], numbers: Sequence[int], worst: float, than: int | None) -> Ill:
    """Return what is wrong with some of the layers, or some of the steps."""
    if not group or group[0].step is None:
        return Ill(kind, tuple(numbers), worst, than)
    place = group[0].name.rpartition("step ")[0].strip()
    return Ill(kind, tuple(numbers), worst, than, steps_of=group[0].layer, place=f"{place}, " if place else "")


def _lost(group: Sequence[LayerRecord]) -> Ill:
    return _of("not finite", group, [_number(record) for record in group if not _finite(record)], math.nan, None)


def _vanishing(layers: Sequence[LayerRecord], below: float) -> Ill:
    ill: list[tuple[int, float, int]] = []
    for at, record in enumerate(layers):
        largest = max(layers[at + 1 :], key=lambda other: other.gradient_rms, default=record)
        if record.gradient_rms == 0:
            ill.append((_number(record), math.inf, _number(largest)))
        elif record.gradient_rms < below * largest.gradient_rms:
            ill.append((_number(record), largest.gradient_rms / record.gradient_rms, _number(largest)))
    return _compared("vanishing", ill, layers)


def _exploding(layers: Sequence[LayerRecord], above: float) -> Ill:
    ill: list[tuple[int, float, int]] = []
    for at, record in enumerate(layers):
        others = [other for other in layers[at + 1 :] if other.gradient_rms > 0]
        smallest = min(others, key=lambda other: other.gradient_rms, default=record)
        if record.gradient_rms > above * smallest.gradient_rms:
            ill.append((_number(record), record.gradient_rms / smallest.gradient_rms, _number(smallest)))
    return _compared("exploding", ill, layers)


def _compared(kind: Kind, ill: Sequence[tuple[int, float, int]], layers: Sequence[LayerRecord]) -> Ill:
    if not ill:
        return Ill(kind, ())
    _, worst, than = max(ill, key=lambda one: one[1])
    return _of(kind, layers, [one for one, _, _ in ill], worst, None if than == _number(layers[-1]) else than)


def _share(kind: Kind, shares: Sequence[tuple[int, float | None]], limit: float) -> Ill:
    ill = [(layer, share) for layer, share in shares if share is not None and share >= limit]
    return Ill(kind, tuple(layer for layer, _ in ill), max((share for _, share in ill), default=math.nan))


def _times(factor: float) -> str:
    """Return a factor in two digits: `2.5`, `400`, `13,000`, `3e9`."""
    if factor >= 1e6:
        mantissa, _, exponent = f"{factor:.0e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    rounded = float(f"{factor:.1e}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.1f}"
