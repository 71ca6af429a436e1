"""The labels of an image set: from a file that is named, one that is found, or class folders."""

import json
import logging
import os
import unicodedata

import pytest

from convatlas.config.sources import is_file
from convatlas.images.labels import Given, Label, from_folders, read_labels
from support.photos import Memo, failure, names, opened, save


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.jpg", "c/x.png", "c/d/y.webp"):
        save(tmp_path / "photos" / name)
    return tmp_path


@pytest.fixture
def classes(tmp_path):
    """A set of four class folders."""
    for name in ("ant", "bee", "cat", "dog"):
        save(tmp_path / "photos" / name / f"{name}.png")
    return tmp_path


def labels_of(opened_set):
    return {image.name: (image.label, image.target) for image in opened_set.facts.images}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.json", '{"a.jpg": "x", "b.png": {"index": 3, "name": "y", "wnid": "n1"}}'),
        ("l.json", '{"source": 1, "files": {"a.jpg": "x", "b.png": {"name": "y", "index": 3}}}'),
        ("l.csv", "file,label,index\na.jpg,x,\nb.png,y,3\n"),
        ("l.csv", "File, LABEL ,Index\r\na.jpg,x,\r\nb.png,y,3\r\n"),
        ("l.csv", "index,label,file\n,x,a.jpg\n3,y,b.png\n"),
        ("l.csv", 'file,label,index\n"a.jpg","x",\n"b.png"," y ", 3\n'),
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
        ("l.json", '{"a.jpg": ""}', "gives 'a.jpg' no label"),
        ("l.json", '{"classes": []}', "lists classes that are no names"),
        ("l.json", '{"classes": ["c", 3]}', "lists classes that are no names"),
        ("l.json", '{"classes": ["c", "d", "c"]}', "lists the class 'c' twice"),
        ("l.json", '{"classes": ["a"]}', "it has the class 'a', the set the folder 'c'"),
        ("l.json", '{"a.jpg": 3}', "gives 'a.jpg' no label that can be read"),
        ("l.json", '{"a.jpg": {"index": -1}}', "gives 'a.jpg' no label"),
        ("l.json", '{"a.jpg": {}}', "gives 'a.jpg' no label"),
        ("l.json", '{"z.jpg": "x"}', "names none of the set's files; it has 'z.jpg'"),
        ("l.csv", "a.jpg,x\n", "begin with: file,label"),
        ("l.csv", "", "begin with: file,label"),
        (
            "l.csv",
            "file;label\na.jpg;x\n",
            "has semicolons between its columns; save it with commas",
        ),
        ("l.csv", "File\tLabel\na.jpg\tx\n", "has tabs between its columns"),
        ("l.csv", "file,label\na.jpg,a, b\n", 'write a label with a comma in quotes: "a, b"'),
        ("l.csv", "file,label\na.jpg, \n", "lacks a file or label in line 2"),
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


def test_a_comma_in_a_label(folder):
    (folder / "l.csv").write_text('file,label\na.jpg,"tench, Tinca tinca"\n')
    assert labels_of(opened(folder, labels="l.csv"))["a.jpg"] == ("tench, Tinca tinca", None)


CIFAR = {"source": "somewhere", "classes": ["dog", "bee"]}


def test_the_order_of_the_class_folders(classes):
    (classes / "order.json").write_text(json.dumps(CIFAR))
    assert labels_of(opened(classes, labels="order.json")) == {
        "ant/ant.png": ("ant", 2),
        "bee/bee.png": ("bee", 1),
        "cat/cat.png": ("cat", 3),
        "dog/dog.png": ("dog", 0),
    }


def test_classes_without_a_folder_keep_their_index():
    labels = from_folders(["b/1.png", "x/1.png", "1.png"], ["a", "b", "c"])
    assert labels == {"b/1.png": Label("b", 1), "x/1.png": Label("x", 3)}


def test_classes_of_a_set_without_folders(tmp_path):
    save(tmp_path / "photos" / "a.png")
    (tmp_path / "l.json").write_text(json.dumps(CIFAR))
    assert "where no file of the set lies in a folder" in failure(tmp_path, labels="l.json")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("labels.json", '{"dog/dog.png": {"index": 5, "name": "hound"}}', ("hound", 5)),
        ("labels.json", json.dumps(CIFAR), ("dog", 0)),
        ("labels.csv", "file,label,index\ndog/dog.png,hound,5\n", ("hound", 5)),
    ],
)
def test_labels_in_the_folder_are_found(classes, name, text, expected):
    assert labels_of(opened(classes))["dog/dog.png"] == ("dog", 3)
    (classes / "photos" / name).write_text(text)
    assert labels_of(opened(classes))["dog/dog.png"] == expected


def test_json_is_found_before_csv_and_what_is_named_before_both(classes):
    for name, label in (("labels.json", "from json"), ("l.json", "named")):
        (classes / "photos" / name).write_text(json.dumps({"dog/dog.png": label}))
    (classes / "photos" / "labels.csv").write_text("file,label\ndog/dog.png,from csv\n")
    assert labels_of(opened(classes))["dog/dog.png"][0] == "from json"
    named = opened(classes, labels="photos/l.json")
    assert labels_of(named)["dog/dog.png"][0] == "named"
    (classes / "photos" / "labels.json").unlink()
    assert labels_of(opened(classes))["dog/dog.png"][0] == "from csv"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("labels.json", "{", "is not JSON"),
        ("labels.json", '{"images": [1], "annotations": []}', "gives 'images' no label"),
        ("labels.json", '{"elsewhere.png": "x"}', "names none of the set's files"),
        ("labels.json", '{"classes": ["zebra"]}', "it has the class 'zebra'"),
        ("labels.json", "\udcff", "is not UTF-8 text"),
        ("labels.csv", "a;b\n", "lacks its first line"),
    ],
)
def test_what_is_found_but_cannot_be_used_is_told_once(classes, caplog, name, text, words):
    (classes / "photos" / name).write_text(text, errors="surrogateescape")
    with caplog.at_level(logging.WARNING):
        found = labels_of(opened(classes))
    assert found["dog/dog.png"] == ("dog", 3)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"photos: {name} in its folder ")
    assert words in message
    assert "or name another file in `labels`" in message
    assert str(classes) not in message


def test_a_found_file_that_cannot_be_read_is_told(classes, caplog, monkeypatch):
    (classes / "photos" / "labels.json").write_text("{}")

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("convatlas.images.label_sources.read_labels", refused)
    assert labels_of(opened(classes))["dog/dog.png"] == ("dog", 3)
    assert "cannot be read (Permission denied)" in caplog.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_of_that_name_is_no_file(classes):
    os.mkfifo(classes / "photos" / "labels.json")
    assert not is_file(classes / "photos" / "labels.json")
    assert labels_of(opened(classes))["dog/dog.png"] == ("dog", 3)


def test_images_without_a_label_are_counted(classes, caplog):
    (classes / "photos" / "labels.json").write_text('{"dog/dog.png": "hound"}')
    assert labels_of(opened(classes))["cat/cat.png"] == (None, None)
    assert "photos: 3 of 4 images have no label" in caplog.text


def test_private_class_folders(classes, caplog):
    (classes / "photos" / "labels.json").write_text('{"dog/dog.png": "hound"}')
    assert set(labels_of(opened(classes, labels="none")).values()) == {(None, None)}
    assert not caplog.records


@pytest.mark.parametrize(("on_disk", "written"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_match_however_they_are_written(tmp_path, on_disk, written):
    name = unicodedata.normalize(on_disk, "\u00e9t\u00e9/\u00fc.png")
    save(tmp_path / "photos" / name)
    assert labels_of(opened(tmp_path))[name] == ("\u00e9t\u00e9", 0)
    for labels in (
        {unicodedata.normalize(written, name): "x"},
        {"classes": ["a", unicodedata.normalize(written, "\u00e9t\u00e9")]},
    ):
        (tmp_path / "l.json").write_text(json.dumps(labels))
        found = labels_of(opened(tmp_path, labels="l.json"))
        assert found[name] == (("x", None) if "classes" not in labels else ("\u00e9t\u00e9", 1))


@pytest.mark.skipif(os.name == "nt", reason="a backslash parts folders there")
def test_a_backslash_in_a_name_matches_itself(tmp_path):
    save(tmp_path / "photos" / "back\\slash.png")
    assert Given({"back/slash.png": Label("x")}).of(["back\\slash.png"])
    (tmp_path / "l.csv").write_text("file,label\nback\\slash.png,x\n")
    assert labels_of(opened(tmp_path, labels="l.csv")) == {"back\\slash.png": ("x", None)}


def test_real_pictures_and_their_labels(real_data, tmp_path):
    sample = real_data / "images" / "imagenet-1k-sample"
    labels = read_labels(sample / "labels.json")
    assert labels.files["n01440764_tench.JPEG"] == Label("tench", 0)
    memo, source = Memo(), f"folder:{sample}"
    facts = opened(tmp_path, memo, source, labels=str(sample / "labels.json")).facts
    assert len(facts.images) == 1000
    assert facts.left_out == ()
    assert [image.target for image in facts.images] == list(range(1000))
    cranes = {image.target for image in facts.images if image.label == "crane"}
    assert cranes == {134, 517}
    assert opened(tmp_path, memo, source).facts == facts  # found in the folder


def test_real_class_folders_and_their_order(real_data, tmp_path):
    sample = real_data / "images" / "cifar10-test"
    order = json.loads((sample / "labels.json").read_text())["classes"]
    cifar = opened(tmp_path, source=f"folder:{sample}")
    assert len(names(cifar)) == 2000
    assert all(order[image.target] == image.label for image in cifar.facts.images)
