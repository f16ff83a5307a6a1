"""Folders of images of a person's own, and texts: what becomes of them, and what is refused, with which words."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.own_data import load, refused

SIZE = "data.size = 4"
NEXT = 'task.name = "next_token"'


def picture(file: Path, value: int = 0, size: tuple[int, int] = (4, 4)) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), (value, 10, 20), np.uint8)).save(file)


def pictures(folder: Path, *classes: str) -> None:
    for kind in classes:
        for number in range(3):
            picture(folder / kind / f"{number}.png", 50 * number)


def test_a_folder_is_a_class_and_pixels_become_shares(tmp_path: Path) -> None:
    pictures(tmp_path / "im" / "train", "cat", "dog")
    pictures(tmp_path / "im" / "test", "dog")
    data = load(tmp_path, "im/", SIZE)
    assert data.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.val_labels.tolist() == [1, 1, 1]
    assert data.train_images.shape == (6, 3, 4, 4)
    np.testing.assert_allclose(data.train_images[2, :, 0, 0].numpy(), np.array([100, 10, 20]) / 255, atol=1e-6)


def test_images_are_scaled_by_their_shorter_side_and_cut_about_their_middle(tmp_path: Path) -> None:
    pictures(tmp_path / "im", "cat", "dog")
    pixels = np.zeros((4, 12, 3), np.uint8)
    pixels[:, 4:8] = 200
    Image.fromarray(pixels).save(tmp_path / "im" / "cat" / "0.png")
    data = load(tmp_path, "im/", SIZE, 'data.test = "im"', "data.colour = false")
    assert data.train_images.shape == (6, 1, 4, 4)
    np.testing.assert_allclose(data.train_images[0].numpy(), 200 / 255, atol=1e-6)


def test_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    pictures(tmp_path / "im", "cat", "dog")
    Image.fromarray(np.full((4, 4), 0x8000, np.uint16)).save(tmp_path / "im" / "cat" / "0.png")
    data = load(tmp_path, "im/", SIZE, 'data.test = "im"')
    np.testing.assert_allclose(data.train_images[0].numpy(), 128 / 255, atol=1e-6)


def test_train_alone_is_split_by_share(tmp_path: Path) -> None:
    pictures(tmp_path / "im" / "train", "cat", "dog")
    assert load(tmp_path, "im/", SIZE, "data.test_share = 0.2").classes == 2


def test_folders_that_cannot_be_learned(tmp_path: Path) -> None:
    folder = tmp_path / "im"
    assert "data.name: no such folder" in refused(tmp_path, "im/", SIZE)
    folder.write_text("a file")
    assert "no such folder" in refused(tmp_path, "im/", SIZE)
    folder.unlink()
    folder.mkdir()
    assert "im has no folders in it; expected is a folder for each class" in refused(tmp_path, "im/", SIZE)
    pictures(folder, "cat")
    assert "has one class only, cat" in refused(tmp_path, "im/", SIZE)
    assert "data.size: missing" in refused(tmp_path, "im/")
    (folder / "emu").mkdir()
    assert "im has no image in emu" in refused(tmp_path, "im/", SIZE)
    pictures(folder, "emu")
    for content in (b"", b"no image", (folder / "cat" / "0.png").read_bytes()[:-30]):
        (folder / "cat" / "1.png").write_bytes(content)
        assert "im/cat/1.png does not decode as an image" in refused(tmp_path, "im/", SIZE)
    picture(folder / "cat" / "1.png")
    pictures(tmp_path / "more", "cat", "fox")
    message = refused(tmp_path, "im/", SIZE, 'data.test = "more"')
    assert "has classes that" in message
    assert "fox" in message


def test_a_class_with_a_strange_name(tmp_path: Path) -> None:
    pictures(tmp_path / "im", "c\x1b[31mat", "d\udcff", "emu")
    (tmp_path / "im" / "emu" / "0.png").write_bytes(b"no")
    assert "emu/0.png" in refused(tmp_path, "im/", SIZE)
    picture(tmp_path / "im" / "emu" / "0.png")
    found = load(tmp_path, "im/", SIZE, 'data.test = "im"').fingerprint.found
    assert found is not None
    assert [name.encode() for name in found["labels"]] == [b"c\x1b[31mat", rb"d\xff", b"emu"]


@pytest.mark.parametrize("tokens", ["characters", "bytes"])
def test_every_token_has_the_one_behind_it_as_its_label(tmp_path: Path, tokens: str) -> None:
    text = "the quick brown fox. " * 6
    (tmp_path / "t.txt").write_text(text)
    data = load(tmp_path, "t.txt", NEXT, "data.context = 10", f'data.tokens = "{tokens}"')
    rows = (len(text) - 1) // 10
    known = sorted(set(text)) if tokens == "characters" else [chr(byte) for byte in range(256)]
    numbers = np.array([known.index(one) for one in text])
    whole = np.concatenate([data.train_images.numpy(), data.val_images.numpy()])
    labels = np.concatenate([data.train_labels.numpy(), data.val_labels.numpy()])
    assert whole.tolist() == numbers[: rows * 10].reshape(rows, 10).tolist()
    assert labels.tolist() == numbers[1 : rows * 10 + 1].reshape(rows, 10).tolist()
    assert data.classes == len(known)
    assert data.fingerprint.found is not None
    assert data.fingerprint.found["nothing"] == pytest.approx(np.log(len(known)))


@pytest.mark.parametrize(
    ("content", "keys", "said"),
    [
        (b"", (), "has 0 characters: too short for data.context = 64"),
        (b"abcdefghij" * 2, ("data.context = 10",), "has 20 characters: too short"),
        (b"a" * 900, (), "has one character only, 'a'"),
        ("café\n".encode("latin-1") * 90, (), "t.txt:1: is not UTF-8 text"),
        (b"some text " * 90, ('data.scale = "unit"',), "a text has nothing to scale"),
        (b"some text " * 90, ('data.test = "short.txt"',), "short.txt has 3 characters: too short"),
        (b"some text " * 90, ('task.name = "classification"',), "t.txt is for next_token"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_texts_that_cannot_be_learned(tmp_path: Path, content: bytes, keys: tuple[str, ...], said: str) -> None:
    (tmp_path / "t.txt").write_bytes(content)
    (tmp_path / "short.txt").write_text("abc")
    keys = keys if any("task" in key for key in keys) else (*keys, NEXT)
    assert said in refused(tmp_path, "t.txt", *keys)
