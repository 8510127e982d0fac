"""Pictures of figures as SVG, drawn from plain values: no script, no library, no inline style.

Every function gives one `<svg>` with a title and a description for those who hear the page; colours
are classes of `static/_charts.scss`, so screen, print and a dark room are the theme's business.
Each number is printed, for a colour says nothing alone; the page sets the table beside (Domain 4).
Texts come in the reader's language. A picture is 360 wide, as a telephone is.
"""

from appeals.reporting.charts.bars import bars, columns, funnel
from appeals.reporting.charts.heat_calendar import calendar, weeks
from appeals.reporting.charts.line_chart import trend
from appeals.reporting.charts.svg import Mark
from appeals.reporting.charts.tile_map import tiles

__all__ = ["Mark", "bars", "calendar", "columns", "funnel", "tiles", "trend", "weeks"]
