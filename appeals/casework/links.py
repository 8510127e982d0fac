"""The chain in SQL: whether each move is linked to the one before as `sealing.link` links it.

It says yes only where the hashes agree; whatever it does not say yes to is looked at by
`sealing` itself, which alone decides.
"""

from appeals.casework.sealing import NO_LINK

FILED = ("category", "channel", "district", "kind", "street", "urgent")
"""The facts of a filing, in the order of their code points: most facts with more than one key."""
_FILED = " || ".join(f"""coalesce(',"{key}":' || (facts -> '{key}')::text, '')""" for key in FILED)
FACTS = f"""CASE
    WHEN facts = '{{}}' THEN '{{}}'
    WHEN seq = 1 THEN '{{' || substr({_FILED}, 2) || '}}'
    WHEN strpos(facts::text, '", "') = 0 THEN replace(facts::text, '": "', '":"')
    ELSE (SELECT '{{' || string_agg(to_json(key) || ':' || value, ',' ORDER BY key COLLATE "C") || '}}'
          FROM jsonb_each(facts))
END"""
"""Facts as `sealing.CANONICAL` writes them; every value is a text, in which a quote is escaped."""
STAMP = """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
CANONICAL = f"""'[' || appeal_id || ',' || seq || ',"' || action || '","' || to_state
    || '","' || {STAMP} || '","' || actor_role || '",' || coalesce(staff_id::text, 'null')
    || ',' || coalesce(to_json(department)::text, 'null') || ',' || {FACTS}
    || ',"' || committed || '"]'"""
BEFORE = f"coalesce(lag(row_hash) OVER history, '\\x{NO_LINK.hex()}')"
INTACT = f"""row_hash = sha256({BEFORE} || convert_to({CANONICAL}, 'UTF8'))
    AND (words IS NULL OR committed = encode(sha256(salt || convert_to(words, 'UTF8')), 'hex'))"""
"""Whether a row of `move` is what was sealed; `history` is the window of its appeal's moves."""
STATEMENT = "json_build_array(subject, detail, address, contact_name, contact_phone, contact_email)"
STATED = f"""(moved.committed = '' OR moved.committed
        = encode(sha256(moved.salt || convert_to({STATEMENT}::text, 'UTF8')), 'hex'))"""
"""Whether the citizen's statement is the one that the filing, the first move, commits to."""
