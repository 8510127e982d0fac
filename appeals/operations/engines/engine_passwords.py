"""Passwords of the embedded PostgreSQL: one for the owner of the tables, one for the application.

They are in a file with mode 0600 in the data folder. Every connection needs a password, so website
and workers, which get only the application's, cannot connect as the owner of the tables. Another
process of the same system account can still read the file.
"""

import json
import os
import secrets
import subprocess
from pathlib import Path

from appeals.operations.engines.engine_files import read_private_file, write_private_file
from appeals.operations.supervision import CannotStart, SystemAccount

SUPERUSER, APPLICATION = "postgres", "appeals"
"""The roles that own the tables and that website and workers use (`database_roles.py`)."""
PASSWORDS_FILE = "database-passwords.json"
CONNECTION_RULES = (
    "# Written by appeals: everybody connects by the socket and with a password.\n"
    "local all all scram-sha-256\n"
)
SINGLE_USER_OPTIONS = (
    *("--single", "-c", "exit_on_error=on"),
    *("-c", "log_min_error_statement=panic", "-c", "log_statement=none"),  # they hold passwords
)
PASSWORD_BYTES = 24


def read_passwords(data_dir: Path) -> dict[str, str]:
    """Return the passwords by role.

    Raises `CannotStart` where others may read the file.
    """
    told: dict[str, str] = json.loads(read_private_file(data_dir / PASSWORDS_FILE, "passwords"))
    return told


def demand_passwords(
    data_dir: Path, server: Path, cluster: Path, owner: SystemAccount | None
) -> None:
    """Make a stopped cluster require passwords of everybody; `server` is PostgreSQL's program.

    The file is written last: while it is missing, or the cluster's pg_hba.conf differs (earlier
    releases trusted the socket), everything is repeated with new passwords.
    """
    rules, kept = cluster / "pg_hba.conf", data_dir / PASSWORDS_FILE
    if kept.exists() and rules.read_text() == CONNECTION_RULES:
        return
    kept.unlink(missing_ok=True)
    passwords = {role: secrets.token_urlsafe(PASSWORD_BYTES) for role in (SUPERUSER, APPLICATION)}
    _set_passwords(server, cluster, owner, passwords)
    write_private_file(rules, CONNECTION_RULES)
    if owner:
        os.chown(rules, owner.uid, owner.gid)
    write_private_file(kept, json.dumps(passwords))


def _set_passwords(
    server: Path, cluster: Path, owner: SystemAccount | None, passwords: dict[str, str]
) -> None:
    """Set the passwords in single-user mode, where nobody else can connect."""
    make = f"CREATE ROLE {APPLICATION} LOGIN"
    statements = [
        f"DO $$BEGIN IF to_regrole('{APPLICATION}') IS NULL THEN {make}; END IF; END$$",
        *(f"ALTER ROLE {role} PASSWORD '{password}'" for role, password in passwords.items()),
    ]
    done = subprocess.run(
        [str(server), *SINGLE_USER_OPTIONS, "-D", str(cluster), "postgres"],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        cwd="/",
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        input="\n".join([*statements, ""]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"PostgreSQL cannot set its passwords: {done.stderr.strip()}")
