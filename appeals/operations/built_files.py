"""The files that a build makes from the sources, without which no page can be shown."""

from pathlib import Path

from appeals.operations.supervision import CannotStart

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "translations"
MANIFEST = ROOT / "static" / "build" / "manifest.json"
"""Which hashed name each built file has."""
NEEDED = (TRANSLATIONS / "zh" / "LC_MESSAGES" / "messages.mo", MANIFEST)


def check_built_files() -> None:
    """Raise `CannotStart` where one is missing: a process that starts builds nothing itself."""
    for path in NEEDED:
        if not path.exists():
            raise CannotStart(f"{path.relative_to(ROOT)} has not been built: run `make assets`.")
