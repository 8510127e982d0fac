"""What runs in an installation needs the packages of the production lock and no others."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"appeals", "worker"}
IN_PRODUCTION = [
    path
    for folder in ("appeals", "worker", "migrations", "deploy")
    for path in (ROOT / folder).rglob("*.py")
]


def imported(path: Path) -> set[str]:
    """Give the top-level names of the modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - OURS


def test_every_package_that_is_imported_is_in_the_production_lock() -> None:
    lock = (ROOT / "deploy" / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE))
    distributions = packages_distributions()
    names = set().union(*map(imported, IN_PRODUCTION))
    assert {"flask", "celery", "sqlalchemy"} <= names
    missing = {
        name
        for name in names
        if not any(each.lower().replace("_", "-") in locked for each in distributions[name])
    }
    assert missing == set()
