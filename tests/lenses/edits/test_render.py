"""Records of edits against a pass over the images by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from convatlas.errors import RenderError
from convatlas.images.edits.built_in import EDITS
from convatlas.lenses.base import RenderContext
from convatlas.lenses.edits import Edits
from convatlas.lenses.edits.records import PICTURES
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json
from support.company import one_at_a_time
from support.edited import (
    SIZE,
    Place,
    Two,
    brighter,
    edited_context,
    inputs_of,
    photos,
    records,
    rendered,
    turned,
)

MIRROR = EDITS["mirror"].edit
GREY = EDITS["grey"].edit


@torch.no_grad()
def by_hand(context: RenderContext, edit) -> dict[str, Tensor]:
    """The highest responses of ``Two`` by layer [n, filters], and the logits."""
    net, x = context.module, inputs_of(context, edit)
    near = net.near(x)
    far = net.far(near.relu())
    return {"near": near.amax((2, 3)), "far": far.amax((2, 3)), "logits": net(x)}


def test_all_numbers_are_those_of_a_pass_by_hand() -> None:
    context = edited_context(Two(), {"brighter": brighter}, photos(30))
    plain, edited = by_hand(context, None), by_hand(context, brighter)
    found = records(context)
    for layer in ("near", "far"):
        data = found[layer, "brighter", ""]
        before, after = plain[layer].double().numpy(), edited[layer].double().numpy()
        higher = after[None] - before[:, None]
        wins = (higher > 1e-5).mean((0, 1)) + (np.abs(higher) <= 1e-5).mean((0, 1)) / 2
        assert data["auc"] == pytest.approx(wins, abs=1e-3)
        change = (after - before).mean(0) / before.std(0)
        assert data["change"] == pytest.approx(change, abs=1e-3)
        pairs = zip(before.T, after.T, strict=True)
        assert data["invariance"] == pytest.approx(
            [np.corrcoef(*pair)[0, 1] for pair in pairs], abs=1e-3
        )
        assert data["images"] == 30
        assert "twin" not in data
        assert "colour" not in data
    scores = found[None, "brighter", ""]["scores"]
    moved = plain["logits"].argmax(1) != edited["logits"].argmax(1)
    assert scores["changed"] == pytest.approx(float(moved.float().mean()), abs=1e-5)
    means = (edited["logits"] - plain["logits"]).mean(0)
    assert scores["logits"] == pytest.approx((means - means.mean()).tolist(), abs=2e-4)
    order = means.argsort(descending=True).tolist()
    assert scores["target"]["raised"] == order[:2]
    assert scores["target"]["lowered"] == order[:1:-1]
    change = means[order[:2]].mean() - means[order[2:]].mean()
    assert scores["target"]["change"] == pytest.approx(float(change), rel=1e-4)


def test_shares_add_up_to_the_change_in_each_layer_that_all_passes_through() -> None:
    found = records(edited_context(Two(), {"brighter": brighter}, photos(12)))
    for layer in ("near", "far"):
        carried = found[layer, "brighter", ""]["carried"]
        assert carried["explained"] == pytest.approx(1, abs=0.05)
        assert sum(carried["shares"]) == pytest.approx(carried["explained"], abs=1e-3)
        ordered = np.sort(carried["shares"])[::-1].cumsum()
        enough = carried["enough"]
        assert ordered[enough - 1] >= 0.8 * carried["explained"] - 1e-3
        assert enough == 1 or ordered[enough - 2] < 0.8 * carried["explained"] + 1e-3
    behind = found[None, "brighter", ""]["scores"]["behind"]
    assert behind["images"] == 12
    shares = [
        (share, layer, index)
        for layer in ("near", "far")
        for index, share in enumerate(found[layer, "brighter", ""]["carried"]["shares"])
        if share > 0
    ]
    first = sorted(shares, reverse=True)
    assert [(layer, n) for layer, n, _ in behind["carriers"]] == [each[1:] for each in first]
    assert behind["together"]["explained"] >= 0.8


def test_labels_tell_how_many_are_recognised() -> None:
    context = edited_context(Two(), {"brighter": brighter}, photos(10))
    predicted = {
        name: by_hand(context, edit)["logits"].argmax(1).tolist()
        for name, edit in (("plain", None), ("edited", brighter))
    }
    images = context.plan.images
    assert images is not None
    labels = [f"class {n % 4}" for n in range(10)]
    known = tuple(replace(i, label=label) for i, label in zip(images.images, labels, strict=True))
    network = replace(context.plan.network, classes=tuple(f"class {n}" for n in range(4)))
    plan = replace(context.plan, network=network, images=replace(images, images=known))
    scores = records(replace(context, plan=plan))[None, "brighter", ""]["scores"]
    assert scores["labelled"] == 10
    right = [sum(p == n % 4 for n, p in enumerate(own)) / 10 for own in predicted.values()]
    assert scores["accuracy"] == pytest.approx(right)


class Bare(nn.Module):
    """A convolution whose maps are the output."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = Two().near

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def test_how_much_of_an_image_is_changed_and_where_it_is_drawn_is_kept() -> None:
    def cornered(picture: Image.Image, image: str) -> Image.Image:
        edited = picture.copy()
        edited.paste((255, 0, 255), (0, 0, 3, 2))
        return edited

    context = edited_context(Two(), {"cornered": cornered, "brighter": brighter}, photos(30))
    found = records(context)
    data = found[None, "cornered", ""]
    assert data["touched"] == pytest.approx(6 / (SIZE * SIZE), rel=1e-4)
    plain, edited = (by_hand(context, edit)["logits"].argmax(1) for edit in (None, brighter))
    drawn = found[None, "brighter", ""]["scores"]["drawn"]
    shares = [
        float((edited[plain != n] == n).double().mean()) if (plain != n).any() else 0.0
        for n in range(4)
    ]
    assert drawn["share"] == pytest.approx(max(shares), abs=1e-5)
    assert shares[drawn["into"]] == max(shares) > 0


def test_without_scores_the_numbers_of_filters_hold() -> None:
    edits = {"brighter": brighter}
    found = records(edited_context(Bare(), edits, photos(10)))
    expected = records(edited_context(Two(), edits, photos(10)))["near", "brighter", ""]
    data = found["conv", "brighter", ""]
    assert "carried" not in data
    assert data["auc"] == expected["auc"]
    assert found[None, "brighter", ""] == {
        "images": 10,
        "of": 10,
        "touched": 0.0625,
        "examples": [(0, None, None), (4, None, None), (9, None, None)],
    }


def test_nothing_of_an_edit_depends_on_the_others_and_on_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = photos(11)
    both = {"mirror": MIRROR, "brighter": brighter}
    context = edited_context(Two(), both, pictures, turns=["mirror"])
    expected = records(context)
    alone = records(edited_context(Two(), {"brighter": brighter}, pictures))
    assert alone == {place: data for place, data in expected.items() if place[1] == "brighter"}
    monkeypatch.setattr("convatlas.lenses.edits.showing.HELD", 1)  # each in a pass of its own
    assert records(context) == expected
    monkeypatch.setattr("convatlas.lenses.edits.showing.TOGETHER", {"cpu": 3})
    for place, data in records(context).items():
        if place[0]:
            assert data["auc"] == expected[place]["auc"]
            assert data["change"] == pytest.approx(expected[place]["change"], abs=2e-4)


def test_an_edit_that_fails_leaves_the_others() -> None:
    def failing(picture: Image.Image, image: str) -> Image.Image:
        raise RenderError("own.py:failing raised a ValueError; correct the code")

    edits = {"failing": failing, "brighter": brighter}
    found, reasons = rendered(edited_context(Two(), edits, photos(10)))
    assert {edit for _, edit, _ in found} == {"brighter"}
    assert len(found) == 4
    assert set(reasons) == {"edits: own.py:failing raised a ValueError; correct the code"}


def test_an_edit_that_cannot_be_opened_leaves_the_others() -> None:
    def opened():
        raise RenderError("own.py has gone")

    context = edited_context(Two(), {"gone": brighter, "brighter": brighter}, photos(10))
    context = replace(context, edits={**context.edits, "gone": opened})
    found, reasons = rendered(context)
    assert {edit for _, edit, _ in found} == {"brighter"}
    assert reasons == ["edits: own.py has gone"]


def test_an_edit_of_nothing_changes_nothing() -> None:
    found = records(edited_context(Two(), {"nothing": lambda picture, image: picture}, photos(10)))
    scores = found[None, "nothing", ""]["scores"]
    assert scores == {"changed": 0, "labelled": 0, "logits": [0, 0, 0, 0]}
    for layer in ("near", "far"):
        data = found[layer, "nothing", ""]
        assert (set(data["auc"]), set(data["change"]), set(data["invariance"])) == (
            {0.5},
            {0},
            {1},
        )
        assert "carried" not in data


def test_of_many_images_as_many_as_asked_for_are_spread_evenly() -> None:
    context = edited_context(Two(), {"brighter": brighter}, photos(25), images=10)
    found = records(context)
    assert found["near", "brighter", ""]["images"] == 10
    whole = found[None, "brighter", ""]
    assert (whole["images"], whole["of"]) == (10, 25)
    assert [image for image, _, _ in whole["examples"]] == [0, 11, 24]


class Turned(nn.Module):
    """Three kernels, each in all four turns, and one that looks the same in all of them."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            kernels = torch.randn(3, 3, 3, 3)
            self.conv = nn.Conv2d(3, 13, 3, padding=1, bias=False)
        with torch.no_grad():
            for family, kernel in enumerate(kernels):
                for turns in range(4):
                    self.conv.weight[4 * family + turns] = kernel.rot90(turns, (1, 2))
            self.conv.weight[12] = 1

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).relu()


def test_all_families_of_turned_kernels_are_found() -> None:
    edits = {"turned": turned, "mirror": MIRROR}
    found = records(edited_context(Turned(), edits, photos(40), turns=list(edits)))
    expected = [(4 * family + (turns + 1) % 4, 1.0) for family in range(3) for turns in range(4)]
    data = found["conv", "turned", ""]
    assert data["twin"] == [*expected, None]
    assert data["invariance"][12] == 1
    assert found["conv", "mirror", ""]["twin"][12] is None


class OnlyGrey(nn.Module):
    """A first layer whose kernels have equal channels, and one more."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Two().near, Two().far
        self.head = nn.Linear(5, 3)
        with torch.no_grad():
            self.first.weight[:] = self.first.weight[:, :1]

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = torch.relu(self.second(torch.relu(self.first(x)))).mean((2, 3))
        return self.head(pooled)


def test_a_network_that_sees_only_grey_has_no_colour_at_all() -> None:
    context = edited_context(OnlyGrey(), {"grey": GREY}, photos(30))
    assert not torch.equal(inputs_of(context), inputs_of(context, GREY))
    found = records(context)
    for layer in ("first", "second"):
        data = found[layer, "grey", ""]
        assert set(data["colour"]) <= {0, None}
        assert 0 in data["colour"]
        assert set(data["auc"]) == {0.5}
        assert set(data["change"]) <= {0, None}
        assert set(data["invariance"]) <= {1, None}
    scores = found[None, "grey", ""]["scores"]
    assert scores == {"changed": 0, "labelled": 0, "logits": [0, 0, 0]}


def test_a_filter_of_colours_has_a_high_colour_index() -> None:
    net = OnlyGrey()
    with torch.no_grad():
        net.first.weight[2] = torch.tensor([1.0, -0.5, -0.5])[:, None, None] / 9
        net.first.bias[2] = 0
    data = records(edited_context(net, {"grey": GREY}, photos(30)))["first", "grey", ""]
    assert data["colour"][2] == pytest.approx(1, abs=0.02)
    assert data["auc"][2] < 0.1


@pytest.mark.parametrize("publish", ["full", "crops", "none"])
def test_pictures_show_no_more_than_may_be_published(publish: str) -> None:
    context = edited_context(Two(), {"brighter": brighter}, photos(10))
    policy = replace(context.plan.policy, publish=publish)
    context = replace(context, plan=replace(context.plan, policy=policy))
    found, reasons = rendered(context)
    assert not reasons
    if publish == "none":
        assert not any(record.pictures for record in found.values())
        return
    record = found[None, "brighter", PICTURES]
    assert set(record.pictures) == {f"{n}-{i}" for n in ("plain", "edited") for i in range(3)}
    assert record.data["images"] == [0, 4, 9]
    assert ("windows" in record.data) == (publish == "crops")
    side = SIZE // 2 if publish == "crops" else SIZE
    assert {(each.height, each.width) for each in record.pictures.values()} == {(side, side)}


def test_one_more_edit_leaves_the_keys_of_the_others() -> None:
    edits = {"mirror": MIRROR, "brighter": brighter}
    context = edited_context(Two(), edits, photos(10))
    few = edited_context(Two(), {"mirror": MIRROR}, photos(10))
    keys, before = (
        {each.key: each for each in Edits().requests(own.plan, RecordIndex())}
        for own in (context, few)
    )
    assert set(before) < set(keys)
    assert {keys[key].item for key in set(keys) - set(before)} == {"brighter"}
    assert len(keys) == 2 * len(before)


def test_without_edits_or_images_nothing_is_asked_for() -> None:
    context = edited_context(Two(), {}, photos(10))
    assert not list(Edits().requests(context.plan, RecordIndex()))
    context = edited_context(Two(), {"brighter": brighter}, photos(10))
    plan = replace(context.plan, images=None)
    assert not list(Edits().requests(plan, RecordIndex()))


class Crowded(Two):
    """Runs out of memory between its layers where more than so many pictures are shown at once."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: Tensor) -> Tensor:
        near = torch.relu(self.near(x))
        if len(x) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.head(8 * torch.relu(self.far(near)).mean((2, 3)))


@pytest.mark.parametrize("most", [1, 3])
def test_fewer_images_are_shown_at_once_where_memory_runs_out(most: int) -> None:
    edits, pictures = {"brighter": brighter}, photos(11)
    assert_close(
        records(edited_context(Crowded(most), edits, pictures)),
        records(edited_context(Two(), edits, pictures)),
    )


class OneByOne(Two):
    """Answers to each picture by what the others beside it are."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - x.mean())


def test_a_network_that_needs_it_is_shown_one_image_at_a_time() -> None:
    class Itself(Two):
        """The same network, which goes by each picture alone."""

        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x - x.mean((1, 2, 3), keepdim=True))

    edits, pictures = {"brighter": brighter}, photos(11)
    context = one_at_a_time(edited_context(OneByOne(), edits, pictures))
    assert_close(records(context), records(edited_context(Itself(), edits, pictures)))


def assert_close(found: dict[Place, Json], expected: dict[Place, Json]) -> None:
    """Assert that records are the same, as far as rounding goes."""
    assert found.keys() == expected.keys()
    for layer in ("near", "far"):
        own, other = (each[layer, "brighter", ""] for each in (found, expected))
        for name in ("auc", "change", "invariance"):
            assert own[name] == pytest.approx(other[name], abs=1e-3)
        shares = (each["carried"]["shares"] for each in (own, other))
        assert next(shares) == pytest.approx(next(shares), abs=1e-3)
    own, other = (each[None, "brighter", ""]["scores"] for each in (found, expected))
    assert own["logits"] == pytest.approx(other["logits"], abs=1e-3)
    assert own["behind"]["undone"] == pytest.approx(other["behind"]["undone"], abs=1e-3)
