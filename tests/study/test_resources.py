"""What was measured, in words and as JSON."""

import json

import pytest

from lrtui.study.resources import GpuUse, Resources, from_dict

GIB = 2**30
GPU = GpuUse(1, "GPU-1", 93.0, 21 * GIB, 80 * GIB, 310.4, 61.0)


def sample(*gpus: GpuUse) -> Resources:
    return Resources(1.0, 1.0, 187.3, 50.0, int(1.23 * GIB), 2 * GIB, 8 * GIB, gpus)


@pytest.mark.parametrize(
    ("gpus", "texts"),
    [
        ((), ("cpu 187 %  mem 1.2 GiB", "cpu 187 % 1.2 GiB", "cpu 187 %")),
        (
            (GPU,),
            (
                "cpu 187 %  mem 1.2 GiB  gpu 93 % 21/80 GiB 310 W 61 °C",
                "cpu 187 %  gpu 93 % 21/80 GiB 310 W 61 °C",
                "gpu 93 % 21/80 GiB 310 W 61 °C",
                "gpu 93 % 21/80 GiB",
                "gpu 93 %",
            ),
        ),
        (
            (GPU, GpuUse(2, "GPU-2", 95.0, 3 * GIB, 80 * GIB, 100.0, 70.0)),
            (
                "cpu 187 %  mem 1.2 GiB  2 gpus 94 % 24/160 GiB 410 W 70 °C",
                "cpu 187 %  2 gpus 94 % 24/160 GiB 410 W 70 °C",
                "2 gpus 94 % 24/160 GiB 410 W 70 °C",
                "2 gpus 94 % 24/160 GiB",
                "2 gpus 94 %",
            ),
        ),
        (
            (GpuUse(0, "MIG-1", memory=GIB, memory_total=10 * GIB),),
            (
                "cpu 187 %  mem 1.2 GiB  gpu 1/10 GiB",
                "cpu 187 %  gpu 1/10 GiB",
                "gpu 1/10 GiB",
                "gpu 1/10 GiB",
                "gpu 1/10 GiB",
            ),
        ),
    ],
)
def test_it_is_told_in_ever_fewer_words(gpus: tuple[GpuUse, ...], texts: tuple[str, ...]) -> None:
    assert sample(*gpus).texts == texts


def test_it_survives_json() -> None:
    for measured in (sample(), sample(GPU, GpuUse(2, "GPU-2"))):
        assert from_dict(json.loads(json.dumps(measured.as_dict()))) == measured
