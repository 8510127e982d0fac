"""`python -m gallery`: pictures of every page in both languages and widths, with an index."""

import sys
from pathlib import Path

import click
from playwright.sync_api import Browser, BrowserContext, Error, StorageState

from gallery.browser import DESKTOP, LOCALES, PHONE, chromium
from gallery.city import ROOT, City, running
from gallery.shots import SEND, SHOTS, Shot

WIDTHS = {"phone": PHONE, "desktop": DESKTOP}
Signed = dict[str | None, StorageState | None]


@click.command()
@click.argument("names", nargs=-1)
@click.option("--out", default=ROOT / "var" / "gallery", type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "var" / "gallery-city", type=click.Path(path_type=Path))
@click.option("--port", default=8765, help="Port of the pictured city.")
@click.option("--running-at", help="Picture the city that runs here, on the same data folder.")
def gallery(
    names: tuple[str, ...], out: Path, data: Path, port: int, running_at: str | None
) -> None:
    """Picture every page, or those whose name begins with one of NAMES."""
    chosen = [shot for shot in SHOTS if not names or shot.name.startswith(names)]
    out.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        if running_at:
            failed = take(browser, City(running_at, data), chosen, out)
        else:
            with running(data, port) as city:
                failed = take(browser, city, chosen, out)
    index(out)
    print(out / "index.html")
    for line in failed:
        print(line, file=sys.stderr)
    sys.exit(bool(failed))


def take(browser: Browser, city: City, shots: list[Shot], out: Path) -> list[str]:
    """Take the pictures; give a line for each that failed or ran out at the side."""
    signed: Signed = {None: None}
    for role in {shot.role for shot in shots if shot.role}:
        signed[role] = sign_in(browser, city, role)
    failed = []
    for shot in shots:
        for language, locale in LOCALES.items():
            for width, viewport in WIDTHS.items():
                context = browser.new_context(
                    base_url=city.address,
                    locale=locale,
                    viewport=viewport,
                    storage_state=signed[shot.role],
                )
                name = f"{shot.name}-{language}-{width}"
                try:
                    failed += picture(context, city, shot, out / f"{name}.png")
                except Error as error:
                    failed.append(f"{name}: {error.message.splitlines()[0]}")
                context.close()
    return failed


def sign_in(browser: Browser, city: City, role: str) -> StorageState:
    """Sign in as the first of the staff with a role, and give the browser's cookies."""
    context = browser.new_context(base_url=city.address)
    page = context.new_page()
    page.goto("/sign-in")
    username, password = city.password(role)
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.locator(SEND).first.click()
    state = context.storage_state()
    context.close()
    return state


def picture(context: BrowserContext, city: City, shot: Shot, path: Path) -> list[str]:
    """Take one picture; give a line if the page is wider than the screen."""
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(shot.path)
    shot.then(page, city)
    page.screenshot(path=path, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{path.stem}: {wide} px wider than the screen"] if wide > 0 else []


def index(out: Path) -> None:
    """Write a page with all the pictures."""
    cells = "\n".join(
        f'<figure><a href="{path.name}"><img loading="lazy" src="{path.name}" alt=""></a>'
        f"<figcaption>{path.stem}</figcaption></figure>"
        for path in sorted(out.glob("*.png"))
    )
    style = "body{display:flex;flex-wrap:wrap;gap:16px}img{width:300px;border:1px solid #ccc}"
    (out / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{style}</style>{cells}"
    )


gallery()
