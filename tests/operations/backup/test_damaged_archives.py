"""An archive that is not what its manifest says is refused and leaves nothing behind."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from appeals.domain.refusals import Refused
from appeals.operations.backup.archive import DUMP, MANIFEST
from appeals.operations.backup.restore import restore_archive
from tests.operations.restored import FORMAT_1, holds, silent
from tests.own_city import OwnCity


def rewritten(archive: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write the archive anew with some of its members changed, or without them."""
    path = archive.with_name("rewritten.tar")
    with tarfile.open(archive) as old, tarfile.open(path, "w") as new:
        for info in old:
            octets = old.extractfile(info)
            assert octets
            changed = change(info.name, octets.read())
            if changed is not None:
                info.size = len(changed)
                new.addfile(info, io.BytesIO(changed))
    return path


def everything(city: OwnCity) -> tuple[object, ...]:
    """Give what somebody would find of a restored archive: rows, files, and half-done work."""
    tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'appeal'"
    appeals = city.ask("SELECT count(*) FROM appeal") if city.ask(tables) == (1,) else (0,)
    return appeals, sorted(path.name for path in city.settings.data_dir.rglob("*"))


def another_byte(name: str, octets: bytes) -> bytes:
    middle = len(octets) // 2
    return octets[:middle] + bytes([octets[middle] ^ 1]) + octets[middle + 1 :] * (name == DUMP)


def another_count(name: str, octets: bytes) -> bytes:
    if name != MANIFEST:
        return octets
    written = json.loads(octets)
    for each in written["tables"]:
        each["count"] += each["name"] == "statement"
    return json.dumps(written).encode()


DAMAGES: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "a byte of the dump": (
        lambda name, octets: another_byte(name, octets) if name == DUMP else octets,
        "database.dump is not what the manifest says",
    ),
    "a photo": (
        lambda name, octets: b"other" if name == "files/ab/photo" else octets,
        "ab/photo is not what the manifest says",
    ),
    "no photo": (
        lambda name, octets: None if name == "files/ab/photo" else octets,
        "files/ab/photo is missing",
    ),
    "a count": (another_count, "table statement is not what the manifest says"),
    "no manifest": (
        lambda name, octets: None if name == MANIFEST else octets,
        "manifest.json is missing",
    ),
    "another format": (
        lambda name, octets: (
            octets.replace(b'"format": 2', b'"format": 3') if name == MANIFEST else octets
        ),
        "format 3 is not known",
    ),
    "a way out of the folder": (
        lambda name, octets: (
            octets.replace(b'"ab/photo"', b'"../../photo"') if name == MANIFEST else octets
        ),
        "files/../../photo would lie outside",
    ),
}


CHANGED_BYTES = {
    "the gzip header": 2,
    "the manifest": 1500,
    "a code that deflate does not know": 1981,
    "a table": 3565,
    "a table whose gzip checksum is compared": 12343,
}
"""Where a byte of the archive of release 0.1 is changed."""


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_archive_is_refused_leaves_nothing_and_a_whole_one_then_restores(
    archive: Path, target: OwnCity, what: str
) -> None:
    change, said = DAMAGES[what]
    before = everything(target)
    with pytest.raises(Refused) as refused:
        restore_archive(target.settings, rewritten(archive, change), silent)
    assert said in str(refused.value)
    assert everything(target) == before
    restore_archive(target.settings, archive, silent)
    holds(target)


@pytest.mark.parametrize("place", CHANGED_BYTES)
def test_a_changed_byte_in_an_archive_of_the_release_before_is_refused(
    target: OwnCity, tmp_path: Path, place: str
) -> None:
    octets = bytearray(FORMAT_1.read_bytes())
    octets[CHANGED_BYTES[place]] ^= 0xFF
    (tmp_path / "archive.tar.gz").write_bytes(octets)
    before = everything(target)
    with pytest.raises(Refused, match="The archive is damaged"):
        restore_archive(target.settings, tmp_path / "archive.tar.gz", silent)
    assert everything(target) == before


def test_half_an_archive_and_no_archive_are_refused(archive: Path, target: OwnCity) -> None:
    octets = archive.read_bytes()
    for cut in (b"?", octets[: len(octets) // 2]):
        archive.write_bytes(cut)
        with pytest.raises(Refused, match="The archive is damaged"):
            restore_archive(target.settings, archive, silent)
