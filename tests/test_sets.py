import contextlib
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convatlas.config.read import parse
from convatlas.errors import ConfigError, RenderError
from convatlas.images import scan as scanning
from convatlas.images.decode import Undecodable, decode_file, from_item
from convatlas.images.labels import Label, read_labels
from convatlas.images.sets import open_set


class Memo(dict):
    def put(self, key, value):
        self[key] = json.loads(json.dumps(value))


def opened(folder, memo=None, source="folder:photos", **more):
    entry = {"name": "photos", "source": source, **more}
    data = {"models": [{"name": "a", "source": "torchvision/alexnet"}], "images": [entry]}
    configuration = parse(json.dumps(data), folder / "atlas.yaml", {})
    return open_set(configuration.atlas.images[0], configuration, Memo() if memo is None else memo)


def failure(folder, **settings):
    with pytest.raises(ConfigError) as caught:
        opened(folder, **settings)
    return str(caught.value)


def save(path, colour=None, size=(6, 5), mode="RGB", **options):
    """A picture whose content depends on its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = random.Random(path.as_posix().rpartition("photos")[2])
    colour = colour or tuple(seed.randrange(256) for _ in range(3))
    Image.new("RGB", size, colour).convert(mode).save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.jpg", "c/x.png", "c/d/y.webp"):
        save(tmp_path / "photos" / name)
    return tmp_path


def names(opened_set):
    return [image.name for image in opened_set.facts.images]


def test_files_come_in_the_order_of_their_paths(folder):
    assert names(opened(folder)) == ["a.jpg", "b.png", "c/d/y.webp", "c/x.png"]


def test_an_image_is_known_by_its_content(folder):
    facts = opened(folder).facts
    for image in facts.images:
        data = (folder / "photos" / image.name).read_bytes()
        assert image.id == hashlib.sha256(data).hexdigest()[:12]


def test_pictures_are_those_of_the_files(folder):
    photos = opened(folder)
    for index, image in enumerate(photos.facts.images):
        with Image.open(folder / "photos" / image.name) as expected:
            assert np.array_equal(photos.picture(index), expected.convert("RGB"))


def test_class_folders_are_labels(folder):
    save(folder / "photos" / "bees" / "1.png")
    labels = {image.name: (image.label, image.target) for image in opened(folder).facts.images}
    assert labels["bees/1.png"] == ("bees", 0)
    assert labels["c/d/y.webp"] == ("c", 1)
    assert labels["a.jpg"] == (None, None)


def test_other_files_and_hidden_ones_are_passed_over(folder):
    (folder / "photos" / "notes.txt").write_text("x")
    (folder / "photos" / "labels.json").write_text('{"classes": []}')
    save(folder / "photos" / ".hidden.png")
    save(folder / "photos" / ".git" / "z.png")
    photos = opened(folder)
    assert len(photos.facts.images) == 4
    assert photos.facts.left_out == ()


def test_the_same_content_is_taken_once(folder):
    (folder / "photos" / "z.png").write_bytes((folder / "photos" / "b.png").read_bytes())
    photos = opened(folder)
    assert photos.facts.left_out == (("z.png", "same content as b.png"),)
    assert names(photos) == ["a.jpg", "b.png", "c/d/y.webp", "c/x.png"]


def test_links_in_a_circle_end(folder):
    (folder / "photos" / "c" / "again").symlink_to(folder / "photos")
    (folder / "photos" / "gone.png").symlink_to(folder / "gone")
    assert len(opened(folder).facts.images) == 4


def test_a_linked_folder_is_followed(folder, tmp_path):
    save(tmp_path / "elsewhere" / "q.png")
    (folder / "photos" / "more").symlink_to(tmp_path / "elsewhere")
    assert "more/q.png" in names(opened(folder))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only Unicode names")
def test_a_name_that_is_no_text_is_left_out(folder):
    os.link(folder / "photos" / "a.jpg", os.fsencode(folder / "photos") + b"/\xff.jpg")
    assert opened(folder).facts.left_out == (
        ("\\udcff.jpg", "the file's name is no valid Unicode"),
    )


def test_the_fingerprint_covers_content_and_labels_but_no_names(folder):
    first = opened(folder).facts.fingerprint
    (folder / "photos" / "a.jpg").rename(folder / "photos" / "a2.jpg")
    assert opened(folder).facts.fingerprint == first
    (folder / "photos" / "c").rename(folder / "photos" / "k")
    relabelled = opened(folder).facts.fingerprint
    assert relabelled != first
    save(folder / "photos" / "b.png", (1, 2, 3))
    assert opened(folder).facts.fingerprint not in (first, relabelled)


def count_decodings(monkeypatch):
    seen = []
    real = scanning.decode_file
    monkeypatch.setattr(scanning, "decode_file", lambda data: (seen.append(1), real(data))[1])
    return seen


def test_what_has_not_changed_is_neither_read_nor_decoded_again(folder, monkeypatch):
    seen, memo = count_decodings(monkeypatch), Memo()
    first = opened(folder, memo).facts
    assert len(seen) == 4
    kept = dict(memo)
    monkeypatch.setattr(Memo, "put", None)
    assert opened(folder, memo).facts == first
    assert len(seen) == 4
    assert dict(memo) == kept


def test_a_renamed_or_touched_file_is_not_decoded_again(folder, monkeypatch):
    seen, memo = count_decodings(monkeypatch), Memo()
    opened(folder, memo)
    (folder / "photos" / "b.png").rename(folder / "photos" / "n.png")
    os.utime(folder / "photos" / "a.jpg", (1, 1))
    opened(folder, memo)
    assert len(seen) == 4
    save(folder / "photos" / "n.png", (9, 9, 9))
    opened(folder, memo)
    assert len(seen) == 5


def test_the_memo_forgets_files_that_are_gone(folder):
    memo = Memo()
    opened(folder, memo)
    (folder / "photos" / "b.png").unlink()
    opened(folder, memo)
    assert [len(entry["files"]) for entry in memo.values()] == [3]


def test_what_cannot_be_read_is_tried_again(folder, monkeypatch):
    memo, real = Memo(), Path.read_bytes

    def failing(path):
        if path.name == "b.png":
            raise PermissionError(13, "Permission denied")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", failing)
        facts = opened(folder, memo).facts
    assert facts.left_out == (("b.png", "cannot be read (Permission denied)"),)
    assert opened(folder, memo).facts.left_out == ()


def test_what_cannot_be_used_is_remembered_too(folder, monkeypatch):
    (folder / "photos" / "broken.png").write_bytes(b"x")
    seen, memo = count_decodings(monkeypatch), Memo()
    first = opened(folder, memo).facts
    assert opened(folder, memo).facts == first
    assert (len(first.left_out), len(seen)) == (1, 5)


def test_a_file_that_changes_meanwhile_is_told(folder):
    photos = opened(folder)
    save(folder / "photos" / "a.jpg", (7, 7, 7))
    with pytest.raises(RenderError, match=r"photos: a.jpg has changed meanwhile"):
        photos.picture(0)
    (folder / "photos" / "a.jpg").unlink()
    with pytest.raises(RenderError, match=r"photos: a.jpg cannot be read"):
        photos.picture(0)


def bytes_of(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


RED = Image.new("RGB", (20, 10), (255, 0, 0))
SIXTEEN = Image.fromarray(np.full((4, 4), 0xABCD, np.uint16))
CLEAR = Image.new("RGBA", (4, 4), (0, 0, 0, 0))


def odd_files():
    """Odd files that can be used, with the size and one pixel of what they should be read as."""
    turned = Image.Exif()
    turned[0x0112] = 6
    frames = [Image.new("P", (4, 4), index) for index in (1, 2)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 10, 20, 30, 200, 200, 200])
    clear_palette = Image.new("P", (4, 4), 1)
    clear_palette.putpalette([0, 0, 0, 9, 9, 9])
    half = Image.new("LA", (4, 4), (0, 128))
    return {
        "plain.png": (bytes_of(RED, "PNG"), (20, 10), (255, 0, 0)),
        "turned.png": (bytes_of(RED, "PNG", exif=turned), (10, 20), (255, 0, 0)),
        "grey.png": (bytes_of(RED.convert("L"), "PNG"), (20, 10), 76),
        "bits.png": (bytes_of(Image.new("1", (4, 4), 1), "PNG"), (4, 4), 255),
        "sixteen.png": (bytes_of(SIXTEEN, "PNG"), (4, 4), 0xAB),
        "sixteen.tif": (bytes_of(SIXTEEN, "TIFF"), (4, 4), 0xAB),
        "cmyk.jpg": (bytes_of(Image.new("CMYK", (4, 4)), "JPEG"), (4, 4), (255, 255, 255)),
        "cmyk.tif": (bytes_of(Image.new("CMYK", (4, 4)), "TIFF"), (4, 4), (255, 255, 255)),
        "clear.png": (bytes_of(CLEAR, "PNG"), (4, 4), (255, 255, 255)),
        "clear.webp": (bytes_of(CLEAR, "WEBP"), (4, 4), (255, 255, 255)),
        "half.png": (bytes_of(half, "PNG"), (4, 4), (127, 127, 127)),
        "palette.png": (bytes_of(frames[0], "PNG"), (4, 4), (10, 20, 30)),
        "clear-palette.png": (
            bytes_of(clear_palette, "PNG", transparency=1),
            (4, 4),
            (255, 255, 255),
        ),
        "clear-palette-bytes.png": (
            bytes_of(clear_palette, "PNG", transparency=b"\x80\x00"),
            (4, 4),
            (255, 255, 255),
        ),
        "moving.gif": (
            bytes_of(frames[0], "GIF", save_all=True, append_images=frames[1:]),
            (4, 4),
            (10, 20, 30),
        ),
        "one.bmp": (bytes_of(Image.new("RGB", (1, 1), (1, 2, 3)), "BMP"), (1, 1), (1, 2, 3)),
        "wrong-suffix.jpg": (bytes_of(RED, "PNG"), (20, 10), (255, 0, 0)),
        "grey.pgm": (b"P5 2 2 255\n\x01\x02\x03\x04", (2, 2), 1),
    }


def broken_files():
    """Files that cannot be used, with words of the reason."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    jpeg, png = (bytes_of(Image.fromarray(noise), kind) for kind in ("JPEG", "PNG"))
    broken_chunk = png[:60] + bytes(20) + png[80:]
    bomb = b"P5 20000 20000 255\n"
    return {
        "empty.jpg": (b"", "the file is empty"),
        "text.jpg": (b"hello", "not a picture that Pillow can read"),
        "page.png": (b"<html></html>", "not a picture that Pillow can read"),
        "truncated.jpg": (jpeg[: len(jpeg) // 2], "truncated"),
        "truncated.png": (png[: len(png) // 2], "damaged"),
        "broken.png": (broken_chunk, "damaged"),
        "head.gif": (b"GIF89a", "damaged|not a picture"),
        "bomb.pgm": (bomb, "more than .* pixels"),
        "float.tif": (bytes_of(Image.new("F", (4, 4)), "TIFF"), "no agreed range"),
        "deep.tif": (bytes_of(Image.new("I", (4, 4), 1 << 20), "TIFF"), "no agreed range"),
    }


def test_a_corpus_of_odd_files(tmp_path):
    good, bad = odd_files(), broken_files()
    (tmp_path / "photos").mkdir()
    for name, (data, *_) in {**good, **bad}.items():
        (tmp_path / "photos" / name).write_bytes(data)
    photos = opened(tmp_path)
    duplicates = {"wrong-suffix.jpg"}
    assert set(names(photos)) == set(good) - duplicates
    left_out = dict(photos.facts.left_out)
    assert set(left_out) == set(bad) | duplicates
    for index, name in enumerate(names(photos)):
        picture, (_, size, pixel) = photos.picture(index), good[name]
        assert (picture.size, picture.getpixel((0, 0))) == (size, pixel), name
        assert picture.mode in ("RGB", "L")


@pytest.mark.parametrize("name", broken_files())
def test_the_reason_is_told_without_addresses_or_paths(name):
    data, words = broken_files()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Undecodable, match=words) as caught:
            decode_file(data)
    assert "0x" not in str(caught.value)
    assert "/" not in str(caught.value)


SEEDS = [data for data, *_ in odd_files().values()]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_damage_of_any_kind_is_no_crash(seed, data):
    damaged = bytearray(seed[: data.draw(st.integers(1, len(seed)))])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(Undecodable):
            assert decode_file(bytes(damaged)).mode in ("RGB", "L")


def test_a_set_of_nothing_but_broken_files_is_an_error(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    message = failure(tmp_path)
    assert "images[0].source: not a single image can be used (a.jpg: not a picture" in message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.json", '{"a.jpg": "x", "b.png": {"index": 3, "name": "y", "wnid": "n1"}}'),
        ("l.json", '{"source": 1, "files": {"a.jpg": "x", "b.png": {"name": "y", "index": 3}}}'),
        ("l.csv", "file,label,index\na.jpg,x,\nb.png,y,3\n"),
        ("l.csv", "\ufefffile,label,index,more\r\n./a.jpg,x,,1\r\nb.png,y,3,\r\n"),
    ],
)
def test_labels_come_from_files(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8", newline="")
    facts = opened(folder, labels=name).facts
    assert [(image.label, image.target) for image in facts.images[:2]] == [("x", None), ("y", 3)]
    assert facts.images[2].label is None


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("l.json", "{", "l.json is not JSON"),
        ("l.json", "[]", 'names no file; write {"file.jpg": "label", ...}'),
        ("l.json", "{}", "names no file"),
        ("l.json", '{"files": {}}', "names no file"),
        ("l.json", '{"source": "x", "classes": ["a"]}', "lists classes but no files"),
        ("l.json", '{"a.jpg": 3}', "gives 'a.jpg' no label that can be read"),
        ("l.json", '{"a.jpg": {"index": -1}}', "gives 'a.jpg' no label"),
        ("l.json", '{"a.jpg": {}}', "gives 'a.jpg' no label"),
        ("l.json", '{"z.jpg": "x"}', "names none of the set's files; it has 'z.jpg'"),
        ("l.csv", "a.jpg,x\n", "begin with: file,label"),
        ("l.csv", "", "begin with: file,label"),
        ("l.csv", "file,label\na.jpg\n", "lacks a file or label in line 2"),
        ("l.csv", "file,label,index\na.jpg,x,two\n", "has the index 'two' in line 2"),
        ("l.csv", 'file,label\n"a.jpg', "lacks a file or label|is not CSV"),
    ],
)
def test_labels_that_cannot_be_read_are_told(folder, name, text, expected):
    (folder / name).write_text(text)
    message = failure(folder, labels=name)
    assert "images[0].labels: " in message
    assert any(words in message for words in expected.split("|")), message


def test_labels_that_are_not_utf8(folder):
    (folder / "l.csv").write_bytes(b"file,label\na.jpg,\xff\n")
    assert "is not UTF-8 text" in failure(folder, labels="l.csv")


DATASET = """
import numpy as np
from PIL import Image

class Digits:
    classes = ["zero", "one"]
    def __init__(self, count=4):
        self.count = count
    def __len__(self):
        return self.count
    def __getitem__(self, index):
        return Image.new("L", (5, 4), index), np.int64(index % 2)

class Arrays(Digits):
    def __getitem__(self, index):
        return np.full((4, 5, 3), index / 10, np.float32), "word"

class Normalised(Digits):
    def __getitem__(self, index):
        return np.full((4, 5, 3), index - 1.0), index

class Broken(Digits):
    def __getitem__(self, index):
        raise RuntimeError("no disk")

class Single(Digits):
    def __getitem__(self, index):
        return Image.new("L", (5, 4), index)

class Same(Digits):
    def __getitem__(self, index):
        return Image.new("L", (5, 4), 0), index
"""


@pytest.fixture
def code(tmp_path):
    (tmp_path / "mysets.py").write_text(DATASET)
    yield tmp_path
    sys.modules.pop("mysets", None)


@pytest.mark.parametrize("prefix", ["mysets", "mysets.py"])
def test_a_data_set_from_code(code, prefix):
    digits = opened(code, source=f"{prefix}:Digits", arguments={"count": 3})
    assert [(i.name, i.label, i.target) for i in digits.facts.images] == [
        ("0", "zero", 0),
        ("1", "one", 1),
        ("2", "zero", 0),
    ]
    assert digits.picture(2).getpixel((0, 0)) == 2


def test_arrays_and_text_labels(code):
    arrays = opened(code, source="mysets:Arrays")
    assert arrays.facts.images[1].label == "word"
    assert arrays.picture(3).getpixel((0, 0)) == (77, 77, 77)


def test_items_that_cannot_be_used_are_left_out(code):
    facts = opened(code, source="mysets:Normalised").facts
    assert [name for name, _ in facts.left_out] == ["0", "3"]
    assert "return the picture before normalisation" in facts.left_out[0][1]
    same = opened(code, source="mysets:Same").facts
    assert same.left_out[0] == ("1", "same content as 0")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mysets:Broken", "raised RuntimeError (no disk) in mysets.py, line 24"),
        ("mysets:Single", "item 0 is Image, no pair; return (image, target)"),
        ("mysets:Digit", "mysets has no 'Digit'; did you mean 'Digits'?"),
        ("nowhere_at_all:X", "there is no module nowhere_at_all; install it"),
        ("torchvision/CIFAR1", "torchvision has no data set 'CIFAR1'; did you mean 'CIFAR10'"),
        ("torchvision/CIFAR10", "root"),
    ],
)
def test_data_sets_that_cannot_be_opened(code, source, expected):
    assert expected in failure(code, source=source)


def test_torchvision_data_sets_look_for_their_root_beside_the_file(folder):
    photos = opened(folder, source="torchvision/ImageFolder", arguments={"root": "photos"})
    assert [image.label for image in photos.facts.images] == ["c", "c"]
    message = failure(folder, source="torchvision/CIFAR10", arguments={"root": "photos"})
    assert "Dataset not found" in message


def test_tensors_are_pictures():
    torch = pytest.importorskip("torch")
    tensor = torch.zeros(3, 4, 5)
    tensor[0] = 1
    picture = from_item(tensor)
    assert (picture.size, picture.getpixel((0, 0))) == ((5, 4), (255, 0, 0))
    assert from_item(torch.full((1, 4, 5), 7, dtype=torch.uint8)).mode == "L"
    with pytest.raises(Undecodable, match=r"shape \[4, 5, 2\]"):
        from_item(torch.zeros(2, 4, 5))


def test_folders_need_no_torch(folder):
    script = (
        "import sys, convatlas.images.sets, convatlas.images.encode, convatlas.config.read\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_real_pictures_and_their_labels(real_data, tmp_path):
    sample = real_data / "images" / "imagenet-1k-sample"
    labels = read_labels(sample / "labels.json")
    assert labels["n01440764_tench.JPEG"] == Label("tench", 0)
    memo, source = Memo(), f"folder:{sample}"
    facts = opened(tmp_path, memo, source, labels=str(sample / "labels.json")).facts
    assert len(facts.images) == 1000
    assert facts.left_out == ()
    assert [image.target for image in facts.images] == list(range(1000))
    cranes = {image.target for image in facts.images if image.label == "crane"}
    assert cranes == {134, 517}
    again = opened(tmp_path, memo, source, labels=str(sample / "labels.json")).facts
    assert again == facts
