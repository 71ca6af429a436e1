import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torchvision import models
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F
from torchvision.transforms._presets import ImageClassification

from convatlas.config import schema
from convatlas.model.facts import Preprocessing
from convatlas.network.preprocess import IMAGENET, prepare, preprocessing

COLOUR, GREY = nn.Conv2d(3, 2, 3), nn.Sequential(nn.ReLU(), nn.Conv2d(1, 2, 3))


def model(**inputs):
    return schema.Model(name="m", source="a:b", input=schema.Input(**inputs))


def picture(width, height, mode="RGB"):
    values = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3))
    return Image.fromarray(values.astype(np.uint8)).convert(mode)


def by_torchvision(image, p):
    """torchvision's own steps, with normalisation that changes nothing."""
    preset = ImageClassification(
        crop_size=p.size[0],
        resize_size=p.resize[0],
        mean=(0.0,) * 3,
        std=(1.0,) * 3,
        interpolation=InterpolationMode(p.interpolation),
    )
    return (preset(image) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    crop=st.integers(1, 40),
    resize=st.integers(1, 50),
    mode=st.sampled_from(["bilinear", "bicubic", "nearest", "lanczos", "box", "hamming"]),
)
def test_pictures_are_prepared_exactly_as_by_torchvision(width, height, crop, resize, mode):
    if max(width, height) * resize // min(width, height) > 400:
        return
    p = Preprocessing((crop, crop), (resize,), 3, IMAGENET.mean, IMAGENET.std, mode)
    image = picture(width, height)
    assert np.array_equal(prepare(image, p), by_torchvision(image, p))


@pytest.mark.parametrize(
    "weights",
    [
        models.SqueezeNet1_1_Weights.DEFAULT,
        models.Inception_V3_Weights.DEFAULT,
        models.EfficientNet_B0_Weights.DEFAULT,
        models.ConvNeXt_Tiny_Weights.DEFAULT,
    ],
)
def test_published_weights_say_their_preprocessing(weights):
    transforms = weights.transforms()
    p = preprocessing(model(), COLOUR, transforms)
    image = picture(500, 333)
    prepared = torch.from_numpy(prepare(image, p)).permute(2, 0, 1)
    normalised = F.normalize(prepared.float().div(255), list(p.mean), list(p.std))
    assert torch.equal(normalised, transforms(image))


def test_without_weights_it_is_imagenets():
    assert preprocessing(model(), COLOUR) == IMAGENET


def test_input_overrides_key_by_key():
    transforms = models.EfficientNet_B0_Weights.DEFAULT.transforms()
    p = preprocessing(model(mean=[0.5, 0.5, 0.5]), COLOUR, transforms)
    assert p.mean == (0.5, 0.5, 0.5)
    assert (p.std, p.interpolation, p.size) == (IMAGENET.std, "bicubic", (224, 224))


@pytest.mark.parametrize(
    ("inputs", "size", "resize"),
    [
        ({"size": 224}, (224, 224), (256,)),
        ({"size": 112}, (112, 112), (128,)),
        ({"size": [64, 128]}, (64, 128), (146,)),
        ({"size": 32, "resize": 32}, (32, 32), (32,)),
        ({"resize": [40, 50]}, (224, 224), (40, 50)),
    ],
)
def test_a_size_brings_its_resize_along(inputs, size, resize):
    p = preprocessing(model(**inputs), COLOUR)
    assert (p.size, p.resize) == (size, resize)


def test_no_crop_reaches_beyond_the_picture_when_only_the_size_is_given():
    p = preprocessing(model(size=[20, 60]), COLOUR)
    assert prepare(Image.new("RGB", (30, 90), "white"), p).min() == 255


def test_one_channel_is_seen_from_the_network():
    p = preprocessing(model(size=28), GREY)
    assert (p.channels, p.mean, p.std) == (1, (0.449,), (0.226,))
    prepared = prepare(picture(50, 40), p)
    assert prepared.shape == (28, 28, 1)
    assert preprocessing(model(channels=3), GREY).channels == 3


def test_grey_files_become_colour_and_colour_files_grey():
    colour = Preprocessing((4, 4), (4,), 3, IMAGENET.mean, IMAGENET.std, "nearest")
    grey = Preprocessing((4, 4), (4,), 1, (0.5,), (0.5,), "nearest")
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    assert prepare(red.convert("L"), colour).shape == (4, 4, 3)
    assert (prepare(red, grey) == 76).all()


def test_two_numbers_resize_to_height_and_width():
    p = Preprocessing((10, 30), (10, 30), 3, IMAGENET.mean, IMAGENET.std, "nearest")
    assert prepare(picture(7, 7), p).shape == (10, 30, 3)


def test_a_mean_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="`mean` has 1 numbers for 3 channels"):
        preprocessing(model(mean=[0.5]), COLOUR)


def test_segmentation_presets_are_cropped_to_their_side():
    weights = models.segmentation.FCN_ResNet50_Weights.DEFAULT
    assert preprocessing(model(), COLOUR, weights.transforms()).size == (520, 520)
