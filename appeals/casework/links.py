"""The chain in SQL: whether each move is linked to the one before as `sealing.link` links it.

It says yes only where the hashes agree; whatever it does not say yes to is looked at by
`sealing` itself, which alone decides.
"""

from collections.abc import Iterable

from appeals.casework.sealing import NO_LINK, STATEMENT
from appeals.domain.lifecycle import IMPORTED, MOVES
from appeals.domain.needs import WORDS
from appeals.domain.states import Action

OF_FILING = ("kind", "category", "district", "street", "urgent", "channel")
KEYS = {move.action: {need.name for need in move.fields} - {WORDS} for move in MOVES}
KEYS[Action.FILE] = set(OF_FILING)


def _in_order(keys: Iterable[str]) -> str:
    """Write facts that have some of these keys and no other."""
    pairs = (f"""coalesce(',"{key}":' || (facts -> '{key}')::text, '')""" for key in sorted(keys))
    return f"'{{' || substr({' || '.join(pairs)}, 2) || '}}'"


_ANY = """(SELECT '{' || string_agg(to_json(key) || ':' || value, ',' ORDER BY key COLLATE "C")
    || '}' FROM jsonb_each(facts))"""
_OF_ACTION = " ".join(
    f"WHEN '{action.value}' THEN {_in_order(keys)}"
    for action, keys in KEYS.items()
    if len(keys) > 1
)
FACTS = f"""CASE
    WHEN facts = '{{}}' THEN '{{}}'
    WHEN facts ? '{IMPORTED}' THEN {_ANY}
    WHEN strpos(facts::text, '", "') = 0 THEN replace(facts::text, '": "', '":"')
    ELSE CASE action {_OF_ACTION} ELSE {_ANY} END
END"""
"""Facts as `sealing.CANONICAL` writes them; each value is a text, in which a quote is escaped."""
STAMP = """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
CANONICAL = f"""'[' || appeal_id || ',' || seq || ',"' || action || '","' || to_state
    || '","' || {STAMP} || '","' || actor_role || '",' || coalesce(staff_id::text, 'null')
    || ',' || coalesce(to_json(department)::text, 'null') || ',' || {FACTS}
    || ',"' || committed || '"]'"""
BEFORE = f"coalesce(lag(row_hash) OVER history, '\\x{NO_LINK.hex()}')"
INTACT = f"""row_hash = sha256({BEFORE} || convert_to({CANONICAL}, 'UTF8'))
    AND (words IS NULL OR committed = encode(sha256(salt || convert_to(words, 'UTF8')), 'hex'))"""
"""Whether a row of `move` is what was sealed; `history` is the window of its appeal's moves."""
STATED = f"""(moved.committed = '' OR moved.committed = encode(sha256(
    moved.salt || convert_to(json_build_array({", ".join(STATEMENT)})::text, 'UTF8')), 'hex'))"""
"""Whether the citizen's statement is the one that the filing, the first move, commits to."""
