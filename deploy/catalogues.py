"""Compiles the message catalogues: every `.po` of a language into its one `messages.mo`.

Run by `make assets`, by the Dockerfile and before the tests; needs Babel alone.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"


def merge(folder: Path, locale: str) -> Catalog:
    """Return one catalogue with the messages of every `.po` in a folder."""
    merged = Catalog(locale=locale)
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id:
                    merged.add(message.id, message.string, context=message.context)
    return merged


def compile_catalogue(folder: Path, locale: str) -> None:
    """Write `messages.mo` in one step, so that no process ever reads half of it."""
    half = folder / ".messages.mo.half"
    with half.open("wb") as file:
        write_mo(file, merge(folder, locale))
    half.replace(folder / "messages.mo")


if __name__ == "__main__":
    for messages in TRANSLATIONS.glob("*/LC_MESSAGES"):
        compile_catalogue(messages, messages.parent.name)
