"""Views hold no queries and no rules: a view reads the form, makes one call, shows the page.

A figure that a page works out for itself is in no edition and no recount; a rule that a page holds
does not hold for commands, imports and tasks. What a view still decides stands in a table here,
with the reason.
"""

import ast

import jinja2
import pytest
from jinja2 import nodes

from tests.house.source_code import ROOT, find_by_module, relative_name, walk_calls

VIEWS = sorted((ROOT / "appeals" / "web").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
QUERIES = {"select", "scalars", "scalar", "execute", "query", "exec_driver_sql"}
EDGES = {
    "appeals/web/shared/request.py": "the edge of a request: opens, ends and watches the session",
    "appeals/web/app.py": "asks the sessions' table whether a user is known, for Flask",
}

CALCULATIONS = {
    "appeals/web/shared/display.py": (1, "the one place that makes percentages of whole numbers"),
    "appeals/web/admin/administration.py": (1, "how many records fail, of both kinds"),
    "appeals/web/admin/components.py": (3, "made-up figures for the page of components"),
    "appeals/web/admin/row_form.py": (1, "keys of a form, as sets"),
    "appeals/web/citizen/photos.py": (3, "octets of photos, and the limits they count against"),
    "appeals/web/public/published_reports.py": (1, "seconds until a file is tried again"),
    "appeals/web/staff/live_figures.py": (1, "the ten seconds for which a page is cached"),
    "appeals/web/shared/form_encoding.py": (3, "shares of octets, to tell an encoding"),
    "appeals/web/shared/request.py": (1, "milliseconds of an answer, for the log"),
    "appeals/web/shared/bot_detection.py": (1, "seconds between a page and its form"),
    "appeals/web/shared/text_fields.py": (1, "how many characters a text is too long"),
    "appeals/web/app.py": (1, "where the templates are"),
    "appeals/web/account/sign_in.py": (1, "where the demo city's accounts are"),
    "templates/citizen/filing/_step.html": (1, "the step before"),
    "templates/reports/_figures.html": (1, "how long the list of what was not met is"),
    "templates/reports/report.html": (1, "the number of the edition before"),
    "templates/reports/difference.html": (1, "how long the list of what was not met is"),
    "templates/staff/desk/day.html": (1, "how many more are in the list"),
}
"""Where views and templates calculate: how often, and why that is no figure of their own."""

REFUSALS = {
    "appeals/web/citizen/following.py": (1, "a wrong query code: open.md, Rules"),
    "appeals/web/admin/administration.py": (1, "a file that is too large to be read"),
    "appeals/web/reports/reports.py": (1, "a cut-off that is no date"),
    "appeals/web/shared/request.py": (1, "`audience`: who may open a page at all"),
    "appeals/web/staff/case_page.py": (1, "asks the move's own row of `MOVES` who may make it"),
    "appeals/web/staff/desk.py": (1, "likewise, before a move on many appeals"),
}
"""Where views refuse by themselves. That a page or a row is not there is no refusal by a rule."""

DECISIONS = {
    "appeals/web/shared/request.py": (1, "`audience`"),
    "appeals/web/staff/case_page.py": (3, "offers the moves that `MOVES` gives the role"),
    "appeals/web/staff/desk.py": (2, "likewise; the leader's form of reply templates"),
    "appeals/web/staff/centre.py": (1, "offers the moves that `MOVES` gives the role"),
    "appeals/web/citizen/following.py": (1, "offers the moves that `MOVES` gives citizens"),
    "appeals/web/citizen/timeline.py": (6, "which sentence tells the citizen where it is"),
    "appeals/web/account/sign_in.py": (3, "the first page of a role"),
    "templates/citizen/appeal.html": (1, "the sentence when a rating cannot be changed again"),
    "templates/reports/_state.html": (1, "whether the page shows another report than the draft"),
    "templates/staff/desk/_staff.html": (3, "the navigation of a role"),
    "templates/staff/desk/_tries.html": (1, "shows tries while the first contact is awaited"),
    "templates/staff/desk/index.html": (1, "marks the state that is chosen"),
    "templates/staff/live/city.html": (1, "links queues for those who may open them"),
}
"""Where views and templates compare roles or states: how often, and what that decides."""

SUMS = {"sum", "round"}
OPERATORS = (ast.Div, ast.FloorDiv, ast.Mult, ast.Sub, ast.Pow)
REFUSING = {"Refused", "not_allowed", "not_now", "not_valid"}
JINJA = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])  # noqa: S701 - read only


def find_queries(tree: ast.AST) -> list[str]:
    return [
        ast.unparse(call)
        for call in walk_calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in QUERIES
    ]


def find_calculations(tree: ast.AST) -> list[str]:
    """Return the outermost calculations with more than constants in them."""
    inner: set[int] = set()
    found = []
    for node in ast.walk(tree):
        if _calculates(node) and id(node) not in inner:
            inner |= {id(each) for each in ast.walk(node)}
            found.append(ast.unparse(node))
    return found


def _calculates(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in SUMS
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, OPERATORS)
    if not isinstance(node, ast.BinOp) or _is_constant(node):
        return False
    if isinstance(node.op, ast.Add):
        figures = ast.Attribute | ast.Subscript | ast.Call
        return isinstance(node.left, figures) and isinstance(node.right, figures)
    return isinstance(node.op, OPERATORS)


def _is_constant(node: ast.BinOp) -> bool:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call | ast.Attribute)]
    return not calls and all(name.isupper() for name in names) and "ROOT" not in names


def find_refusals(tree: ast.AST) -> list[str]:
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func).rpartition(".")[2] in REFUSING
    ]


def find_decisions(tree: ast.AST) -> list[str]:
    """Return the comparisons and cases of a `match` that ask for a role or a state."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(map(_asks, ast.walk(node))):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.MatchValue) and any(map(_asks, ast.walk(node))):
            found.append(f"case {ast.unparse(node)}")
    return found


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in {"role", "state", "to_state"} or _is_term(node.value)
    return isinstance(node, ast.Name) and node.id in {"role", "state"}


def _is_term(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"Role", "State"}


def find_calculations_of_template(template: nodes.Template) -> list[str]:
    kinds = (nodes.Div, nodes.FloorDiv, nodes.Mul, nodes.Sub, nodes.Pow)
    sums = [each for each in template.find_all(nodes.Filter) if each.name in SUMS]
    return [repr(each) for each in (*template.find_all(kinds), *sums)]


def find_decisions_of_template(template: nodes.Template) -> list[str]:
    asked = {"role", "state"}
    return [
        repr(each)
        for each in template.find_all(nodes.Compare)
        if any(part.attr in asked for part in each.find_all(nodes.Getattr))
        or any(part.name in asked for part in each.find_all(nodes.Name))
    ]


def templates_with(find: str) -> dict[str, list[str]]:
    searches = {
        "calculations": find_calculations_of_template,
        "decisions": find_decisions_of_template,
    }
    found = {
        relative_name(path): searches[find](JINJA.parse(path.read_text("utf-8")))
        for path in TEMPLATES
    }
    return {name: each for name, each in found.items() if each}


def differing(found: dict[str, list[str]], listed: dict[str, tuple[int, str]]) -> dict[str, object]:
    """Return the modules whose number is not the listed one, with what was found there."""
    allowed = {name: n for name, (n, _) in listed.items()}
    return {
        name: found.get(name, [])
        for name in allowed | found
        if len(found.get(name, [])) != allowed.get(name, 0)
    }


def test_views_hold_no_queries() -> None:
    assert set(find_by_module(VIEWS, find_queries)) <= set(EDGES)


def test_views_calculate_no_figures() -> None:
    found = find_by_module(VIEWS, find_calculations) | templates_with("calculations")
    assert differing(found, CALCULATIONS) == {}


def test_views_refuse_by_no_rule_of_their_own() -> None:
    assert differing(find_by_module(VIEWS, find_refusals), REFUSALS) == {}


def test_views_decide_nothing_by_role_or_state() -> None:
    found = find_by_module(VIEWS, find_decisions) | templates_with("decisions")
    assert differing(found, DECISIONS) == {}


CALCULATING = (
    "share = figure.met / figure.of",
    "shown = 100 * met // of",
    "missed = figure.of - figure.met",
    "total = first.met + second.met",
    "total = sum(each.met for each in figures)",
    "shown = round(rate, 2)",
    "rate /= total",
)


@pytest.mark.parametrize("source", CALCULATING)
def test_a_planted_calculation_is_seen(source: str) -> None:
    assert len(find_calculations(ast.parse(source))) == 1


@pytest.mark.parametrize("source", ["DAY = 24 * 3600", "BYTES = 40 * MEGABYTE", "text = a + 's'"])
def test_a_constant_is_not_taken_for_a_calculation(source: str) -> None:
    assert find_calculations(ast.parse(source)) == []


@pytest.mark.parametrize(
    "source", ["raise Refused(kind, zh, en)", "raise refusals.not_allowed()", "raise not_now(a, b)"]
)
def test_a_planted_refusal_is_seen(source: str) -> None:
    assert len(find_refusals(ast.parse(source))) == 1


DECIDING = (
    "if act().actor.role is Role.LEADER: pass",
    "if appeal.state in OPEN: pass",
    "if role in CENTRE: pass",
    "allowed = actor.role not in roles",
    "match appeal.state:\n    case State.CLOSED: pass",
)


@pytest.mark.parametrize("source", DECIDING)
def test_a_planted_decision_is_seen(source: str) -> None:
    assert len(find_decisions(ast.parse(source))) == 1


def test_a_calculation_and_a_decision_planted_in_a_template_are_seen() -> None:
    page = JINJA.parse(
        "{{ line.met / line.of }} {% if appeal.state.value == 'closed' %}{% endif %}"
    )
    assert len(find_calculations_of_template(page)) == 1
    assert len(find_decisions_of_template(page)) == 1


@pytest.mark.parametrize("source", ["session.scalars(sa.select(Appeal))", "session.execute(text)"])
def test_a_planted_query_is_seen(source: str) -> None:
    assert find_queries(ast.parse(source)) != []
