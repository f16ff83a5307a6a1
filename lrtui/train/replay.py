"""The same step again and again: on a GPU recorded once as a CUDA graph and replayed, elsewhere called.

A replay costs the host one launch instead of fifty. What a recorded step reads and writes stays where it is in memory.
Recording is tested with a stand-in for `torch.cuda` that keeps the operations of a step and does them again.
"""

import time
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

CHUNK_SECONDS = 0.02
"""The host waits for the device every so often, to look whether something is to stop."""
_WARM_UP = 3


class Replay:
    """Steps of a few kinds, each a function without arguments that works on tensors in place.

    On a GPU all are asked for on the same stream, which is not the default one: that cannot be recorded.
    """

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
        """Return the graph of a step, everything as it was before; None if it cannot be recorded.

        Warming up is this very step again and again, each time taken back: the one after it may not be there to take.
        """
        before = [tensor.detach().clone() for tensor in state]
        drawn = [generator.get_state() for generator in self._generators]

        def take_back() -> None:
            with torch.no_grad():
                torch._foreach_copy_(list(state), before)
            for generator, was in zip(self._generators, drawn, strict=True):
                generator.set_state(was)

        for _ in range(_WARM_UP):
            function()
            take_back()
        stream = torch.cuda.current_stream(self._device)
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
        take_back()
        return graph


class Pace:
    """When the host waits for a device that it has asked for many steps."""

    def __init__(self, device: torch.device) -> None:
        self._done = torch.cuda.Event(blocking=True) if device.type == "cuda" else None
        self._waited, self._since, self._every = time.monotonic(), 0, 1

    def waits(self, streams: Iterable[torch.cuda.Stream | None]) -> bool:
        """Return whether now is a time to look up, after each step; on a GPU once what was asked of the streams is done."""
        if self._done is None:
            return True
        self._since += 1
        if self._since < self._every:
            return False
        self.catch_up(streams)
        now = time.monotonic()
        pace = max(now - self._waited, 1e-6) / self._since
        self._every, self._since, self._waited = max(1, min(1000, int(CHUNK_SECONDS / pace))), 0, now
        return True

    def catch_up(self, streams: Iterable[torch.cuda.Stream | None]) -> None:
        """Wait until all is done that was asked of the streams, without keeping a core busy."""
        for stream in streams:
            if self._done is not None and stream is not None:
                self._done.record(stream)
                self._done.synchronize()
