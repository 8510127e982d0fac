"""Charts as SVG, drawn from plain values: no script, no library, no inline style.

Every function returns one `<svg>` with a title and a description for screen readers. Colours are
classes of `static/_charts.scss`, which has them for screen, print and dark mode. Each number is
written out, because colour alone is not accessible; the page shows the table too (Domain 4). Texts
are in the reader's language. A chart is 360 wide, like a telephone's screen.
"""

from appeals.reporting.charts.bar_charts import draw_bars, draw_columns, draw_funnel
from appeals.reporting.charts.heat_calendar import draw_heat_calendar, split_into_weeks
from appeals.reporting.charts.hour_strips import HourStrip, draw_hour_strips
from appeals.reporting.charts.line_chart import axis_start, draw_trend
from appeals.reporting.charts.svg import DataPoint
from appeals.reporting.charts.tile_map import draw_tile_map

__all__ = [
    "DataPoint",
    "HourStrip",
    "axis_start",
    "draw_bars",
    "draw_columns",
    "draw_funnel",
    "draw_heat_calendar",
    "draw_hour_strips",
    "draw_tile_map",
    "draw_trend",
    "split_into_weeks",
]
