"""The shots: one line for each page and state. To add a page, add a line to its audience."""

from dataclasses import replace

from tools.gallery import administrators, citizens, error_states, staff

LIGHT_SHOTS = (*citizens.SHOTS, *staff.SHOTS, *administrators.SHOTS, *error_states.SHOTS)
DARK_TOO = (
    *("home", "new", "new-what", "new-photos", "new-check", "receipt", "follow-refused"),
    *("appeal-closed", "appeal-in_hand", "public-report", "public-summary", "new-who-refused"),
    *("elder-home", "elder-new", "offline", "accessibility", "components", "not-found"),
    *("desk", "desk-case", "day", "centre-dispatcher", "wall", "live-centre", "search"),
)
"""Pages that are looked at in the dark too: one of each sort."""
SHOTS = (
    *LIGHT_SHOTS,
    *(
        replace(shot, name=f"dark-{shot.name}", is_dark=True)
        for shot in LIGHT_SHOTS
        if shot.name in DARK_TOO
    ),
)
NOT_PICTURED = {
    "/health/live": "JSON for machines",
    "/manifest.webmanifest": "JSON for machines",
    "/health/ready": "JSON for machines",
    "/.well-known/security.txt": "text for finders of faults, where a contact is set",
    "/metrics": "text for machines",
    "/account/factor/picture.svg": "a picture, seen on the page factor-set-up",
    "/admin/configuration/file.json": "a file",
    "/search/appeals.csv": "CSV",
    "/search/appeals.xlsx": "a file",
    "/sign-in/reset": "needs a link of a mail",
    "/account/address": "needs a mail server",
    "/account/address/confirm": "needs a link of a mail",
    "/appeals/mine/telephone": "needs a gateway for text messages, seen in the journeys",
    "/appeals/mine/code": "needs a gateway for text messages, seen in the journeys",
    "/appeals/receipt/qr.svg": "a picture, seen on the page receipt",
    "/appeals/<number>/files/<int:file_id>/<size>": "a file, seen on the page desk-case-draft",
    "/appeals/<number>/photos/<int:photo_id>/<size>": "a picture, seen on the page appeal-filed",
    "/appeals/new/photos/<int:photo_id>/<size>": "a picture, seen on the page new-what",
    "/admin/access-log/accesses.csv": "CSV",
    "/admin/departments/file.csv": "CSV",
    "/admin/departments/file.xlsx": "a file",
    "/admin/staff/file.csv": "CSV",
    "/admin/staff/file.xlsx": "a file",
    "/centre/follow-up": "leads to the first follow-up, seen on the page follow-up",
    "/n/<number>": "leads to the page follow",
    "/centre/topics": "JSON for the intake page's script",
    "/admin/reports/<period>/cases.csv": "CSV",
    "/admin/reports/<period>/all-figures.<any(csv, json):form>": "a file",
    "/public/reports/<period>.<any(json, csv, xlsx, pdf, png):form>": "a file",
    "/robots.txt": "for search engines",
    "/sitemap.xml": "for search engines",
    **{
        f"/<other_language:tongue>/public{rule}": "the page of the Chinese address"
        for rule in (
            "/",
            "/departments/",
            "/departments/<code>",
            "/reports/<period>",
            "/reports/<period>.<any(json, csv, xlsx, pdf, png):form>",
            "/reports/<period>/summary",
            "/times",
        )
    },
}
"""Addresses that are not pages, and what they are."""
