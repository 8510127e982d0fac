"""The page with all screenshots: for each page its languages and widths side by side."""

from html import escape
from itertools import groupby
from pathlib import Path

from tools.gallery.speed import SCORES_FILE

STYLE = (
    "body{font-family:sans-serif}section{display:flex;gap:16px;align-items:start}"
    "figure{margin:0}img{max-width:100%;border:1px solid #ccc}"
    ".phone{flex:1}.desktop,.wall{flex:3}pre{white-space:pre-wrap}"
)


def write_contents(out: Path, wrong: list[str]) -> None:
    """Write the page; at its top the checks that were left out, and the faults."""
    pictures = sorted((page_of(path), path) for path in out.glob("*.png"))
    parts = [
        f"<h2>{escape(name)}</h2>"
        f"<section>{''.join(render_figure(path) for _, path in those)}</section>"
        for name, those in groupby(pictures, key=lambda each: each[0])
    ]
    scores = out / SCORES_FILE
    said = [*wrong, *(scores.read_text().splitlines() if scores.exists() else [])]
    (out / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title>'
        f"<style>{STYLE}</style><h1>Gallery</h1><pre>{escape(chr(10).join(said))}</pre>"
        + "\n".join(parts)
    )


def page_of(picture: Path) -> str:
    """Return the name of the page in a picture."""
    return picture.stem.rsplit("-", 2)[0]


def render_figure(picture: Path) -> str:
    """Render one picture with its language and width."""
    language, width = picture.stem.rsplit("-", 2)[1:]
    return (
        f'<figure class="{width}"><a href="{picture.name}">'
        f'<img loading="lazy" src="{picture.name}" alt="{picture.stem}"></a>'
        f"<figcaption>{language} {width}</figcaption></figure>"
    )
