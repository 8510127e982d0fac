"""`python -m tools.gallery`: screenshots and checks of every page, in both languages and widths."""

import sys
from pathlib import Path

import click

from tools.gallery import contents
from tools.gallery.browser import chromium
from tools.gallery.checks import list_html_errors, list_left_out
from tools.gallery.city import ROOT, GalleryCity, run_demo_city
from tools.gallery.shots import SHOTS
from tools.gallery.speed import SCORES_FILE, list_slow_pages
from tools.gallery.walk import SERVED, GalleryWalk


@click.command()
@click.argument("names", nargs=-1)
@click.option("--out", default=ROOT / "var" / "gallery", type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "var" / "gallery-city", type=click.Path(path_type=Path))
@click.option("--port", default=8765, help="Port of the pictured city.")
@click.option("--running-at", help="Picture the city that runs here, on the same data folder.")
def gallery(
    names: tuple[str, ...], out: Path, data: Path, port: int, running_at: str | None
) -> None:
    """Take screenshots of every page, or of those whose names begin with NAMES; report what fails.

    Without NAMES the pages that people wait for are measured too. A checker that is not installed
    is named, and its checks are left out.
    """
    if running_at:
        wrong = check_pages(GalleryCity(running_at, data), names, out)
    else:
        with run_demo_city(data, port) as city:
            wrong = check_pages(city, names, out)
    said = [*list_left_out(), *wrong]
    contents.write_contents(out, said)
    print(out / "index.html")
    for line in said:
        print(line, file=sys.stderr)
    sys.exit(bool(wrong))


def check_pages(city: GalleryCity, names: tuple[str, ...], out: Path) -> list[str]:
    """Check the city's pages; return a line for each fault."""
    chosen = [shot for shot in SHOTS if not names or shot.name.startswith(names)]
    served = out / SERVED
    served.mkdir(parents=True, exist_ok=True)
    for old in served.glob("*.html"):
        old.unlink()
    city.stage()
    with chromium() as browser:
        walk = GalleryWalk(browser, city, out)
        wrong = walk.take(chosen)
        wrong += list_html_errors(served)
        if not names:
            wrong += list_slow_pages(walk, out / SCORES_FILE)
    return wrong


gallery()
