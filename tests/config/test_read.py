import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convatlas.config.filters import chosen, ranges
from convatlas.config.json_schema import json_schema
from convatlas.config.sources import Source, parse_source
from convatlas.errors import ConfigError, Problem
from convatlas.opening.configuration import atlas_schema, parse, read

MODEL = "models:\n  - name: a\n    source: torchvision/resnet18\n"
ROOT = Path(__file__).resolve().parents[2]


def load(text, folder=Path(), **environment):
    return parse(text, folder / "atlas.yaml", environment)


def mistakes(text, folder=Path(), **environment):
    with pytest.raises(ConfigError) as caught:
        load(text, folder, **environment)
    assert caught.value.exit_code == 2
    prefix = f"{folder / 'atlas.yaml'}:"
    assert all(line.startswith(prefix) for line in caught.value.lines)
    return [line.removeprefix(prefix) for line in caught.value.lines]


def model(*lines):
    return MODEL + "".join(f"    {line}\n" for line in lines)


def test_a_short_file_gets_defaults():
    atlas = load(MODEL).atlas
    assert atlas.models[0].filters == "all"
    assert (atlas.lenses.examples.top, atlas.lenses.examples.lowest) == (9, 3)


def test_every_mistake_is_told_with_its_place_in_order():
    text = "\n".join(
        [
            "title: 7",
            "models:",
            "  - name: a",
            "    source: torchvision/resnet18",
            "    weights: gone.pth",
            "    input: {size: -1, std: [1e-2, 1, 1]}",
            "lenses:",
            "  maximize: {stepz: 3}",
            "images: photos",
        ]
    )
    assert mistakes(text) == [
        '1:8: title: expected text, found the number 7; write "7"',
        "5:14: models[0].weights: there is no file gone.pth; "
        "paths are relative to the file they stand in",
        "6:19: models[0].input.size: expected a number above 0, found -1",
        "6:29: models[0].input.std[0]: expected a number, found the text '1e-2'; write 0.01",
        "8:14: lenses.maximize.stepz: unknown key 'stepz'; did you mean 'steps'?",
        "9:9: images: expected a list, found the text 'photos'; write [photos]",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (model("filters: 5"), 'filters: expected text or a list, found the number 5; write "5"'),
        (model("filters: 0-"), "write `all`, a range such as 0-63, or several: 0-63,70"),
        (model("filters: 9-3"), "the range 9-3 runs backwards; write 3-9"),
        (model("filters: [-1]"), "filters[0]: expected a number of at least 0, found -1"),
        (model("name: b"), "name: the key stands twice, first in line 2; keep one of them"),
        (model("input: {size: [1, x]}"), "input.size[1]: expected a whole number"),
        (model("input: {size: 224224}"), "expected a number of at most 10000, found 224224"),
        (model("input: {size: [1]}"), "input.size: expected at least 2 entries, found 1"),
        (model("input: {size: 3.0}"), "found the number 3.0; write 3"),
        (model("input: {interpolation: bilinaer}"), "did you mean 'bilinear'?"),
        (model("input: {channels: 2}"), "input.channels: expected 1 or 3, found the number 2"),
        (model("strict: maybe"), "strict: expected true or false, found the text 'maybe'"),
        (model('strict: "true"'), "write true"),
        (model("classes: gone.txt"), "classes: there is no file gone.txt"),
        (model("images: photos"), "images: no image set is called 'photos'; none is known"),
        (model("arguments: {weights: x}"), "arguments.weights: torchvision's weights are chosen"),
        (model("arguments: {x: .nan}"), "expected a finite number, found .nan"),
        (model("arguments: {1: x}"), 'YAML does not read the key 1 as text; write "1"'),
        (model("<<: {strict: true}"), "merge keys (<<) are not read here"),
        (model("weights: *gone"), "found undefined alias 'gone'"),
        (model("weights:\n\tx"), "tabs"),
        (model("classes: {a: ${B}}"), "put quotes around ${...}"),
        (model("input:"), "input: expected a mapping, found nothing; give a value, or leave"),
        ("models:\n  - name: no\n    source: x:y\n", "found false (YAML's reading of no); write"),
        ("models:\n  - name: help\n    source: x:y\n", "the name 'help' is reserved"),
        ("models:\n  - name: a\n", "1:5: models[0].source: this key is missing".replace("1", "2")),
        ("models: []\n", "models: expected at least 1 entry, found 0"),
        ("models:\n  - name: a\n    source: squeezenet\n", "write torchvision/NAME, package"),
        ("models:\n  - name: a\n    source: b.py:c\n", "there is no file b.py"),
        ("models:\n  - name: a\n    source: b:c\n    weights: DEFAULT\n", "only torchvision's"),
        ("models:\n  - name: a\n    source: b:c\n    weights: V1\n", "there is no file V1"),
        (MODEL + "lenses: {kernels: {slices: fast}}", "expected 'all' or a whole number, found"),
        (MODEL + "lenses: {kernels: {slices: 0}}", "slices: expected a number above 0, found 0"),
        (
            MODEL + "lenses: {effects: {prune: [0.1, 1.5]}}",
            "lenses.effects.prune[1]: expected a number below 1, found 1.5",
        ),
        (
            MODEL + "lenses: {effects: {prune: 0.1}}",
            "lenses.effects.prune: expected a list, found the number 0.1; write [0.1]",
        ),
        (MODEL + "lenses: {kernels: true}", "kernels: expected false or a mapping, found true"),
        (MODEL + "lenses: {attribution: true}", "found true; write {} to switch it on"),
        (MODEL + "lenses: {attribution: {}}", "there are no images to trace; add a set"),
        (MODEL + "lenses: {examples: false, attribution: {}}", "that `examples` keeps, which is"),
        (MODEL + "lenses: {kernels: {slice: 3}}", "did you mean 'slices'?"),
        (MODEL + "lenses: {examples: {top: 101}}", "expected a number of at most 100, found 101"),
        (MODEL + "probes: [x]", "probes[0]: expected a mapping, found the text 'x'"),
        (MODEL + "probes: 5", "probes: expected text or a list, found the number 5"),
        (MODEL + "hypotheses: x", "hypotheses: expected a list, found the text 'x'"),
        (MODEL + "site: {theme: gone}", "site.theme: there is no folder gone"),
        (MODEL + "title: !!python/object:os.system x", "is not read here; remove it"),
        (MODEL + 'title: "\\ud800"', "the text is no valid Unicode"),
        (MODEL + 'title: "\\0"', "the text is no valid Unicode"),
        (MODEL + f"title: {'9' * 5000}", "cannot be read; put quotes around a text"),
        (MODEL + "description: &a [*a]", "an alias (*) that stands inside its own anchor"),
        ("", "1:1: the file is empty; `convatlas init` writes one"),
        ("# nothing\n", "the file is empty"),
        ("- a\n- b\n", "1:1: expected a mapping of keys"),
        ("a: 1\n---\nb: 2\n", "expected a single document"),
        ("title: \x01", "1:8: the character U+0001 is not allowed"),
        ("[" * 2000, "nested too deeply"),
    ],
)
def test_a_mistake_is_told_in_plain_words(text, expected):
    assert any(expected in line for line in mistakes(text)), mistakes(text)


def test_one_wrong_value_is_one_line():
    for wrong in ("size: x", "size: {a: 1}", "size: [a, 2]", "resize: true"):
        assert len(mistakes(model(f"input: {{{wrong}}}"))) == 1, wrong


def test_names_that_differ_only_in_case_are_the_same():
    text = MODEL + "  - name: A\n    source: torchvision/resnet34\n"
    assert mistakes(text) == [
        "4:11: models[1].name: models[0] has the same name; give every network its own"
    ]


@pytest.fixture
def photos(tmp_path):
    for name in ("photos", "others"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (4, 4)).save(tmp_path / name / "a.png")
    return tmp_path


SETS = (
    'images:\n  - {name: photos, source: "folder:photos"}\n'
    '  - {name: others, source: "folder:others"}\n'
)


def test_among_several_image_sets_one_has_to_be_chosen(photos):
    assert "say which is shown: `images: photos or others`" in mistakes(MODEL + SETS, photos)[0]
    assert "did you mean 'others'?" in mistakes(model("images: other") + SETS, photos)[0]
    assert load(model("images: others") + SETS, photos).atlas.models[0].images == "others"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('source: "folder:gone"', "source: there is no folder gone"),
        ('source: "folder:empty"', "the folder empty holds no image file"),
        ('source: "folder:photos", labels: gone.csv', "labels: there is no file gone.csv"),
        ('source: "folder:photos", labels: a.txt', "use .json or .csv"),
        ('source: "folder:photos", arguments: {a: 1}', "a folder takes no arguments"),
        ('source: "x:y", labels: a.csv', "only a folder takes a labels file"),
        ("source: photos", "write folder:PATH, torchvision/NAME"),
    ],
)
def test_an_image_set_is_looked_at_before_anything_is_opened(photos, entry, expected):
    (photos / "empty").mkdir()
    (photos / "empty" / "notes.txt").touch()
    (photos / "empty" / ".hidden.png").touch()
    lines = mistakes(MODEL + f"images:\n  - {{name: p, {entry}}}\n", photos)
    assert expected in lines[0]
    assert len(lines) == 1


SET = 'images:\n  - {name: photos, source: "folder:photos"}\n'
SECTIONS = [
    ("{%s}", ""),
    ("{layers: {conv*: {%s}}}", '.layers["conv*"]'),
    ("{variants: {other: {%s}}}", ".variants.other"),
]


@pytest.mark.parametrize(("section", "path"), SECTIONS)
def test_colours_are_the_built_in_ones_or_those_of_a_set(photos, section, path):
    def atlas(settings):
        return MODEL + SET + f"lenses:\n  maximize: {section % settings}\n"

    (line,) = mistakes(atlas("colours: photo"), photos)
    assert line.startswith("7:")
    expected = f"lenses.maximize{path}.colours: no image set is called 'photo'; "
    assert line.endswith(f"{expected}did you mean 'photos'?")
    assert "known here: 'imagenet', 'photos'" in mistakes(atlas("colours: x"), photos)[0]
    for right in ("colours: photos", "colours: imagenet", "canvas: phase"):
        assert load(atlas(right), photos).atlas.images
    for wrong in ("colours: 7", "colours: [photos]", "canvas: [phase]", "canvas: phrase"):
        assert len(mistakes(atlas(wrong), photos)) == 1


@pytest.mark.parametrize(("section", "path"), SECTIONS)
def test_phases_alone_need_an_image_set(section, path):
    text = MODEL + f"lenses:\n  maximize: {section % 'canvas: phase, colours: imagenet'}\n"
    (line,) = mistakes(text)
    message = "`phase` takes the spectra of an image set; add one under `images`"
    assert line.startswith("5:")
    assert line.endswith(f": lenses.maximize{path}.canvas: {message}")


def test_a_set_called_like_the_built_in_colours_is_refused_where_those_are_asked_for(photos):
    text = MODEL + SET.replace("name: photos", "name: imagenet") + "lenses: {maximize: {%s}}\n"
    assert mistakes(text % "colours: imagenet", photos) == [
        "5:12: images[0].name: `colours: imagenet` means the built-in ones; "
        "give the image set another name"
    ]
    assert load(text % "canvas: phase", photos).atlas.images[0].name == "imagenet"


def test_variables_are_replaced_before_types_are_read():
    text = model("weights: ${W:-DEFAULT}", "input:", "  size: ${SIZE:-224}")
    assert load(text).atlas.models[0].input.size == 224
    configured = load(text, SIZE="64", W="none").atlas.models[0]
    assert (configured.input.size, configured.weights) == (64, "none")
    assert "found the text 'big'" in mistakes(text, SIZE="big")[0]


def test_quoted_variables_stay_text():
    assert load(MODEL + 'title: "${N}"', N="12").atlas.title == "12"
    assert load(MODEL + "title: ${N} a", N="12").atlas.title == "12 a"


def test_a_default_also_stands_in_for_an_empty_variable():
    assert load(MODEL + 'title: "${N:-x}"', N="").atlas.title == "x"
    assert load(MODEL + 'title: "${N}"', N="").atlas.title == ""


def test_an_escaped_variable_is_left_as_text():
    assert load(MODEL + "title: $${N} and $5").atlas.title == "${N} and $5"


def test_what_a_variable_holds_is_not_looked_through_again():
    assert load(MODEL + 'title: "${A}"', A="${B}").atlas.title == "${B}"


@pytest.mark.parametrize("text", ["${gone}", "a ${gone} b"])
def test_an_unset_variable_is_named(text):
    assert mistakes(MODEL + f"title: {text}") == [
        "4:8: title: the environment variable gone is not set; "
        "set it, or give a default: ${gone:-...}"
    ]


@pytest.mark.parametrize("text", ["${1a}", "${", "${a-b}"])
def test_what_begins_no_variable_is_told(text):
    assert "begins no variable here" in mistakes(MODEL + f"title: '{text}'")[0]


def test_a_date_is_read_as_text():
    assert load(MODEL + "title: 2024-02-30").atlas.title == "2024-02-30"


def test_anchors_and_aliases_are_read():
    text = MODEL.replace("name: a", "name: &n a") + "title: *n\n"
    assert load(text).atlas.title == "a"


def test_problems_found_later_are_told_at_their_place():
    configuration = load(model("weights: none"))
    problems = [
        Problem(("models", 0, "weights"), "second"),
        Problem(("models", 0, "input", "size"), "first"),
        Problem((), "whole"),
    ]
    with pytest.raises(ConfigError) as caught:
        configuration.fail(problems)
    assert caught.value.lines == (
        "atlas.yaml:1:1: whole",
        "atlas.yaml:2:5: models[0].input.size: first",
        "atlas.yaml:4:14: models[0].weights: second",
    )
    assert configuration.locate(("models", 0, "source")) == "atlas.yaml:3:13"


def test_paths_are_relative_to_the_file(tmp_path):
    configuration = load(MODEL, tmp_path)
    assert configuration.resolve("a/b.pth") == tmp_path / "a" / "b.pth"
    assert configuration.resolve("/x") == Path("/x")


def test_a_bare_word_is_a_file_only_where_there_is_one(tmp_path):
    configuration = load(model("weights: IMAGENET1K_V1"), tmp_path)
    entry = configuration.atlas.models[0]
    assert configuration.weights_file(entry) is None
    (tmp_path / "IMAGENET1K_V1").touch()
    assert configuration.weights_file(entry) == tmp_path / "IMAGENET1K_V1"


def test_files_that_cannot_be_read_are_clear_errors(tmp_path):
    file = tmp_path / "atlas.yaml"
    with pytest.raises(ConfigError, match="there is no such file; `convatlas init`"):
        read(file, {})
    with pytest.raises(ConfigError, match="this is a folder"):
        read(tmp_path, {})
    file.write_bytes(b"title: \xff")
    with pytest.raises(ConfigError, match=r"not UTF-8 text \(byte 7\).*`convatlas init`"):
        read(file, {})
    file.write_bytes(b"\xef\xbb\xbf" + MODEL.encode())
    assert read(file, {}).atlas.models[0].name == "a"


KEYS = ["models", "name", "source", "weights", "images", "input", "size", "lenses", "maximize"]
KEYS += ["layers", "filters", "classes", "labels", "site", "theme", "kernels", "Kernels", "slices"]
KEYS += ["probes", "image", "networks", "from", "hypotheses", "filter", "claim"]
TOP = ["models", "images", "lenses", "site", "probes", "hypotheses"]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["folder:", "torchvision/x", "a.py:b", "${A}", "all", "0-3", "a" * 5000, "set:a/b", "a/b/1"]
    )
    | st.dates()
    | st.binary(max_size=3)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=5) | st.integers(), inner, max_size=4
        )
    ),
    max_leaves=25,
)


def nothing_but_config_errors(text):
    try:
        load(text)
    except ConfigError as error:
        assert all(line.startswith("atlas.yaml:") for line in error.lines)
        assert "\n" not in "".join(error.lines)


@settings(max_examples=150, deadline=None)
@given(values)
def test_no_structure_raises_anything_else(value):
    nothing_but_config_errors(yaml.safe_dump(value, allow_unicode=True))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KEYS[1:]), values, st.sampled_from(TOP))
def test_no_value_of_a_known_key_raises_anything_else(key, value, section):
    inner = {key: value} if section in ("lenses", "site") else [{key: value}]
    nothing_but_config_errors(yaml.safe_dump({section: inner, key: value}))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab01:-[]{},&*!#|>%@`\"'\\\n\t ${}<.~?xU", max_size=40) | st.text())
def test_no_text_raises_anything_else(text):
    nothing_but_config_errors(text)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=4))
def test_ranges_are_read_as_written(pairs):
    pairs = [(min(pair), max(pair)) for pair in pairs]
    text = ",".join(f"{a}-{b}" if a != b else f"{a}" for a, b in pairs)
    assert ranges(text) == tuple(pairs)
    expected = [i for i in range(20) if any(a <= i <= b for a, b in pairs)]
    assert list(chosen(text, 20)) == expected


def test_chosen_filters_are_those_that_a_layer_has():
    assert chosen("all", 3) == (0, 1, 2)
    assert chosen([5, 1, 1], 4) == (1,)
    assert chosen("2-999999999", 4) == (2, 3)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("torchvision/resnet18", Source("torchvision", "resnet18")),
        ("torchvision/segmentation.x", Source("torchvision", "segmentation.x")),
        ("torchvision.models:alexnet", Source("module", "torchvision.models", "alexnet")),
        ("timm:create_model", Source("module", "timm", "create_model")),
        ("a b/net.py:Net.small", Source("file", "a b/net.py", "Net.small")),
        ("C:/nets/net.py:Net", Source("file", "C:/nets/net.py", "Net")),
        ("folder:a:b/c", Source("folder", "a:b/c")),
    ],
)
def test_sources_are_taken_apart(text, source):
    assert parse_source(text) == source


@pytest.mark.parametrize("text", ["", "x", "a:", ":b", "folder:", "torchvision/", "a-b:c", "a:1"])
def test_what_is_no_source_is_refused(text):
    with pytest.raises(ValueError):
        parse_source(text)


def test_the_schema_for_editors_is_the_one_in_docs():
    assert (ROOT / "docs" / "atlas.schema.json").read_text() == json_schema(atlas_schema())


def test_every_key_of_the_schema_is_described():
    schema = json.loads(json_schema(atlas_schema()))
    for section in [schema, *schema["$defs"].values()]:
        for name, key in section["properties"].items():
            # what would say the same as its section is not said twice
            assert {"description", "$ref"} & set(key), f"{section['title']}.{name}"
