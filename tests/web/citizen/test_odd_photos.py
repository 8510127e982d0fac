"""Odd pictures through the real form: what is made of them, and what the person is told."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from appeals.casework.photos.attachments import PhotoSize
from appeals.models.attachment import Attachment
from tests.photos import (
    NOISY,
    REFUSED,
    animated,
    deep_png,
    detailed,
    heic,
    jpeg,
    other_primaries,
    picture,
    saved,
    screenshot,
    see_through_palette,
    ten_bit_heic,
    with_broken_exif,
)
from tests.web.citizen_filing import text_marked
from tests.web.filing_form import fill_pages, send_page

GOLD, THIRD = (255, 220, 0), (85, 85, 85)
POSITION = "已去除拍摄位置"
MADE_ANEW: dict[
    str, tuple[Callable[[], bytes], tuple[int, int], tuple[int, int, int] | None, str]
] = {
    "chat.png": (screenshot, (1080, 20_000), GOLD, ""),
    "grey scan.png": (lambda: deep_png(1), (64, 48), THIRD, ""),
    "16 bits.png": (lambda: deep_png(3), (64, 48), THIRD, ""),
    "no end.jpg": (lambda: detailed()[:-2], (800, 600), None, "文件末尾缺失，已修补"),
    "hardly cut.jpg": (lambda: detailed()[:-12], (800, 600), None, "文件末尾缺失，已修补"),
    "progressive, no end.jpg": (
        lambda: detailed(progressive=True)[:-2], (800, 600), None, "文件末尾缺失，已修补"
    ),
    "iphone.heic": (lambda: heic(1), (64, 48), GOLD, f"已由HEIC转为JPEG；{POSITION}"),
    "upside down.heic": (lambda: heic(2, 3), (64, 48), GOLD, f"已由HEIC转为JPEG；{POSITION}"),
    "on its side.heic": (lambda: heic(2, 6), (48, 64), GOLD, f"已由HEIC转为JPEG；{POSITION}"),
    "ten bits.heic": (ten_bit_heic, (64, 48), GOLD, "已由HEIC转为JPEG"),
    "heic called.jpg": (lambda: heic(3), (64, 48), GOLD, f"已由HEIC转为JPEG；{POSITION}"),
    "on its side.jpg": (lambda: jpeg(4, 6, (80, 40)), (40, 80), GOLD, f"已转正；{POSITION}"),
    "camera.jpg": (lambda: jpeg(5, size=(4000, 3000)), (4000, 3000), GOLD, POSITION),
    "108 megapixels.jpg": (
        lambda: jpeg(6, size=(12_000, 9_000)), (6000, 4500), GOLD, f"像素过多，已缩小；{POSITION}"
    ),
    "print.jpg": (
        lambda: saved(picture(mode="CMYK"), "JPEG"), (64, 48), GOLD, ""
    ),
    "drawing.png": (see_through_palette, (64, 48), GOLD, "透明部分已填成白色"),
    "opaque.png": (lambda: saved(picture(mode="RGBA"), "PNG"), (64, 48), GOLD, ""),
    "moving.png": (lambda: animated("PNG"), (64, 48), GOLD, "动图只保留第一帧"),
    "moving.webp": (lambda: animated("WEBP"), (64, 48), GOLD, "动图只保留第一帧"),
    "one.png": (lambda: saved(picture((1, 1)), "PNG"), (1, 1), None, ""),
    "thin.png": (lambda: saved(picture((70_000, 2)), "PNG"), (65_000, 2), None, "像素过多，已缩小"),
    "two pictures.jpg": (
        lambda: saved(picture(), "MPO", save_all=True, append_images=[picture(seed=9)]),
        (64, 48), GOLD, "",
    ),
    "gain map cut.jpg": (
        lambda: saved(picture(), "MPO", save_all=True, append_images=[picture(seed=9)])[:-30],
        (64, 48), GOLD, "",
    ),
    "wide colours.jpg": (
        lambda: saved(picture(), "JPEG", icc_profile=other_primaries()),
        (64, 48), (0, 220, 255), "",
    ),
    "wide colours.heic": (
        lambda: saved(picture(), "HEIF", icc_profile=other_primaries(), quality=90),
        (64, 48), (0, 220, 255), "已由HEIC转为JPEG",
    ),
    "much detail.jpg": (
        NOISY["49 megapixels.jpg"][0], (1920, 1920), None, "原图占用空间过大，只保留缩小后的照片"
    ),
    "broken exif.jpg": (with_broken_exif, (64, 48), GOLD, ""),
}  # fmt: skip
"""The file, the size of what its link opens, the colour in its corner, what the person is told."""
CORNERS = {"on its side.heic": (-1, 0), "on its side.jpg": (-1, 0), "upside down.heic": (-1, -1)}
"""Where the corner is that was at the upper left of the sensor."""


@pytest.mark.parametrize("name", MADE_ANEW)
def test_what_happened_to_a_picture_is_said_beside_it_and_its_link_opens_all_of_it(
    client: FlaskClient, name: str
) -> None:
    make, size, colour, told = MADE_ANEW[name]
    fill_pages(client, "what")
    page = send_page(client, "what", attachments=[(io.BytesIO(make()), name)], go="what")
    assert page.status_code == 200, page.text
    (address,) = re.findall(r'href="(/appeals/new/photos/\d+/original)"', page.text)
    picture = Image.open(io.BytesIO(client.get(address).data))
    assert (picture.format, picture.size) == ("JPEG", size)
    start = picture.convert("RGB").getpixel(CORNERS.get(name, (0, 0)))
    assert isinstance(start, tuple)
    if colour:
        assert max(abs(a - b) for a, b in zip(start, colour, strict=True)) < 30
    assert re.findall(r'photos__changes">([^<]*)<', page.text) == ([told] if told else [])


def test_a_long_screenshot_is_readable_in_its_preview_and_whole_in_its_original(
    client: FlaskClient, session: Session
) -> None:
    fill_pages(client, "what")
    page = send_page(
        client, "what", attachments=[(io.BytesIO(screenshot()), "chat.png")], go="what"
    )
    (original,) = re.findall(r'href="(/appeals/new/photos/\d+/original)"', page.text)
    sizes = {}
    for size in PhotoSize:
        answer = client.get(original.replace("original", size))
        sizes[size] = Image.open(io.BytesIO(answer.data)).size
    assert sizes == {"original": (1080, 20_000), "large": (805, 14_907), "small": (160, 320)}
    session.execute(sa.update(Attachment).values(original=None, changes=None))  # by release 0.1
    assert client.get(original).data == client.get(original.replace("original", "large")).data
    assert "photos__changes" not in send_page(client, "what", go="what").text


def test_what_happened_to_a_photo_is_said_on_the_page_to_check_and_on_the_appeals_own(
    client: FlaskClient,
) -> None:
    fill_pages(client, "what")
    send_page(client, "what", attachments=[(io.BytesIO(heic(1)), "a.heic")])
    check = fill_pages(client, "about", "who")
    query = check.request.query_string.decode()
    for language, told in (
        ("zh", "已由HEIC转为JPEG；已去除拍摄位置"),
        ("en", "converted from HEIC to JPEG; location removed"),
    ):
        page = client.get(f"{check.request.path}?{query}&lang={language}")
        assert re.findall(r'photos__changes">([^<]*)<', page.text) == [told]
    number = text_marked(send_page(client, "check", go="send").text, "data-appeal-number")
    page = client.get(f"/appeals/{number}")
    assert re.findall(r'photos__changes">([^<]*)<', page.text) == [told]


@pytest.mark.parametrize(
    ("name", "octets", "told"),
    [
        ("half.jpg", REFUSED["half.jpg"], "不完整"),
        ("cut.jpg", REFUSED["progressive, cut.jpg"], "不完整"),
        ("cut.heic", REFUSED["cut.heic"], "不完整"),
        ("scan.tiff", REFUSED["a.tiff"], "是TIFF文件"),
        ("moving.gif", REFUSED["moving.gif"], "是GIF文件"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(
    client: FlaskClient, name: str, octets: Callable[[], bytes], told: str
) -> None:
    fill_pages(client, "what")
    page = send_page(client, "what", attachments=[(io.BytesIO(octets()), name)])
    assert page.status_code == 422
    assert f"“{name}”{told}" in page.text
