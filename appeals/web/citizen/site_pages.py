"""Pages about the site itself: accessibility, the page without a network, the web manifest."""

from flask import Blueprint, Response, current_app, json, render_template, url_for

from appeals.reporting.charts.colours import load_colours
from appeals.web.shared.display import campaign_name, html_language
from appeals.web.shared.texts import gettext, language

blueprint = Blueprint("site", __name__)
ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any maskable"))
"""The icons of an installed site: file, size, and how a system may cut them."""


@blueprint.get("/accessibility")
def accessibility() -> str:
    """Show what was done for people with disabilities, what is missing, and where to say so."""
    return render_template("site/accessibility.html")


@blueprint.get("/offline")
def offline() -> str:
    """Show that there is no network; browsers store this page for then (`service-worker.js`)."""
    return render_template("site/offline.html")


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Answer with the web manifest, by which a telephone puts the site on its first screen."""
    name_file = current_app.jinja_env.globals["static_url"]
    assert callable(name_file)
    colours = load_colours()
    known = {
        "name": campaign_name(),
        "short_name": gettext("12345 appeals"),
        "lang": html_language(language()),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "theme_color": colours["deep"].light,
        "background_color": colours["sky"].light,
        "icons": [
            {"src": name_file(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
        "shortcuts": [
            {"name": gettext("File an appeal"), "url": url_for("filing.new")},
            {"name": gettext("Follow an appeal"), "url": url_for("citizen.follow")},
        ],
    }
    return Response(json.dumps(known), mimetype="application/manifest+json")
