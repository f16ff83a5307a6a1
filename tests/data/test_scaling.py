from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lrtui.data import scaling
from lrtui.data.load import load
from lrtui.study.datasets import DataConfig
from tests.data import makers
from tests.data.makers import Arrays

Doubles = NDArray[np.float64]


def arrays() -> Arrays:
    """Twelve training images; the pixel at the upper left is always 200 in them, the one beside it in the first five."""
    made = Arrays.random(12, 7, (1, 28, 28))
    made.train_images[:, 0, 0, 0] = 200
    made.train_images[:5, 0, 0, 1] = 30
    return made


GREY = arrays()


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    makers.take_for_canonical(monkeypatch, "mnist", GREY, makers.idx_files(GREY))
    makers.write(tmp_path / "MNIST" / "raw", makers.idx_files(GREY))
    return tmp_path


def by_hand(images: makers.Bytes, over: makers.Bytes) -> Doubles:
    """The formula in float64, on pixels from 0 to 1."""
    pixels, known = images / 255, over / 255
    sd = known.std(0)
    return (pixels - known.mean(0)) / np.where(known.max(0) == known.min(0), 1, sd)


@pytest.mark.parametrize(
    ("settings", "trained", "over"),
    [
        ({}, slice(0, 12), slice(0, 12)),
        ({"train_limit": 5}, slice(0, 5), slice(0, 5)),
        ({"train_limit": 5, "statistics": "all"}, slice(0, 5), slice(0, 12)),
        ({"validation": "first", "validation_count": 4}, slice(4, 12), slice(4, 12)),
        ({"validation": "last", "validation_count": 4, "train_limit": 3}, slice(0, 3), slice(0, 3)),
        ({"validation": "last", "validation_count": 4, "statistics": "all"}, slice(0, 8), slice(0, 12)),
    ],
)
@pytest.mark.parametrize("chunk", [5, 500])
def test_standardized_as_the_formula_says(
    mnist: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], trained: slice, over: slice, chunk: int
) -> None:
    monkeypatch.setattr(scaling, "CHUNK", chunk)
    data = load(DataConfig(name="mnist", scale="standardized", **settings), mnist)
    known = GREY.train_images[over]

    def check(images: NDArray[np.float32], pixels: makers.Bytes) -> None:
        assert images.dtype == np.float32
        np.testing.assert_allclose(images, by_hand(pixels, known), rtol=1e-6, atol=1e-6)

    check(data.train_images.numpy(), GREY.train_images[trained])
    if data.test_images is None:
        check(data.val_images.numpy(), GREY.test_images)
    else:
        count = settings["validation_count"]
        rows = slice(0, count) if settings["validation"] == "first" else slice(12 - count, 12)
        check(data.val_images.numpy(), GREY.train_images[rows])
        check(data.test_images.numpy(), GREY.test_images)
    assert data.train_images.is_contiguous()


def test_images_trained_on_have_mean_0_and_sd_1_in_every_pixel_that_varies(tmp_path: Path) -> None:
    images = load(DataConfig(name="digits", scale="standardized", train_limit=300), tmp_path).train_images.double()
    mean, sd = images.mean(0), images.std(0, correction=0)
    varies = images.amax(0) > images.amin(0)
    assert mean.abs().max() < 1e-6
    assert (sd[varies] - 1).abs().max() < 1e-6
    assert not varies.all()
    assert (images[:, ~varies] == 0).all()


def test_a_pixel_that_never_varies_only_loses_its_mean(mnist: Path) -> None:
    data = load(DataConfig(name="mnist", scale="standardized"), mnist)
    assert (data.train_images[:, 0, 0, 0] == 0).all()
    expected = (GREY.test_images[:, 0, 0, 0].astype(np.float64) - 200) / 255
    np.testing.assert_allclose(data.val_images[:, 0, 0, 0].numpy(), expected, rtol=1e-6)


def test_one_image_has_no_deviation_at_all(mnist: Path) -> None:
    data = load(DataConfig(name="mnist", scale="standardized", train_limit=1), mnist)
    assert (data.train_images == 0).all()
    expected = (GREY.test_images.astype(np.float64) - GREY.train_images[:1]) / 255
    np.testing.assert_allclose(data.val_images.numpy(), expected, rtol=1e-6)
