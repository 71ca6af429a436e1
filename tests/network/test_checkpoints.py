import io
import logging
from collections import OrderedDict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from convatlas.network.checkpoints import load_weights
from convatlas.network.state_dicts import candidates
from convatlas.network.weights_files import WeightsError


class Small(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, classes)


def network(seed=0, classes=2):
    torch.manual_seed(seed)
    return Small(classes)


STATE = network(1).state_dict()


def same(module, state=STATE):
    return all(torch.equal(value, state[name]) for name, value in module.state_dict().items())


def prefixed(prefix, state=STATE):
    return OrderedDict((prefix + name, value) for name, value in state.items())


def optimiser():
    module = network(2)
    adam = torch.optim.Adam(module.parameters())
    sum(p.sum() for p in module.parameters()).backward()
    adam.step()
    return adam.state_dict()


def saved(folder, value, name="w.pth"):
    torch.save(value, folder / name)
    return folder / name


WRAPPED = {
    "flat": STATE,
    "plain dict": dict(STATE),
    "state_dict": {"state_dict": STATE, "epoch": 3, "best": 0.5, "arch": "small"},
    "model": {"model": STATE, "optimizer": optimiser(), "args": None},
    "optimiser first": {"optimizer": optimiser(), "model_state_dict": STATE},
    "net": {"net": STATE, "acc": 93.1},
    "ema only": {"ema": STATE, "step": 7},
    "twice": {"model": {"state_dict": STATE}},
    "any key": {"generator_a": STATE},
    "data parallel": prefixed("module."),
    "lightning": {"state_dict": prefixed("model."), "hyper_parameters": {"lr": 0.1}},
    "compiled": prefixed("_orig_mod."),
    "compiled in parallel": prefixed("module._orig_mod."),
    "lightning of compiled": {"state_dict": prefixed("model._orig_mod.")},
    "compiled within": {name.replace("head.", "head._orig_mod."): v for name, v in STATE.items()},
    "without counters": {n: v for n, v in STATE.items() if "num_batches" not in n},
    "with its epoch": (STATE, 7),
    "a list of networks": {"models": [STATE], "epoch": 3},
    "parallel within": {name.replace("conv.", "conv.module."): v for name, v in STATE.items()},
    "sharded": prefixed("_fsdp_wrapped_module."),
    "the same twice": {"state_dict": STATE, "model": dict(STATE)},
}


@pytest.mark.parametrize("kind", WRAPPED)
def test_files_that_people_have(tmp_path, kind, caplog):
    module = network()
    load_weights(module, saved(tmp_path, WRAPPED[kind]), strict=True)
    module.norm.num_batches_tracked.copy_(STATE["norm.num_batches_tracked"])
    assert same(module)
    assert not caplog.records


def test_half_precision_becomes_the_networks_own(tmp_path):
    module = network()
    load_weights(module, saved(tmp_path, {n: v.half() for n, v in STATE.items()}), strict=True)
    assert module.conv.weight.dtype == torch.float32
    assert torch.allclose(module.conv.weight, STATE["conv.weight"], atol=1e-3)


def test_safetensors(tmp_path):
    save_file(dict(STATE), tmp_path / "w.safetensors")
    module = network()
    load_weights(module, tmp_path / "w.safetensors", strict=True)
    assert same(module)


def test_of_several_state_dicts_the_likeliest_is_taken_and_said(tmp_path, caplog):
    other = network(5).state_dict()
    module = network()
    load_weights(module, saved(tmp_path, {"ema": other, "model": STATE}), strict=True)
    assert same(module)
    assert "w.pth has several state dicts that fit: 'model' is taken; for 'ema'" in caplog.text


FOREIGN_PREFIXES = {
    "backbone.": prefixed("backbone."),
    "encoder_q.": {"state_dict": prefixed("module.encoder_q.")},
    "student.net.": {"x": {"y": prefixed("student.net.")}},
    "a.very.deep.one.": prefixed("a.very.deep.one."),
}


@pytest.mark.parametrize("prefix", FOREIGN_PREFIXES)
def test_any_prefix_is_taken_off_and_told(tmp_path, prefix, caplog):
    module = network()
    load_weights(module, saved(tmp_path, FOREIGN_PREFIXES[prefix]), strict=True)
    assert same(module)
    assert f"w.pth: '{prefix}' is taken off" in caplog.text


def test_a_prefix_that_the_network_has_may_be_absent(tmp_path, caplog):
    wrapper = nn.Sequential(OrderedDict(inner=nn.Sequential(OrderedDict(net=network()))))
    load_weights(wrapper, saved(tmp_path, STATE), strict=True)
    assert same(wrapper.inner.net)
    assert not caplog.records
    load_weights(wrapper, saved(tmp_path, prefixed("backbone.", network(3).state_dict())), True)
    assert same(wrapper.inner.net, network(3).state_dict())


MOMENTUM = {
    "state_dict": {
        **prefixed("module.encoder_q."),
        **prefixed("module.encoder_k.", network(5).state_dict()),
        "module.queue": torch.zeros(3),
    }
}


def test_of_two_prefixes_that_fit_the_first_is_taken_and_told(tmp_path, caplog):
    module = network()
    with pytest.raises(WeightsError, match=r"without 'encoder_q.', does not.*10 unexpected"):
        load_weights(module, saved(tmp_path, MOMENTUM), strict=True)
    load_weights(module, saved(tmp_path, MOMENTUM), strict=False)
    assert same(module)
    assert "set `weights_key: state_dict.encoder_k`" in caplog.text


def test_a_key_chooses_the_state_dict(tmp_path, caplog):
    teacher, student = prefixed("backbone."), prefixed("module.backbone.", network(5).state_dict())
    path = saved(tmp_path, {"student": student, "teacher": teacher})
    module = network()
    for key in ("teacher", "teacher.backbone", None):
        load_weights(module, path, strict=True, key=key)
        assert same(module)
    assert caplog.text.count("for 'student.backbone', set `weights_key: student.backbone`") == 1
    load_weights(module, path, strict=True, key="student")
    assert same(module, network(5).state_dict())
    with pytest.raises(WeightsError, match=r"`weights_key`; did you mean 'teacher.backbone'"):
        load_weights(module, path, strict=True, key="techer.backbone")


def test_a_bare_convolution_takes_no_other_layers_weights(tmp_path):
    conv = nn.Conv2d(3, 4, 3)
    with pytest.raises(WeightsError, match="fits nowhere"):
        load_weights(conv, saved(tmp_path, STATE), strict=False)
    file = saved(tmp_path, {n: v for n, v in STATE.items() if n.startswith("conv.")})
    load_weights(conv, file, strict=True)
    assert torch.equal(conv.weight, STATE["conv.weight"])


def test_names_of_wrappers_that_tell_two_tensors_apart_are_kept(tmp_path, caplog):
    other = network(5).state_dict()
    path = saved(tmp_path, {**other, **prefixed("module.", STATE)})  # an average beside its network
    module = network()
    load_weights(module, path, strict=False, key="module")
    assert same(module)


def test_prefixes_repeated_many_times_are_told_like_others(tmp_path):
    parts = ("module.", "model.", "net.", "network.")
    state = {part * 40 + "conv.weight": STATE["conv.weight"] for part in parts}
    nested = {f"k{i}": dict(state) for i in range(300)}
    with pytest.raises(WeightsError, match="does not fit"):
        load_weights(network(), saved(tmp_path, nested), strict=True)


def test_a_network_that_bears_the_prefix_itself_keeps_it(tmp_path):
    wrapper = nn.DataParallel(network())
    load_weights(wrapper, saved(tmp_path, prefixed("module.")), strict=True)
    assert same(wrapper.module)


def test_what_does_not_fit_is_listed(tmp_path):
    state = {**STATE, "extra.bias": torch.zeros(1)}
    del state["conv.bias"]
    path = saved(tmp_path, state)
    module = network(classes=10)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        load_weights(module, path, strict=True)
    assert str(caught.value) == (
        "w.pth does not fit the network: 1 missing (conv.bias), 1 unexpected (extra.bias), "
        "2 of another shape (head.weight: [2, 4] in the file, [10, 4] in the network, "
        "head.bias: [2] in the file, [10] in the network); correct `source` or `arguments`, "
        "or set `strict: false` to load what fits"
    )
    assert same(module, before)


def test_what_fits_is_loaded_where_that_is_wanted(tmp_path, caplog):
    module = network(classes=10)
    head = module.head.weight.clone()
    with caplog.at_level(logging.WARNING):
        load_weights(module, saved(tmp_path, STATE), strict=False)
    assert torch.equal(module.conv.weight, STATE["conv.weight"])
    assert torch.equal(module.head.weight, head)
    assert "w.pth fits in part: 2 of another shape (head.weight" in caplog.text


def test_a_file_that_fits_nowhere_is_an_error_all_the_same(tmp_path):
    with pytest.raises(WeightsError, match="fits nowhere"):
        load_weights(network(), saved(tmp_path, {"a": torch.zeros(1)}), strict=False)


def test_long_lists_are_cut(tmp_path):
    with pytest.raises(WeightsError, match=r"20 unexpected \(x0.*x9 and 10 more\)"):
        path = saved(tmp_path, {**STATE, **{f"x{i}": torch.zeros(1) for i in range(20)}})
        load_weights(network(), path, strict=True)


def test_lazy_modules_take_the_shape_of_the_file(tmp_path):
    lazy = nn.Sequential(OrderedDict(conv=nn.LazyConv2d(4, 3)))
    state = {name: value for name, value in STATE.items() if name.startswith("conv.")}
    load_weights(lazy, saved(tmp_path, state), strict=True)
    assert torch.equal(lazy.conv.weight, state["conv.weight"])


def bytes_of(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


WHOLE = bytes_of(STATE)
LEGACY = bytes_of(STATE, _use_new_zipfile_serialization=False)


def test_the_old_format_is_read(tmp_path):
    (tmp_path / "w.pth").write_bytes(LEGACY)
    module = network()
    load_weights(module, tmp_path / "w.pth", strict=True)
    assert same(module)


@pytest.mark.parametrize("value", [STATE["conv.weight"], [1, 2], {"epoch": 3}, {}, None])
def test_a_file_without_named_tensors_is_told(tmp_path, value):
    with pytest.raises(WeightsError, match="holds no tensors by name"):
        load_weights(network(), saved(tmp_path, value), strict=False)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged") / "w.pth"


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([WHOLE, LEGACY]), st.data())
@pytest.mark.filterwarnings("ignore")
def test_damage_of_any_kind_is_told(scratch, whole, data):
    damaged = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=5)):
        damaged[place] = data.draw(st.integers(0, 255))
    scratch.write_bytes(damaged)
    try:
        load_weights(network(), scratch, strict=True)
    except WeightsError as error:
        assert "\n" not in str(error)


def test_real_files_in_both_containers(real_data):
    first, second = models.squeezenet1_1(), models.squeezenet1_1()
    load_weights(first, real_data / "weights" / "squeezenet1_1.pth", strict=True)
    load_weights(second, real_data / "weights" / "squeezenet1_1.safetensors", strict=True)
    assert same(first, second.state_dict())
    assert first.features[0].weight.std() > 0.1


def test_a_real_file_that_lacks_tensors(real_data, caplog):
    path = real_data / "weights" / "resnet18_without_layer4_convs.pth"
    names = [f"layer4.{block}.conv{conv}.weight" for block in (0, 1) for conv in (1, 2)]
    with pytest.raises(WeightsError, match=rf"4 missing \({', '.join(names)}\)"):
        load_weights(models.resnet18(), path, strict=True)
    module = models.resnet18()
    load_weights(module, path, strict=False)
    assert "4 missing" in caplog.text
    assert torch.equal(module.conv1.weight, torch.load(path, weights_only=True)["conv1.weight"])


PARTS = st.text("abn01", min_size=1, max_size=3)
PLACES = st.lists(st.sampled_from(["model", "ema", "x", "0", 3, "a.b"]), max_size=3)
PREFIXES = st.lists(PARTS | st.sampled_from(["module", "_orig_mod", "model"]), max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    tree=st.lists(st.lists(PARTS, min_size=1, max_size=3), min_size=1, max_size=5),
    place=PLACES,
    prefix=PREFIXES,
    beside=st.booleans(),
)
def test_a_network_is_found_wherever_its_tensors_are(tree, place, prefix, beside):
    """Random names, under random keys and prefixes, beside an optimiser's state."""
    names = {".".join(parts) + ".weight" for parts in tree}
    target = {name: torch.zeros(2, number + 1) for number, name in enumerate(sorted(names))}
    state = {".".join([*prefix, name]): torch.rand_like(target[name]) for name in target}
    loaded = dict(state)
    for key in reversed(place):
        loaded = {"epoch": 3, "lr": [0.1], "optimizer": optimiser(), key: loaded}
        if beside:
            loaded["other"] = {"weight": torch.zeros(9), "z.weight": torch.zeros(7, 7)}
    best = candidates(loaded, target)[0]
    assert best.fitting == len(target)
    for name in target:
        assert best.state[name] is state[".".join([*prefix, name])]
