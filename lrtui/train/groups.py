"""Groups of layers with a rate of their own, or that are frozen for a while (`[[optim.groups]]`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from torch import Tensor, nn

from lrtui.errors import InputError
from lrtui.nn.models import Network
from lrtui.nn.mup import rate_factors
from lrtui.study.optimizers import OptimConfig
from lrtui.text import literal


@dataclass(frozen=True)
class Group:
    """Parameters that are trained alike."""

    places: tuple[int, ...]
    """Of its parameters among all of the network."""
    factor: float
    """Of the rate."""
    until: float
    """After so many epochs they are trained; infinite: never."""


class Groups:
    """The parameters of a network by group; what belongs to none is trained at the rate itself.

    A layer's group has its kernel, its bias, and what stands between it and the next kernel, as batch normalization.
    Where the width decides the rate (`nn.mup`), each has factors of its own besides; `multiplier` is how much wider it is.
    Raises InputError for a pattern that fits no layer, and for a layer that two groups want.
    """

    def __init__(self, network: Network, optim: OptimConfig, multiplier: float = 1.0) -> None:
        configs = optim.groups
        hidden = {id(layer.kernel.weight) for layer in network.layers[:-1]} if optim.tells_kernels else set()
        self._parameters: list[nn.Parameter] = list(network.parameters())
        names = [layer.name for layer in network.layers]
        owner: dict[str, int] = {}
        for number, config in enumerate(configs or ()):
            for pattern in config.layers:
                fitting = [name for name in names if fnmatchcase(name, pattern)]
                if not fitting:
                    raise InputError(
                        f"optim.groups[{number}].layers: no layer is called {literal(pattern)}; there are {_listed(names)}"
                    )
                for name in fitting:
                    if owner.setdefault(name, number) != number:
                        raise InputError(
                            f"optim.groups[{number}].layers: {literal(name)} is in optim.groups[{owner[name]}] already"
                        )
        of_kernel = {id(layer.kernel.weight): layer.name for layer in network.layers}
        of_kernel |= {id(layer.kernel.bias): layer.name for layer in network.layers if layer.kernel.bias is not None}
        places: dict[int | None, list[int]] = {None: []}
        layer = names[0] if names else ""
        for place, parameter in enumerate(self._parameters):
            layer = of_kernel.get(id(parameter), layer)
            places.setdefault(owner.get(layer), []).append(place)
        self._hidden = (
            {place for place, parameter in enumerate(self._parameters) if id(parameter) in hidden}
            if optim.tells_kernels
            else None
        )
        self._factors = rate_factors(network, multiplier, optim.step_of) if multiplier != 1 else None
        self._decay: float | None = getattr(optim, "weight_decay", None)
        rest = places.pop(None)
        self.groups = [Group(tuple(rest), 1.0, 0)] if rest or not configs else []
        self.groups += [
            Group(tuple(found), config.factor, config.trained_after)
            for number, config in enumerate(configs or ())
            if (found := places.get(number))
        ]

    @property
    def plain(self) -> bool:
        """Return whether no group says otherwise: all layers are trained from the start, at one rate but for the width."""
        return len(self.groups) == 1 and self.groups[0].factor == 1 and self.groups[0].until == 0

    def of(self, parameters: Sequence[Tensor]) -> list[dict[str, object]]:
        """Return the groups as torch's optimizers take them, of these parameters or of others in their places.

        For an optimizer that tells the kernels between input and output from all else, those are groups of their own.
        """
        return [
            {"params": [parameters[place] for place in places], "factor": group.factor, **told}
            for group in self.groups
            for told, places in self._parts(group)
            if places
        ]

    def _parts(self, group: Group) -> list[tuple[dict[str, float], list[int]]]:
        """Return the places of a group by what else is told of them, which may be another factor than the group's."""
        if self._factors is not None:
            by_factor: dict[float, list[int]] = {}
            for place in group.places:
                by_factor.setdefault(self._factors[place], []).append(place)
            return [(self._scaled(group, factor), places) for factor, places in by_factor.items()]
        if self._hidden is None:
            return [({}, list(group.places))]
        hidden = [place for place in group.places if place in self._hidden]
        return [({"hidden": True}, hidden), ({"hidden": False}, [one for one in group.places if one not in hidden])]

    def _scaled(self, group: Group, factor: float) -> dict[str, float]:
        """Return what is told of parameters whose rate the width multiplies by `factor`; their decay a step stays."""
        decay = {} if self._decay is None else {"weight_decay": self._decay / factor}
        return {"factor": group.factor * factor, **decay}

    def frozen(self, epoch: int) -> list[int]:
        """Return the places of the parameters that are not trained in an epoch, counted from 1."""
        return [place for group in self.groups if epoch <= group.until for place in group.places]

    def begin(self, epoch: int) -> None:
        """Freeze and unfreeze what is to be in an epoch, counted from 1."""
        frozen = set(self.frozen(epoch))
        for place, parameter in enumerate(self._parameters):
            parameter.requires_grad_(place not in frozen)
            if place in frozen:
                parameter.grad = None


def _listed(names: Sequence[str]) -> str:
    """Return the names, of many the first ones and the last, which is the output."""
    shown = [*names[:8], "…", *names[-2:]] if len(names) > 12 else names
    return ", ".join(map(literal, shown))
