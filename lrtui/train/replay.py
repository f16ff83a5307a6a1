"""The same step again and again: on a GPU recorded once as a CUDA graph and replayed, elsewhere called.

A replay costs the host one launch instead of fifty. What a recorded step reads and writes stays where it is in memory.
"""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

CHUNK_SECONDS = 0.02
"""The host waits for the device every so often, to look whether something is to stop."""
_WARM_UP = 3


class Replay:
    """Steps of a few kinds, each a function without arguments that works on tensors in place. All on one stream."""

    def __init__(self, device: torch.device, generators: Sequence[torch.Generator] = ()) -> None:
        self._device, self._generators = device, tuple(generators)
        self._graphs: dict[object, torch.cuda.CUDAGraph | None] = {}
        self._pool = torch.cuda.graph_pool_handle() if device.type == "cuda" else None
        self.note = ""
        """What a person should know, a sentence."""

    def step(self, kind: object, function: Callable[[], None], state: Sequence[Tensor]) -> None:
        """Do a step of a kind. `state` is all that steps change: recording needs steps that are taken back."""
        if self._device.type != "cuda":
            function()
            return
        if kind not in self._graphs:
            self._graphs[kind] = self._record(function, state)
        if (graph := self._graphs[kind]) is None:
            function()
        else:
            graph.replay()

    def _record(self, function: Callable[[], None], state: Sequence[Tensor]) -> torch.cuda.CUDAGraph | None:
        """Return the graph of a step, everything as it was before; None if it cannot be recorded."""
        before = [tensor.detach().clone() for tensor in state]
        drawn = [generator.get_state() for generator in self._generators]
        stream, current = torch.cuda.Stream(self._device), torch.cuda.current_stream(self._device)
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                function()
        current.wait_stream(stream)
        torch.cuda.synchronize(self._device)
        graph: torch.cuda.CUDAGraph | None = torch.cuda.CUDAGraph()
        try:
            assert graph is not None
            for generator in self._generators:
                graph.register_generator_state(generator)
            with torch.cuda.graph(graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"):
                function()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            line = (str(error).splitlines() or [type(error).__name__])[0]
            self.note = f"a step could not be recorded as a CUDA graph, and is launched each time: {line}"
            graph = None
        with torch.no_grad():
            for tensor, was in zip(state, before, strict=True):
                tensor.copy_(was)
        for generator, was in zip(self._generators, drawn, strict=True):
            generator.set_state(was)
        return graph


class Pace:
    """When the host waits for a device that it has asked for many steps."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._waited, self._since, self._every = time.monotonic(), 0, 1

    def waits(self) -> bool:
        """Return whether now is a time to look up, after each step; on a GPU once what was asked for is done."""
        if self._device.type != "cuda":
            return True
        self._since += 1
        if self._since < self._every:
            return False
        torch.cuda.synchronize(self._device)
        now = time.monotonic()
        pace = max(now - self._waited, 1e-6) / self._since
        self._every, self._since, self._waited = max(1, min(1000, int(CHUNK_SECONDS / pace))), 0, now
        return True
