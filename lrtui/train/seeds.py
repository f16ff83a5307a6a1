"""A run's own generators. Nothing in lrtui reads or moves torch's global random state."""

import hashlib

import torch


def initialization(seed: int) -> torch.Generator:
    """Return the generator of a run's initial weights: the one `torch.manual_seed(seed)` would set."""
    return torch.Generator().manual_seed(seed)


def shuffling(seed: int, epoch: int) -> torch.Generator:
    """Return the generator of one epoch's order: its own for every (seed, epoch), so epochs can be drawn alone."""
    return torch.Generator().manual_seed(_derived(f"shuffle/{seed}/{epoch}"))


def order(seed: int, epoch: int, count: int) -> torch.Tensor:
    """Return the order (int64, length `count`) in which an epoch sees its images."""
    return torch.randperm(count, generator=shuffling(seed, epoch))


def noise(seed: int, device: torch.device) -> torch.Generator:
    """Return the generator of a run's dropout masks and random slopes."""
    return torch.Generator(device).manual_seed(_derived(f"noise/{seed}"))


def mc(seed: int, device: torch.device) -> torch.Generator:
    """Return the generator of a run's MC dropout: its own, so that the figures do not depend on how long it trained."""
    return torch.Generator(device).manual_seed(_derived(f"mc/{seed}"))


def curvature_batch(seed: int, count: int) -> torch.Tensor:
    """Return the order (int64, length `count`) of which the first images are a run's fixed batch for its curvature."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(_derived(f"curvature/{seed}")))


def curvature(seed: int, measurement: int) -> torch.Generator:
    """Return the generator of what one measurement of a run's curvature draws."""
    return torch.Generator().manual_seed(_derived(f"curvature/{seed}/{measurement}"))


def _derived(purpose: str) -> int:
    digest = hashlib.blake2b(purpose.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")  # torch's CPU generator takes 32 bits
