"""Pictures of figures as SVG, drawn from plain values: no script, no library, no inline style.

Every function gives one `<svg>` with a title and a description for those who hear the page; colours
are classes of `static/_pictures.scss`, so screen, print and a dark room are the theme's business.
Each number is printed, for a colour says nothing alone; the page sets the table beside (Domain 4).
Texts come in the reader's language. A picture is 360 wide, as a telephone is.
"""

from appeals.pictures.bars import bars, columns, funnel
from appeals.pictures.calendar import calendar, weeks
from appeals.pictures.svg import Mark
from appeals.pictures.tiles import tiles
from appeals.pictures.trend import trend

__all__ = ["Mark", "bars", "calendar", "columns", "funnel", "tiles", "trend", "weeks"]
