"""The Chinese catalogue: every `.po` under `translations/zh`, compiled as a process starts."""

import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "translations" / "zh" / "LC_MESSAGES"


def merged() -> Catalog:
    """Give the one catalogue of all files; each blueprint may keep its own."""
    whole = Catalog(locale="zh")
    for path in sorted(SOURCES.glob("*.po")):
        with path.open("rb") as text:
            for message in read_po(text, locale="zh"):
                if message.id:
                    whole.add(message.id, message.string, context=message.context)
    return whole


def compile_into(folder: Path) -> Path:
    """Write `messages.mo` under `folder` and give the folder to read translations from.

    The file is put in place in one step: several processes start at once.
    """
    target = folder / "translations" / "zh" / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    mine = target.with_suffix(f".{os.getpid()}")
    with mine.open("wb") as file:
        write_mo(file, merged())
    mine.replace(target)
    return folder / "translations"
