"""The bytes of odd picture files that can be used, with what they should be read as."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
TURNS = (2, 3, 4, 5, 6, 7, 8)
SAME = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
"""EXIF's orientations, and the ``Image.Transpose`` that makes an upright picture lie so."""


class Usable(NamedTuple):
    """A file that can be used, and the picture that it should be read as, give or take."""

    data: bytes
    expected: Image.Image
    tolerance: int = 0


def card(number: int) -> Image.Image:
    """A picture of four corners, all different, of 32 x 16 pixels; each number gives another."""
    card = Image.new("RGB", (32, 16), (40, 200, 40))
    card.paste((250 - 3 * (number % 80), number % 7 * 20, 30), (0, 0, 16, 8))
    card.paste((30, 40, number % 90 * 2), (0, 8, 16, 16))
    card.paste((10, number % 101 * 2, 160), (16, 8, 32, 16))
    return card


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file of that kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """A chunk of a PNG file."""
    sum_ = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_)


def png(
    size: tuple[int, int],
    bits: int,
    colour: int,
    rows: Iterable[bytes],
    *more: bytes,
    interlaced: bool = False,
) -> bytes:
    """A PNG file of unfiltered rows; ``more`` are chunks before the pixels."""
    head = struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, interlaced)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    middle = [*more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(middle)


def adam7(image: Image.Image) -> bytes:
    """A picture as an interlaced PNG, which Pillow does not write."""
    pixels = np.asarray(image)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)]
    passes += [(2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = [
        row.tobytes()
        for top, left, down, right in passes
        for row in pixels[top::down, left::right]
        if row.size
    ]
    return png(image.size, 8, 2, rows, interlaced=True)


def exif(orientation: int) -> Image.Exif:
    """EXIF that says how a picture is turned, and little more."""
    found = Image.Exif()
    found[0x0112] = orientation
    return found


def sixteen(number: int) -> np.ndarray:
    """Grey values of sixteen bits; each number gives others."""
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    return values + np.uint16(number)


def clear_corner(number: int, mode: str) -> tuple[Image.Image, Image.Image]:
    """A picture with a clear corner, and what it looks like on white."""
    drawn, mask = (
        card(number).convert("L" if mode == "LA" else "RGB"),
        Image.new("L", (32, 16), 255),
    )
    mask.paste(0, (0, 0, 16, 8))
    clear = drawn.copy()
    clear.putalpha(mask)
    return clear, Image.composite(card(number), Image.new("RGB", (32, 16), WHITE), mask)


def palette(number: int) -> Image.Image:
    """A picture of two colours of a palette, the first above the second."""
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, 10, number, 30, 200, 200, number])
    picture.paste(2, (0, 4, 8, 8))
    return picture


def usable_files() -> dict[str, Usable]:
    """Odd files that can be used, by name; no two have the same content."""
    found = {**_jpegs(), **_pngs(), **_transparent(), **_tiffs(), **_others()}
    for orientation in TURNS:
        lying = card(40 + orientation).transpose(Image.Transpose(SAME[orientation]))
        data = saved(lying, "JPEG", exif=exif(orientation), subsampling=0, quality=98)
        found[f"turned-{orientation}.jpg"] = Usable(data, card(40 + orientation), 12)
        if orientation in (3, 6):
            for kind in ("PNG", "WEBP", "TIFF"):
                upright = card(50 + orientation + len(kind))
                more = {"lossless": True} if kind == "WEBP" else {}
                lying = upright.transpose(Image.Transpose(SAME[orientation]))
                data = saved(lying, kind, exif=exif(orientation), **more)
                found[f"turned-{orientation}.{kind.lower()}"] = Usable(data, upright)
    return found


def _jpegs() -> dict[str, Usable]:
    def jpeg(number: int, image: Image.Image | None = None, **options: Any) -> bytes:
        good = {"quality": 98} if image and image.mode == "L" else {"quality": 98, "subsampling": 0}
        return saved(image or card(number), "JPEG", **good, **options)

    big = np.random.default_rng(1).bytes(300_000)
    grey = card(4).convert("L")
    mpo = saved(card(9), "MPO", save_all=True, append_images=[card(10)], quality=98, subsampling=0)
    return {
        "plain.jpg": Usable(jpeg(1), card(1), 12),
        "upper.JPG": Usable(jpeg(2), card(2), 12),
        "long.JPEG": Usable(jpeg(3), card(3), 12),
        "grey.jpg": Usable(jpeg(4, grey), grey, 12),
        "progressive.jfif": Usable(jpeg(5, progressive=True), card(5), 12),
        "cmyk.jpg": Usable(jpeg(6, card(6).convert("CMYK")), card(6), 20),
        "white-cmyk.jpg": Usable(
            jpeg(7, Image.new("CMYK", (32, 16))), Image.new("RGB", (32, 16), WHITE)
        ),
        "stored-as-rgb.jpg": Usable(jpeg(8, keep_rgb=True), card(8), 12),
        "two-in-one.jpg": Usable(mpo, card(9), 12),
        "trailing.jpg": Usable(jpeg(11) + b"\0garbage" * 99, card(11), 12),
        "big-profile.jpg": Usable(jpeg(12, icc_profile=big), card(12), 12),
        "broken-exif.jpg": Usable(jpeg(13, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"), card(13), 12),
        "no-exif-at-all.jpg": Usable(jpeg(14, exif=b"Exif\0\0garbage"), card(14), 12),
        "text-for-a-turn.jpg": Usable(
            jpeg(18, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x02ab" + bytes(6)),
            card(18),
            12,
        ),
        "turned-9.jpg": Usable(jpeg(15, exif=exif(9)), card(15), 12),
        "turned-1.jpg": Usable(jpeg(16, exif=exif(1)), card(16), 12),
        "in truth a jpeg.png": Usable(jpeg(17), card(17), 12),
    }


def _pngs() -> dict[str, Usable]:
    deep = np.stack([sixteen(1), sixteen(2), sixteen(3)], axis=2)
    values = np.arange(0, 200, 25, dtype=np.uint8)
    return {
        "plain.png": Usable(saved(card(20), "PNG"), card(20)),
        "in truth a png.jpg": Usable(saved(card(21), "PNG"), card(21)),
        "interlaced.png": Usable(adam7(card(22)), card(22)),
        "sixteen.png": Usable(saved(Image.fromarray(sixteen(4)), "PNG"), upper(sixteen(4))),
        "sixteen-colours.png": Usable(
            png((8, 8), 16, 2, [row.astype(">u2").tobytes() for row in deep]), upper(deep)
        ),
        "sixteen-clear.png": Usable(
            png(
                (8, 1),
                16,
                0,
                [(values.astype(">u2") * 256).astype(">u2").tobytes()],
                chunk(b"tRNS", b"\0\0"),
            ),
            Image.fromarray(np.where(values == 0, 255, values).astype(np.uint8)[None]),
        ),
        "bits.png": Usable(png((8, 2), 1, 0, [b"\xf0", b"\x0f"]), bits(b"\xf0\x0f")),
        "two-bits.png": Usable(
            png((4, 1), 2, 0, [b"\x1b"]), Image.fromarray(np.array([[0, 85, 170, 255]], np.uint8))
        ),
        "palette.png": Usable(saved(palette(1), "PNG"), palette(1).convert("RGB")),
        "trailing.png": Usable(saved(card(24), "PNG") + b"garbage" * 9, card(24)),
        "gamma.png": Usable(
            png((1, 1), 8, 2, [b"\1\2\3"], chunk(b"gAMA", b"\0\0\x9c\x40")), dot(1, 2, 3)
        ),
        "moving.png": Usable(
            saved(card(25), "PNG", save_all=True, append_images=[card(26)]), card(25)
        ),
        "dot.png": Usable(saved(dot(4, 5, 6), "PNG"), dot(4, 5, 6)),
        "narrow.png": Usable(saved(line(2, 200), "PNG"), line(2, 200)),
    }


def _transparent() -> dict[str, Usable]:
    found = {}
    for number, kind in enumerate(("PNG", "WEBP", "TIFF")):
        clear, expected = clear_corner(30 + number, "RGBA")
        more = {"lossless": True} if kind == "WEBP" else {}
        found[f"clear.{kind.lower()}"] = Usable(saved(clear, kind, **more), expected)
    half = Image.new("LA", (4, 4), (0, 128))
    grey = Image.new("L", (4, 4), 77)
    grey.putpixel((0, 0), 3)
    grey_expected = Image.merge(
        "RGB", [grey.point(lambda value: 255 if value == 77 else value)] * 3
    )
    colour = card(34)
    top_left = colour.getpixel((0, 0))
    colour_expected = colour.copy()
    colour_expected.paste(WHITE, (0, 0, 16, 8))
    whole = Image.new("RGB", (8, 8), WHITE)
    whole.paste((200, 200, 2), (0, 4, 8, 8))
    tinted = palette(3).convert("RGB")
    tinted.paste((132, 129, 142), (0, 0, 8, 4))
    return found | {
        "half.png": Usable(saved(half, "PNG"), Image.new("RGB", (4, 4), (127, 127, 127))),
        "clear-grey.png": Usable(saved(grey, "PNG", transparency=77), grey_expected),
        "clear-colour.png": Usable(saved(colour, "PNG", transparency=top_left), colour_expected),
        "clear-palette.png": Usable(saved(palette(2), "PNG", transparency=1), whole),
        "tinted-palette.png": Usable(
            saved(palette(3), "PNG", transparency=b"\xff\x80\xff"), tinted, 1
        ),
        "clear.gif": Usable(
            saved(palette(4), "GIF", transparency=1), replaced(palette(4), (10, 4, 30), WHITE)
        ),
        "clear-bits.png": Usable(
            png((8, 1), 1, 0, [b"\xf0"], chunk(b"tRNS", b"\0\0")), Image.new("RGB", (8, 1), WHITE)
        ),
    }


def _tiffs() -> dict[str, Usable]:
    def tiff(image: Image.Image, **options: Any) -> bytes:
        return saved(image, "TIFF", **options)

    lab = Image.new("LAB", (4, 4), (255, 128, 128))
    big_endian = b"MM\0*\0\0\0\x08" + tags(8, 8, 16) + sixteen(6).astype(">u2").tobytes()
    return {
        "plain.tif": Usable(tiff(card(60)), card(60)),
        "packed.TIFF": Usable(tiff(card(61), compression="tiff_lzw"), card(61)),
        "jpeg-inside.tif": Usable(tiff(card(62), compression="jpeg", quality=98), card(62), 40),
        "cmyk.tif": Usable(tiff(card(63).convert("CMYK")), card(63), 20),
        "lab.tif": Usable(tiff(lab), Image.new("RGB", (4, 4), WHITE), 3),
        "sixteen.tif": Usable(tiff(Image.fromarray(sixteen(5))), upper(sixteen(5))),
        "sixteen-big-endian.tif": Usable(big_endian, upper(sixteen(6))),
        "bits.tif": Usable(tiff(bits(b"\xaa").convert("1"), compression="group4"), bits(b"\xaa")),
        "pages.tif": Usable(tiff(card(64), save_all=True, append_images=[card(65)]), card(64)),
        "palette.tif": Usable(tiff(palette(5)), palette(5).convert("RGB")),
        "ycbcr.tif": Usable(tiff(card(66).convert("YCbCr")), card(66), 6),
    }


def _others() -> dict[str, Usable]:
    moving = [palette(6), palette(7)]
    number = np.arange(4, dtype=np.uint8).reshape(2, 2)
    grey, deep = Image.fromarray(number + 1), (sixteen(7)[:2, :2]).astype(">u2").tobytes()
    clear_bmp, _ = clear_corner(72, "RGBA")  # whose opacity nobody agrees upon: it is passed over
    return {
        "moving.gif": Usable(
            saved(moving[0], "GIF", save_all=True, append_images=moving[1:], duration=50),
            moving[0].convert("RGB"),
        ),
        "moving.webp": Usable(
            saved(card(70), "WEBP", save_all=True, append_images=[card(71)], lossless=True),
            card(70),
        ),
        "lossy.webp": Usable(saved(card(73), "WEBP", quality=95), card(73), 60),
        "plain.bmp": Usable(saved(card(74), "BMP"), card(74)),
        "bits.bmp": Usable(saved(bits(b"\xcc").convert("1"), "BMP"), bits(b"\xcc")),
        "palette.bmp": Usable(saved(palette(8), "BMP"), palette(8).convert("RGB")),
        "opacity.bmp": Usable(saved(clear_bmp, "BMP"), card(72)),
        "text.pbm": Usable(
            b"P1 # a remark\n2 1\n0 1\n", Image.fromarray(np.array([[255, 0]], "u1"))
        ),
        "text.pgm": Usable(b"P2\n2 2\n255\n1 2\n3 4\n", grey),
        "text.ppm": Usable(b"P3 1 1 255 7 8 9\n", dot(7, 8, 9)),
        "bits.pbm": Usable(b"P4 8 1\n\x0f", bits(b"\xf0")),
        "grey.pgm": Usable(b"P5 2 2 255\n" + (number + 5).tobytes(), Image.fromarray(number + 5)),
        "sixteen.pgm": Usable(b"P5 2 2 65535\n" + deep, upper(sixteen(7)[:2, :2])),
        "colours.ppm": Usable(b"P6 1 1 255\n\x0a\x0b\x0c", dot(10, 11, 12)),
        "colours.pnm": Usable(b"P6 1 1 255\n\x0d\x0e\x0f", dot(13, 14, 15)),
    }


def upper(values: np.ndarray) -> Image.Image:
    """The upper eight bits of sixteen."""
    return Image.fromarray((values >> 8).astype(np.uint8))


def bits(rows: bytes) -> Image.Image:
    """A row of eight pixels for each byte, white where a bit is set."""
    values = np.frombuffer(rows, np.uint8)[:, None]
    return Image.fromarray(np.unpackbits(values, axis=1) * np.uint8(255))


def dot(*colour: int) -> Image.Image:
    """A single pixel."""
    return Image.new("RGB", (1, 1), colour)


def line(width: int, height: int) -> Image.Image:
    """A picture that gets brighter from left to right and downwards."""
    values = np.linspace(0, 255, width * height).astype(np.uint8)
    return Image.fromarray(values.reshape(height, width))


def replaced(image: Image.Image, old: tuple[int, ...], new: tuple[int, ...]) -> Image.Image:
    """A picture in colour with another colour in place of one."""
    pixels = np.array(image.convert("RGB"))
    pixels[(pixels == old).all(2)] = new
    return Image.fromarray(pixels)


def tags(width: int, height: int, depth: int) -> bytes:
    """The directory of a big-endian grey TIFF whose pixels follow it; it stands at byte 8."""
    entries = [(256, width), (257, height), (258, depth), (259, 1), (262, 1)]
    entries += [(273, 8 + 2 + 12 * 8 + 4), (278, height), (279, width * height * depth // 8)]
    packed = [struct.pack(">HHII", tag, 4, 1, value % 2**32) for tag, value in entries]
    return struct.pack(">H", len(entries)) + b"".join(packed) + bytes(4)
