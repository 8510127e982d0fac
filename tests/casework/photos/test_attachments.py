"""Photos: each file of the upload corpus is refused or clean, and filed with its move."""

import hashlib
import io
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.photos import attachments, photo_decoding
from appeals.casework.photos.photo_decoding import Photo, Upload, decode_photo
from appeals.domain.refusals import Refused, RefusedKind
from appeals.models.attachment import Attachment
from tests.photos import CLEAN, NOISY, REFUSED, SECRETS, flat_png, jpeg, png_header, store_uploads

KEY = "the key of a form that was not sent"


def store_photos_of_form(act: Act, files: Path, *uploads: Upload, key: str = KEY) -> list[str]:
    """Decode and store the uploads; return the sentences about those that were refused."""
    return [problem.label("en") for problem in store_uploads(act, files, key, uploads)]


def decoded(upload: Upload) -> Photo:
    """Decode one upload, however long it takes on a busy machine."""
    return decode_photo(upload, time.monotonic() + 60)


def stored(files: Path) -> list[Path]:
    return sorted(path for path in files.rglob("*") if path.is_file())


def is_clean(octets: bytes) -> bool:
    """Tell whether a stored file is a JPEG with pixels alone."""
    image = Image.open(io.BytesIO(octets))
    image.load()
    told = {name for name in map(str, image.info) if not name.startswith(("jfif", "progress"))}
    return (
        image.format == "JPEG"
        and not image.getexif()
        and told == set()
        and not [secret for secret in SECRETS if secret in octets]
    )


def large(seed: int) -> bytes:
    """Give a photo larger than its thumbnail."""
    return jpeg(seed, size=(400, 300))


def test_the_corpus_has_its_sixty_files() -> None:
    assert len(CLEAN) + len(REFUSED) >= 60
    assert not is_clean(jpeg())


@pytest.mark.parametrize("name", CLEAN)
def test_an_odd_photo_is_made_anew(name: str) -> None:
    made = decoded(Upload(name, CLEAN[name]()))
    assert is_clean(made.image)
    assert is_clean(made.thumbnail)


@pytest.mark.parametrize("name", NOISY)
def test_a_photo_takes_little_more_room_than_the_file_that_was_sent(name: str) -> None:
    make, changes = NOISY[name]
    sent = make()
    photo = decoded(Upload(name, sent))
    assert photo.octets <= max(len(sent), 4 << 20) + (1 << 20)
    assert photo.octets > len(photo.image) > 1 << 20
    assert list(photo.changes) == changes
    assert (photo.original is None) == (name != "ten megabytes.jpg")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_with_a_sentence(name: str) -> None:
    octets = REFUSED[name]()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(Refused) as refused:
        decoded(Upload(name, octets))
    assert name in refused.value.label("en")
    assert refused.value.field == "attachments"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 6


def test_a_photo_is_turned_upright() -> None:
    made = decoded(Upload("held.jpg", jpeg(1, orientation=6, size=(80, 40))))
    image = Image.open(io.BytesIO(made.image))
    assert image.size == (40, 80)
    red, green, blue = image.getpixel((30, 10))  # type: ignore[misc]  # a colour of three
    assert (red > 200, green > 180, blue < 80) == (True, True, True)  # what was left is on top


@pytest.mark.slow
def test_two_hundred_stored_files_carry_no_position_and_no_serial_number(
    act: Act, tmp_path: Path
) -> None:
    for n in range(100):
        assert (
            store_photos_of_form(act, tmp_path, Upload(f"{n}.jpg", large(n)), key=f"{KEY} {n}")
            == []
        )
    files = stored(tmp_path)
    assert len(files) == 200
    assert [path for path in files if not is_clean(path.read_bytes())] == []
    assert [p for p in files if hashlib.sha256(p.read_bytes()).hexdigest() != p.name] == []


def test_names_that_lead_elsewhere_write_nothing_there(act: Act, tmp_path: Path) -> None:
    files = tmp_path / "files"
    names = ("../../outside.jpg", "/etc/outside.jpg", "..\\outside.jpg", "a\0b.jpg")
    for n, name in enumerate(names):
        store_photos_of_form(act, files, Upload(name, jpeg(n)))
    assert {path.parent.parent for path in stored(tmp_path)} == {files}


def test_a_good_photo_is_kept_beside_a_bad_file(act: Act, tmp_path: Path) -> None:
    said = store_photos_of_form(
        act, tmp_path, Upload("a.jpg", jpeg()), Upload("b.jpg", b"no photo")
    )
    assert len(said) == 1
    assert "“b.jpg” is not a photo" in said[0]
    assert len(attachments.list_form_photos(act, KEY)) == 1


LITTLE_MEMORY = ("MAX_MEMORY_BYTES = 1 << 30", "MAX_MEMORY_BYTES = 1 << 28")
LITTLE_TIME = (
    "MAX_CPU_SECONDS = 5",
    "MAX_CPU_SECONDS = 1\nimport time\nwhile time.process_time() < 1.1: pass",
)
"""Changes to the program that decodes; the second has used up its time before it begins."""


@pytest.mark.parametrize(
    ("usual", "strict"), [LITTLE_MEMORY, LITTLE_TIME], ids=["memory", "cpu_time"]
)
def test_a_photo_that_reaches_a_limit_while_it_is_decoded_is_said_to_be_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, usual: str, strict: str
) -> None:
    source = photo_decoding.PROGRAM.read_text()
    assert usual in source
    program = tmp_path / "strict.py"
    program.write_text(source.replace(usual, strict))
    monkeypatch.setattr(photo_decoding, "PROGRAM", program)
    with pytest.raises(Refused) as refused:
        decoded(Upload("wide.png", flat_png(7_000)))
    assert refused.value.label("en").startswith("“wide.png” is too large to be processed")


def test_the_sixth_photo_is_refused_and_five_are_kept(act: Act, tmp_path: Path) -> None:
    said = store_photos_of_form(act, tmp_path, *(Upload(f"{n}.jpg", jpeg(n)) for n in range(4)))
    said += store_photos_of_form(act, tmp_path, *(Upload(f"{n}.jpg", jpeg(n)) for n in range(4, 6)))
    assert said == ["At most 5 photos can be added: “5.jpg” was not kept."]
    assert len(attachments.list_form_photos(act, KEY)) == 5
    (sixth,) = store_photos_of_form(act, tmp_path, Upload("no photo", b"?"))
    assert "At most 5" in sixth  # nothing more is even opened


def test_refused_files_are_not_opened_without_end(act: Act, tmp_path: Path) -> None:
    bad = [
        Upload(f"{n}.png", png_header(9_999, n + 1))
        for n in range(photo_decoding.MAX_DECODED_FILES + 1)
    ]
    said = store_photos_of_form(act, tmp_path, *bad)
    assert len(said) == len(bad)
    assert ["At most 5" in each for each in said] == [False] * (len(bad) - 1) + [True]


def test_the_same_file_sent_twice_is_kept_once(act: Act, tmp_path: Path) -> None:
    for _ in range(2):
        assert (
            store_photos_of_form(act, tmp_path, Upload("a.jpg", jpeg()), Upload("b.jpg", jpeg()))
            == []
        )
    assert len(attachments.list_form_photos(act, KEY)) == 1


def test_a_photo_taken_out_is_gone(act: Act, tmp_path: Path) -> None:
    store_photos_of_form(act, tmp_path, Upload("a.jpg", jpeg()))
    (photo,) = attachments.list_form_photos(act, KEY)
    attachments.remove_photo(act, "the key of another form", photo.id)
    assert len(attachments.list_form_photos(act, KEY)) == 1
    attachments.remove_photo(act, KEY, photo.id)
    assert len(attachments.list_form_photos(act, KEY)) == 0


def test_what_was_never_sent_goes_after_a_day_and_nothing_else(
    act: Act, session: Session, tmp_path: Path
) -> None:
    store_photos_of_form(act, tmp_path, Upload("a.jpg", large(1)))
    soon = act.later(timedelta(hours=23))
    assert attachments.delete_unfiled_photos(soon, tmp_path) == 0
    assert len(attachments.list_form_photos(soon, KEY)) == 1
    half = next(path for path in tmp_path.iterdir()) / ".half"
    half.write_bytes(b"of a process that was killed")
    late = act.later(timedelta(hours=25))
    store_photos_of_form(
        late, tmp_path, Upload("b.jpg", large(2)), key="another form of the next day"
    )
    assert attachments.delete_unfiled_photos(late, tmp_path) == 3
    assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1
    assert len(stored(tmp_path)) == 2


def test_originals_go_with_the_photo_that_was_never_sent_and_lie_where_older_workers_do_not_look(
    act: Act, tmp_path: Path
) -> None:
    store_photos_of_form(act, tmp_path, Upload("a.jpg", jpeg(1, size=(2800, 2100))))
    originals = [path.relative_to(tmp_path) for path in stored(tmp_path)][-1]
    assert originals.parts[:2] == ("originals", f"{act.now:%Y-%m-%d}")
    late = act.later(timedelta(hours=25))
    assert attachments.delete_unfiled_photos(late, tmp_path) == 3
    assert stored(tmp_path) == []


def test_a_file_reaches_the_disk_before_its_row(act: Act, tmp_path: Path) -> None:
    read_only = tmp_path / "a file where the folder should be"
    read_only.write_text("")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        store_photos_of_form(act, read_only, Upload("a.jpg", jpeg()))
    assert len(attachments.list_form_photos(act, KEY)) == 0


def test_a_jpeg_of_a_hundred_megapixels_is_taken_at_reduced_scale() -> None:
    photo = decoded(Upload("telephone.jpg", jpeg(3, size=(12_000, 9_000))))
    assert Image.open(io.BytesIO(photo.image)).size == (2560, 1920)


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("121 megapixels.jpg", lambda: jpeg(size=(12_100, 10_000))),
        ("62 megapixels.png", lambda: flat_png(7_900)),
    ],
)
def test_a_photo_of_too_many_pixels_is_refused_by_its_header(
    name: str, octets: Callable[[], bytes]
) -> None:
    upload = Upload(name, octets())
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(Refused, match="too many pixels"):
        decoded(upload)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.5


def test_a_photo_waits_for_a_decoder_only_so_long() -> None:
    with photo_decoding.DECODERS, pytest.raises(Refused) as refused:
        decode_photo(Upload("a.jpg", jpeg()), time.monotonic() + 0.1)
    assert refused.value.kind is RefusedKind.TOO_MANY
    assert decoded(Upload("a.jpg", jpeg())).image
