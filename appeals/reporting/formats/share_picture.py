"""A report's share picture: the card that a messenger shows for a link, 1,200 by 630 pixels.

It is set by Typst from `templates/reports/share_picture.typ`, and made by the worker alone, as the
PDF is.
"""

import json
from typing import IO

from appeals.reporting.chapters.overview import OVERVIEW_BREAKDOWNS, build_overview
from appeals.reporting.charts.colours import load_colours
from appeals.reporting.formats.pdf import BOX, TEMPLATE, find_fonts, find_unprintable, typeset
from appeals.reporting.formats.pdf_content import TRAINING
from appeals.reporting.tables.report_tables import Reading

PICTURE_TEMPLATE = TEMPLATE.with_name("share_picture.typ")


def write_png(to: IO[bytes], reading: Reading) -> None:
    """Write the picture to `to`: the report's title and its headline rates.

    Raises Refused (not here) if the machine has no Chinese font.
    """
    fonts = find_fonts()
    shown = {cell: n for cell, n in reading.figures.items() if cell.by in OVERVIEW_BREAKDOWNS}
    seen = build_overview(reading.reader, reading.report, shown)
    content = json.dumps(
        {
            "language": reading.reader.language,
            "fonts": [font.family for font, _ in fonts],
            "colours": {name: each.light for name, each in load_colours().items()},
            "title": reading.reader.title(reading.report),
            "training": reading.text(TRAINING) if reading.is_training else "",
            "rates": [
                {
                    "label": each.section.label,
                    "shown": each.line.shown,
                    "of": f"{each.line.numerator:,} / {each.line.denominator:,}",
                }
                for each in seen.headlines
            ],
        },
        ensure_ascii=False,
    )
    unprintable = dict.fromkeys(find_unprintable(content, fonts), BOX)
    to.write(typeset(PICTURE_TEMPLATE, content.translate(unprintable), fonts, "png"))
