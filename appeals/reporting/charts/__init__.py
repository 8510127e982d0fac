"""Pictures of figures as SVG, drawn from plain values: no script, no library, no inline style.

Every function gives one `<svg>` with a title and a description for those who hear the page; colours
are classes of `static/_charts.scss`, so screen, print and a dark room are the theme's business.
Each number is printed, for a colour says nothing alone; the page sets the table beside (Domain 4).
Texts come in the reader's language. A picture is 360 wide, as a telephone is.
"""

from appeals.reporting.charts.bar_charts import draw_bars, draw_columns, draw_funnel
from appeals.reporting.charts.heat_calendar import draw_heat_calendar, split_into_weeks
from appeals.reporting.charts.line_chart import draw_trend
from appeals.reporting.charts.svg import DataPoint
from appeals.reporting.charts.tile_map import draw_tile_map

__all__ = [
    "DataPoint",
    "draw_bars",
    "draw_columns",
    "draw_funnel",
    "draw_heat_calendar",
    "draw_tile_map",
    "draw_trend",
    "split_into_weeks",
]
