"""The shots: one line for each page and state. To add a page, add a line to its audience."""

from tools.gallery import administrators, citizens, error_states, staff

SHOTS = (*citizens.SHOTS, *staff.SHOTS, *administrators.SHOTS, *error_states.SHOTS)
NOT_PICTURED = {
    "/health/live": "JSON for machines",
    "/health/ready": "JSON for machines",
    "/.well-known/security.txt": "text for finders of faults, where a contact is set",
    "/metrics": "text for machines",
    "/account/factor/picture.svg": "a picture, seen on the page factor-set-up",
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
    "/appeals/new/photos/<int:photo_id>/<size>": "a picture, seen on the page new-where",
    "/admin/access-log/accesses.csv": "CSV",
    "/admin/departments/file.csv": "CSV",
    "/admin/departments/file.xlsx": "a file",
    "/admin/staff/file.csv": "CSV",
    "/admin/staff/file.xlsx": "a file",
    "/centre/follow-up": "leads to the first follow-up, seen on the page follow-up",
    "/centre/topics": "JSON for the intake page's script",
    "/admin/reports/<period>/cases.csv": "CSV",
    "/admin/reports/<period>/all-figures.<any(csv, json):form>": "a file",
    "/public/reports/<period>.<any(json, csv, xlsx, pdf):form>": "a file",
}
"""Addresses that are not pages, and what they are."""
