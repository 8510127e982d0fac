"""The page of the wall: the same for staff, who have links to the cases, and for screens."""

from flask import render_template
from markupsafe import Markup

from appeals.act import Act
from appeals.casework.accounts.display_passes import may_manage_passes
from appeals.domain.messages import context_message
from appeals.queries.wall import Wall, load_wall
from appeals.reporting import charts
from appeals.reporting.charts import DataPoint, HourStrip
from appeals.web.shared.display import place_label
from appeals.web.shared.texts import gettext as _
from appeals.web.shared.texts import language

REFRESH_SECONDS = 60
TILE_LINE = 20
"""The distance of the lines on a tile: the wall's texts are larger than those of other charts."""
RECEIVED = context_message("today, by hour", "Received")
DISPATCHED = context_message("today, by hour", "Dispatched")
CLOSED = context_message("today, by hour", "Closed")


def render_wall(act: Act, again: str) -> str:
    """Render the wall as the act's actor may see it.

    `again` is the address from which the page shows itself anew each minute; without one it stays
    as it is.
    """
    found = load_wall(act)
    return render_template(
        "wall/wall.html",
        wall=found,
        course=_draw_course(found),
        tiles=_draw_districts(found),
        again=again,
        seconds=REFRESH_SECONDS,
        is_staff=act.actor.staff_id is not None,
        may_manage=may_manage_passes(act.actor),
    )


def _draw_course(wall: Wall) -> Markup:
    """Draw what was received, dispatched and closed in each hour of today."""
    counted = (
        (RECEIVED, wall.received, wall.course.received),
        (DISPATCHED, wall.dispatched, wall.course.dispatched),
        (CLOSED, wall.closed, wall.course.closed),
    )
    strips = [HourStrip(text.label(language()), f"{n:,}", hours) for text, n, hours in counted]
    return charts.draw_hour_strips(_("Today, by hour"), strips)


def _draw_districts(wall: Wall) -> Markup:
    """Draw the districts by their open appeals, each with its red ones."""
    tiles = [
        DataPoint(
            place_label(each.code), each.open, f"{each.open:,}", _red_label(each.red), each.code
        )
        for each in wall.districts
        if each.code
    ]
    title = _("Open and red, by district")
    return charts.draw_tile_map(title, tiles, _("Jiaozhou Bay"), line=TILE_LINE)


def _red_label(red: int) -> str:
    return _("%(count)s red", count=f"{red:,}") if red else ""
