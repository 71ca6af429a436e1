import json
import sys
import urllib.error
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torchvision import models

import convatlas.demo
from convatlas.errors import ConfigError
from convatlas.network.construct import SEED, construct
from convatlas.network.open import open_network
from convatlas.opening.configuration import parse

NET = """
import blocks
from torch import nn

def small(classes=2, channels=3):
    print("made")
    return nn.Sequential(blocks.block(channels), nn.ReLU(), nn.Conv2d(4, classes, 1))

def words():
    return ["no", "network"]

def fails():
    raise RuntimeError("no luck\\nat all")

def stops():
    raise SystemExit(3)

def half():
    return small().half()

kept = small()
number = 3
"""
BLOCKS = "from torch import nn\ndef block(channels):\n    return nn.Conv2d(channels, 4, 3)\n"


@pytest.fixture
def code(tmp_path):
    before = set(sys.modules)
    for folder in (tmp_path / "nets", tmp_path / "mypackage"):
        folder.mkdir()
        (folder / "net.py").write_text(NET)
        (folder / "blocks.py").write_text(BLOCKS)
    (tmp_path / "mypackage" / "__init__.py").touch()
    packaged = NET.replace("import blocks", "from mypackage import blocks")
    (tmp_path / "mypackage" / "net.py").write_text(packaged)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("mypackage", "blocks"):
            del sys.modules[name]


def configured(folder, **model):
    data = {"models": [{"name": "n", "input": {"size": 16}, **model}]}
    configuration = parse(json.dumps(data), folder / "atlas.yaml", {})
    return configuration.atlas.models[0], configuration


def opened(folder, module=None, **model):
    return open_network(*configured(folder, **model), module)


def failure(folder, **model):
    with pytest.raises(ConfigError) as caught:
        opened(folder, **model)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def same(first, second):
    a, b = first.state_dict(), second.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("source", ["nets/net.py:small", "mypackage.net:small"])
def test_a_network_from_code(code, source, capsys):
    network = opened(code, source=source, arguments={"classes": 5})
    assert [layer.filters for layer in network.facts.layers] == [4, 5]
    assert network.facts.weights == "as returned"
    assert network.facts.parameters == 3 * 4 * 9 + 4 + 4 * 5 + 5
    assert not network.module.training
    printed = capsys.readouterr()
    assert (printed.out, "made" in printed.err) == ("", True)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("nets/net.py:small", {"nets/net.py", "nets/blocks.py"}),
        (
            "mypackage.net:small",
            {"mypackage/__init__.py", "mypackage/net.py", "mypackage/blocks.py"},
        ),
    ],
)
def test_the_files_of_the_code_are_witnesses(code, source, names):
    assert set(opened(code, source=source).source_files) == {(code / n).resolve() for n in names}


def test_of_our_own_code_only_that_of_the_demo_counts(code):
    files = opened(code, source="convatlas.demo:network").source_files
    folder = Path(convatlas.demo.__file__).parent
    assert folder / "convnet.py" in files
    assert [file for file in files if file.parent != folder] == []


def test_weights_and_classes_files_are_witnesses(code):
    (code / "classes.txt").write_text("cat\n\ndog \n")
    torch.save(opened(code, source="nets/net.py:small").module.state_dict(), code / "w.pth")
    network = opened(code, source="nets/net.py:small", weights="w.pth", classes="classes.txt")
    assert {code / "w.pth", code / "classes.txt"} <= set(network.source_files)
    assert network.facts.classes == ("cat", "dog")
    assert network.facts.weights == "w.pth"


def test_construction_is_the_same_every_time_and_leaves_the_random_state(code):
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = construct(*configured(code, source="nets/net.py:small"))
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    assert same(first, construct(*configured(code, source="nets/net.py:small")))


def test_a_changed_file_is_run_anew(code):
    assert opened(code, source="nets/net.py:small").facts.layers[0].kernel == (3, 3)
    (code / "nets" / "blocks.py").write_text(BLOCKS.replace("4, 3)", "4, (5, 1))"))
    assert opened(code, source="nets/net.py:small").facts.layers[0].kernel == (5, 1)


def test_two_files_may_have_siblings_of_one_name(code):
    (code / "other").mkdir()
    (code / "other" / "net.py").write_text(NET)
    (code / "other" / "blocks.py").write_text(BLOCKS.replace("4, 3)", "4, 7)"))
    assert opened(code, source="nets/net.py:small").facts.layers[0].kernel == (3, 3)
    assert opened(code, source="other/net.py:small").facts.layers[0].kernel == (7, 7)


def test_the_search_path_is_left_as_it_was(code):
    before = list(sys.path)
    opened(code, source="nets/net.py:small")
    failure(code, source="nets/net.py:fails")
    assert sys.path == before


def test_a_network_kept_by_a_module_is_copied(code):
    network = opened(code, source="mypackage.net:kept")
    kept = sys.modules["mypackage.net"].kept
    assert kept.training
    assert network.module is not kept


@pytest.mark.parametrize(
    ("source", "arguments", "expected"),
    [
        ("nets/net.py:smal", {}, "nets/net.py has no 'smal'; did you mean 'small'?"),
        ("nets/net.py:words", {}, "gives a list; let it return the network"),
        ("nets/net.py:number", {}, "nets/net.py:number is of type int; name a function"),
        ("nets/net.py:fails", {}, "raised RuntimeError (no luck) in net.py, line 13; correct"),
        ("nets/net.py:stops", {}, "raised SystemExit (3) in net.py, line"),
        ("nets/net.py:small", {"x": 1}, "unexpected keyword argument 'x'"),
        ("nets/net.py:small", {"x": 1}, "compare `arguments` with what it takes"),
        ("nets/broken.py:net", {}, "running nets/broken.py raised SyntaxError"),
        ("nets/imports.py:net", {}, "install nothing_of_that_name, or put it beside"),
        ("mypackage.gone:net", {}, "there is no module mypackage.gone; install it"),
        ("gone_away:net", {}, "there is no module gone_away; install it"),
        ("torchvision/resnet19", {}, "torchvision has no network 'resnet19'; did you mean 'resnet"),
        ("torchvision/alexnet", {"x": 1}, "unexpected keyword argument 'x'"),
    ],
)
def test_errors_of_the_source_are_one_sentence(code, source, arguments, expected):
    (code / "nets" / "broken.py").write_text("def net(:\n")
    (code / "nets" / "imports.py").write_text("import nothing_of_that_name\n")
    message = failure(code, source=source, arguments=arguments, weights="none")
    assert expected in message
    assert "models[0].source: " in message
    assert f"{code / 'atlas.yaml'}:1:" in message


def test_a_network_that_does_not_take_the_input_is_told(code):
    message = failure(code, source="nets/net.py:small", arguments={"channels": 5})
    assert "models[0]: the network takes 5 channels, and only pictures of 1 or 3" in message


def test_one_channel_networks_see_grey_pictures(code):
    network = opened(code, source="nets/net.py:small", arguments={"channels": 1})
    assert network.facts.preprocessing.channels == 1
    assert network.facts.layers[0].channels == 1


def test_half_precision_becomes_float32(code):
    network = opened(code, source="nets/net.py:half")
    assert {p.dtype for p in network.module.parameters()} == {torch.float32}


def test_a_network_in_memory_is_copied_and_left_alone():
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.Dropout()).double()
    module[1].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    modes = [each.training for each in module.modules()]
    network = opened(Path(), module, source="memory:n")
    assert network.facts.weights == "in memory"
    assert network.module is not module
    assert network.module[0].weight.dtype == torch.float32
    assert module[0].weight.dtype == torch.float64
    assert [each.training for each in module.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert network.source_files == ()


def test_a_torchvision_network_without_weights(tmp_path):
    network = opened(tmp_path, source="torchvision/resnet18", weights="none", input={"size": 64})
    assert len(network.facts.layers) == 20
    assert network.facts.classes == ()
    torch.manual_seed(SEED)
    assert same(network.module, models.resnet18())


def test_ten_classes_are_five_lines(tmp_path):
    torch.save(models.resnet18(num_classes=10).state_dict(), tmp_path / "w.pth")
    network = opened(
        tmp_path, source="torchvision/resnet18", weights="w.pth", arguments={"num_classes": 10}
    )
    assert network.module.fc.out_features == 10
    assert network.facts.classes == ()


@pytest.mark.parametrize("name", ["googlenet", "inception_v3", "fcn_resnet50"])
def test_networks_with_settings_of_their_own_are_made_without_remarks(tmp_path, name):
    torch.save({}, tmp_path / "w.pth")
    model, configuration = configured(tmp_path, source=f"torchvision/{name}", weights="w.pth")
    with pytest.raises(ConfigError, match="holds no tensors by name"):
        construct(model, configuration)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("IMAGENET1K_V9", "has no weights 'IMAGENET1K_V9'; did you mean 'IMAGENET1K_V1'"),
        ("best", "has no weights 'best'; known here: 'IMAGENET1K_V1', 'DEFAULT'; or name a file"),
    ],
)
def test_unknown_weights_are_told(tmp_path, weights, expected):
    message = failure(tmp_path, source="torchvision/squeezenet1_1", weights=weights)
    assert "models[0].weights: torchvision/squeezenet1_1 " in message
    assert expected in message


@pytest.mark.parametrize("weights", [None, "DEFAULT", "SqueezeNet1_1_Weights.IMAGENET1K_V1"])
def test_a_failed_download_names_address_and_remedy(tmp_path, monkeypatch, weights):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def offline(*arguments, **more):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(torch.hub, "urlopen", offline)
    message = failure(tmp_path, source="torchvision/squeezenet1_1", weights=weights)
    assert "models[0]" in message
    assert models.SqueezeNet1_1_Weights.DEFAULT.url in message
    assert "no route to host" in message
    assert "name the file: `weights: path/to/file.pth`" in message


def test_published_weights_are_loaded_as_tensors_only(tmp_path, monkeypatch):
    """The weights that torchvision would fetch stand in its cache already."""
    url = models.SqueezeNet1_1_Weights.DEFAULT.url
    (tmp_path / "checkpoints").mkdir()
    cached = tmp_path / "checkpoints" / url.rpartition("/")[2]
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    torch.manual_seed(5)
    expected = models.squeezenet1_1()
    torch.save(expected.state_dict(), cached)
    network = opened(tmp_path, source="torchvision/squeezenet1_1", input={})
    assert same(network.module, expected)
    assert network.facts.weights == "DEFAULT"
    assert len(network.facts.classes) == 1000
    torch.save(expected, cached)
    assert "would call torchvision.models.squeezenet.SqueezeNet" in failure(
        tmp_path, source="torchvision/squeezenet1_1"
    )


def test_published_weights_do_not_go_with_another_head(tmp_path, monkeypatch):
    monkeypatch.setattr("convatlas.network.torchvision_weights._fetch", lambda weights: None)
    message = failure(tmp_path, source="torchvision/resnet18", arguments={"num_classes": 10})
    assert "expected value 1000 but got 10" in message


def test_a_file_for_a_torchvision_network_is_preprocessed_as_the_published_weights(tmp_path):
    torch.save(models.mobilenet_v2().state_dict(), tmp_path / "w.pth")
    network = opened(tmp_path, source="torchvision/mobilenet_v2", weights="w.pth", input={})
    published = models.MobileNet_V2_Weights.DEFAULT.transforms()
    assert network.facts.preprocessing.resize == tuple(published.resize_size)
    assert len(network.facts.classes) == 1000


def test_a_mean_of_the_wrong_length_is_told_in_its_place(code):
    message = failure(code, source="nets/net.py:small", input={"size": 16, "mean": [0.5]})
    assert "models[0].input: `mean` has 1 numbers for 3 channels" in message


def test_the_real_squeezenet(real_data, tmp_path):
    path = str(real_data / "weights" / "squeezenet1_1.safetensors")
    network = opened(tmp_path, source="torchvision/squeezenet1_1", weights=path, input={})
    assert len(network.facts.layers) == 26
    assert sum(layer.filters for layer in network.facts.layers) == 3944
    assert network.facts.preprocessing.size == (224, 224)
    assert network.facts.classes[0] == "tench"


def test_real_missing_tensors_are_told_with_their_place(real_data, tmp_path):
    path = str(real_data / "weights" / "resnet18_without_layer4_convs.pth")
    message = failure(tmp_path, source="torchvision/resnet18", weights=path)
    assert "models[0].weights: resnet18_without_layer4_convs.pth does not fit" in message
    assert "4 missing (layer4.0.conv1.weight" in message
    assert "`strict: false`" in message


def test_a_file_that_the_code_reads_is_a_witness(tmp_path: Path) -> None:
    weights = tmp_path / "best.pth"
    torch.save(nn.Conv2d(3, 2, 3).state_dict(), weights)
    (tmp_path / "mine.py").write_text(
        "import torch\n"
        "from pathlib import Path\n"
        "def net():\n"
        "    conv = torch.nn.Conv2d(3, 2, 3)\n"
        "    conv.load_state_dict(torch.load(Path(__file__).with_name('best.pth')))\n"
        "    return conv\n"
    )
    text = "models: [{name: net, source: 'mine.py:net'}]"
    configuration = parse(text, tmp_path / "atlas.yaml", {})
    opened = open_network(configuration.atlas.models[0], configuration)
    assert weights.resolve() in opened.source_files


def test_the_output_depends_on_weights_code_and_arguments_but_not_on_paths(
    code: Path, tmp_path: Path
) -> None:
    def whole(path: str = "nets/net.py", made: str = "small", **arguments: int) -> str:
        opening = opened(code, source=f"{path}:{made}", arguments=arguments)
        fingerprint: str = opening.facts.fingerprint
        return fingerprint

    (tmp_path / "moved").mkdir()
    for name in ("net.py", "blocks.py"):
        (tmp_path / "moved" / name).write_bytes((code / "nets" / name).read_bytes())
    first = whole()
    assert whole("moved/net.py") == first
    others = [whole(classes=3), whole(made="half")]
    opened(code, source="mypackage.net:small")  # imported, which draws weights, too
    packaged = opened(code, source="mypackage.net:small").facts.fingerprint
    assert opened(code, source="mypackage.net:small").facts.fingerprint == packaged
    for net in (tmp_path / "moved" / "net.py", code / "mypackage" / "net.py"):
        net.write_text(net.read_text() + "\nnumber = 4\n")
    assert len({first, whole("moved/net.py"), *others}) == 4
    assert opened(code, source="mypackage.net:small").facts.fingerprint != packaged


def test_a_module_that_has_no_weights_yet_is_passed_over(tmp_path: Path) -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.idle = nn.Conv2d(3, 4, 3), nn.LazyConv2d(2, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.used(x)

    facts = opened(tmp_path, Idle(), source="torchvision/alexnet").facts
    assert ([layer.name for layer in facts.layers], facts.parameters) == (["used"], 112)


def test_a_lazy_network_draws_its_weights_by_a_picture(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "def net():\n"
        "    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyConv2d(2, 1))\n"
    )
    first, second = (opened(tmp_path, source="mine.py:net") for _ in range(2))
    assert [layer.channels for layer in first.facts.layers] == [3, 4]
    assert first.facts.fingerprint == second.facts.fingerprint
    assert (first.module[1].running_mean == 0).all()
    trained = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    torch.save(trained.state_dict(), tmp_path / "w.pth")
    loaded = opened(tmp_path, source="mine.py:net", weights="w.pth")
    assert (same(loaded.module, trained), loaded.facts.weights) == (True, "w.pth")


def test_the_state_dict_that_was_chosen_is_told_with_the_file(code: Path) -> None:
    first, second = (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()) for _ in range(2))
    torch.save({"student": first.state_dict(), "ema": second.state_dict()}, code / "w.pth")
    (code / "mine.py").write_text(
        "from torch import nn\n"
        "def net():\n"
        "    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten())\n"
    )
    network = opened(code, source="mine.py:net", weights="w.pth", weights_key="student")
    assert same(network.module, first)
    assert network.facts.weights == "w.pth, student"


def test_a_network_without_layers_is_told_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "def net():\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(768, 2))\n"
    )
    message = failure(tmp_path, source="mine.py:net")
    assert "models[0].source: the network has no layer to show, because it has no conv" in message


def test_what_is_no_function_of_the_picture_is_a_fact(code):
    drop = nn.Sequential(nn.Conv2d(3, 2, 3), Always(), nn.Conv2d(2, 2, 3))
    facts = opened(code, drop, source="nets/net.py:small").facts
    assert [layer.varies is None for layer in facts.layers] == [True, False]
    assert facts.layers[1].varies.runs > 0.1
    assert facts.single


class Always(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x)


def test_a_lazy_network_in_memory_is_copied_and_left_lazy() -> None:
    module = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyConv2d(2, 1))
    first, second = (opened(Path(), module, source="memory:n") for _ in range(2))
    assert [layer.channels for layer in first.facts.layers] == [3, 4]
    assert first.facts.fingerprint == second.facts.fingerprint
    assert all(map(is_lazy, module.parameters()))


def test_a_lazy_network_that_takes_something_else_is_told_what(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "class Two(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = nn.LazyConv2d(4, 3)\n"
        "    def forward(self, left, right):\n"
        "        return self.conv(left) + self.conv(right)\n"
    )
    assert "more than one input (left, right)" in failure(tmp_path, source="mine.py:Two")
