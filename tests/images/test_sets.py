import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convatlas.errors import RenderError
from convatlas.images import scan as scanning
from convatlas.images.decode import Undecodable, from_item
from support.photos import Memo, failure, names, opened, save


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.jpg", "c/x.png", "c/d/y.webp"):
        save(tmp_path / "photos" / name)
    return tmp_path


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
    monkeypatch.setattr(scanning, "decode_file", lambda *data: (seen.append(1), real(*data))[1])
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


def test_another_content_of_the_same_size_and_time_is_seen(folder):
    memo, file = Memo(), folder / "photos" / "b.png"
    save(file, (1, 2, 3))
    first, before = opened(folder, memo).facts, file.stat()
    save(file, (3, 2, 1))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert opened(folder, memo).facts.fingerprint != first.fingerprint


def test_another_pillow_judges_for_itself(folder, monkeypatch):
    seen, memo = count_decodings(monkeypatch), Memo()
    opened(folder, memo)
    monkeypatch.setattr(scanning.PIL, "__version__", "99")
    opened(folder, memo)
    assert len(seen) == 8


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
    with pytest.raises(RenderError, match=r"photos: a.jpg cannot be read \(No such file") as caught:
        photos.picture(0)
    assert str(folder) not in str(caught.value)


def test_a_set_of_nothing_but_broken_files_is_an_error(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    message = failure(tmp_path)
    assert "images[0].source: not a single image can be used (a.jpg: not a picture" in message


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

class Nothing(Digits):
    def __getitem__(self, index):
        return None

class Endless(Digits):
    def __len__(self):
        return 10 ** 9

class Breaks:
    def __iter__(self):
        yield Image.new("L", (5, 4), 0), 0
        raise OSError("cut off")

def parts():
    return {"train": Digits(), "test": Digits()}

def number():
    return 3

class OneBad(Digits):
    def __getitem__(self, index):
        if index == 2:
            raise OSError("image file is truncated")
        return super().__getitem__(index)

class Short(Digits):
    def __getitem__(self, index):
        return [super(Short, self).__getitem__(each) for each in range(3)][index]

class Restless(Digits):
    seen = 0
    def __getitem__(self, index):
        Restless.seen += 1
        return Image.new("L", (5, 4), Restless.seen), index

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


def test_private_classes_of_a_data_set(code):
    digits = opened(code, source="mysets:Digits", labels="none")
    assert {(image.label, image.target) for image in digits.facts.images} == {(None, None)}


def test_arrays_and_text_labels(code):
    arrays = opened(code, source="mysets:Arrays")
    assert arrays.facts.images[1].label == "word"
    assert arrays.picture(3).getpixel((0, 0)) == (77, 77, 77)


def test_pictures_that_are_never_the_same_are_told(code):
    restless = opened(code, source="mysets:Restless")
    with pytest.raises(RenderError, match="image 2 is another picture than before; let the data"):
        restless.picture(2)


def test_items_that_cannot_be_used_are_left_out(code):
    facts = opened(code, source="mysets:Normalised").facts
    assert [name for name, _ in facts.left_out] == ["0", "3"]
    assert "return the picture before normalisation" in facts.left_out[0][1]
    same = opened(code, source="mysets:Same").facts
    assert same.left_out[0] == ("1", "same content as 0")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mysets:Broken", "0: raised RuntimeError (no disk) in mysets.py, line 24; 1: raised"),
        ("mysets:Nothing", "(0: no picture but NoneType; return (picture, class); 1: no picture"),
        ("mysets:parts", "gives a mapping (train, test); let it return one data set of it"),
        ("mysets:number", "gives int, which is no data set; give it `__len__` and `__getitem__`"),
        ("mysets:Endless", "has 1,000,000,000 items, more than 10,000,000; return a part"),
        ("mysets:Breaks", "raised OSError (cut off) in mysets.py, line"),
        ("mysets:Digit", "mysets has no 'Digit'; did you mean 'Digits'?"),
        ("nowhere_at_all:X", "there is no module nowhere_at_all; install it"),
        ("torchvision/CIFAR1", "torchvision has no data set 'CIFAR1'; did you mean 'CIFAR10'"),
        ("torchvision/CIFAR10", "root"),
    ],
)
def test_data_sets_that_cannot_be_opened(code, source, expected):
    assert expected in failure(code, source=source)


def test_a_picture_alone_has_no_class(code):
    assert [i.label for i in opened(code, source="mysets:Single").facts.images] == [None] * 4


@pytest.mark.parametrize(
    ("source", "bad", "reason"),
    [
        ("mysets:OneBad", "2", "raised OSError (image file is truncated) in mysets.py, line"),
        ("mysets:Short", "3", "raised IndexError (list index out of range) in mysets.py, line"),
    ],
)
def test_an_item_that_raises_is_left_out_and_named(code, source, bad, reason):
    facts = opened(code, source=source).facts
    ((name, why),) = facts.left_out
    assert (name, len(facts.images)) == (bad, 3)
    assert why.startswith(reason)
    assert "correct the code" not in why


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
    with pytest.raises(Undecodable, match=r"shape \[2, 4, 5\]"):
        from_item(torch.zeros(2, 4, 5))
    half = from_item(torch.full((4, 5, 3), 0.5, dtype=torch.bfloat16))
    assert (half.size, half.getpixel((0, 0))) == ((5, 4), (128, 128, 128))


@pytest.mark.parametrize(
    "shape", [(4, 5), (4, 5, 1), (1, 4, 5), (4, 5, 3), (3, 4, 5), (1, 3, 4, 5)]
)
def test_arrays_of_either_order_are_pictures(shape):
    values = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    picture = from_item(values)
    planes = values.reshape(shape[-3:]) if len(shape) == 4 else values
    if len(shape) > 2 and planes.shape[2] not in (1, 3):
        planes = planes.transpose(1, 2, 0)
    assert picture.size == (5, 4)
    assert np.array_equal(np.asarray(picture), planes.squeeze())


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (np.zeros((4, 5, 4), np.uint8), "4 channels; return 3, or a Pillow image"),
        (np.full((4, 5), 200.0), "floats up to 255; divide them by 255, or return integers"),
        (np.full((4, 5), -1.0), "values outside 0 to 1; return the picture before normalisation"),
        (np.full((4, 5), np.nan), "values outside 0 to 1"),
        (np.zeros((4, 5), complex), "values of type complex128 are no colours"),
        (np.zeros((2, 4, 5, 3)), "a batch of 2 pictures; return one picture an item"),
        (np.zeros((1000, 5, 3)), "one side is more than 100 times the other"),
        ([[1, 2], [3]], "no picture but list"),
    ],
)
def test_what_is_no_picture_is_told(item, reason):
    with pytest.raises(Undecodable) as caught:
        from_item(item)
    assert reason in str(caught.value)


def test_folders_need_no_torch(folder):
    script = (
        "import sys, convatlas.images.sets, convatlas.images.codecs.registry\n"
        "import convatlas.config.read\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
