"""A stand-in for what `torch.cuda` records: a graph keeps the operations of a step, and a replay does them again.

As with a CUDA graph nothing of Python is run again: what a step looks up on the host is as it was when it was recorded.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Stream:
    """The only stream there is: everything is done when it is asked for."""

    def __init__(self, device: object = None) -> None:
        self.device = torch.device("cpu")

    def wait_stream(self, other: object) -> None:
        """Everything is done already."""


class Event:
    """What was asked for is done."""

    def __init__(self, *, blocking: bool) -> None:
        assert blocking

    def record(self, stream: Stream) -> None:
        """Everything is done already."""

    def synchronize(self) -> None:
        """Everything is done already."""


class Graph(TorchDispatchMode):
    """Operations, in the order in which they were asked for."""

    replays = 0

    def __init__(self) -> None:
        super().__init__()
        self._operations: list[tuple[Any, Any, dict[str, Any], Any]] = []
        self._generators: list[torch.Generator] = []

    def register_generator_state(self, generator: torch.Generator) -> None:
        """Allow a generator to be drawn from."""
        self._generators.append(generator)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Do an operation, and keep it."""
        kwargs = kwargs or {}
        drawn_from = kwargs.get("generator")
        assert drawn_from is None or self._generators, "a generator unknown to the graph"
        assert "_local_scalar_dense" not in str(function), "waits for the device"
        results = function(*args, **kwargs)
        self._operations.append((function, args, kwargs, results))
        return results

    @torch.no_grad()
    def replay(self) -> None:
        """Do all operations again, on what is in memory by now."""
        Graph.replays += 1
        for function, args, kwargs, results in self._operations:
            given = {_memory(value) for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)}
            again = function(*args, **kwargs)
            for before, now in zip(tree_leaves(results), tree_leaves(again), strict=True):
                if isinstance(before, Tensor) and _memory(before) not in given:
                    before.copy_(now)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def install(monkeypatch: pytest.MonkeyPatch, *, records: bool = True) -> None:
    """Have `torch.cuda` be the stand-in; it `records`, or cannot."""

    @contextlib.contextmanager
    def recorded(graph: Graph, *, pool: object, stream: Stream, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        if not records:
            raise RuntimeError("operation not permitted when stream is capturing\nmore of it")
        with graph:
            yield

    monkeypatch.setattr(Graph, "replays", 0)
    for name, value in {
        "Stream": Stream,
        "Event": Event,
        "CUDAGraph": Graph,
        "graph": recorded,
        "stream": lambda stream: contextlib.nullcontext(),
        "current_stream": lambda device=None: Stream(),
        "graph_pool_handle": lambda: None,
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
