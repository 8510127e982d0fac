"""Check of the built static files, which every page needs."""

from pathlib import Path

from appeals.domain.messages import TRANSLATIONS
from appeals.operations.supervision import CannotStart

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "static" / "build" / "manifest.json"
"""Maps each built file to its hashed name."""
NEEDED_FILES = (TRANSLATIONS / "zh" / "LC_MESSAGES" / "messages.mo", MANIFEST)


def check_built_files() -> None:
    """Raise `CannotStart` where a built file is missing; a starting process builds none."""
    for path in NEEDED_FILES:
        if not path.exists():
            raise CannotStart(f"{path.relative_to(ROOT)} has not been built: run `make assets`.")
