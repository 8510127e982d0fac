"""The cookie of a citizen's device: the random id under which its list of appeals is stored.

It is signed under a key of its own and opens nothing by itself: access is by rows
(`casework/following/device_list.py`), which “leave” deletes.
"""

from datetime import datetime

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from appeals.casework.following import device_list
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.people import Actor


def add_device(citizen: Actor, now: datetime) -> Actor:
    """Return the citizen with the device that this browser has a cookie of, if it has one."""
    try:
        device_id: str = _serializer().loads(request.cookies.get(_cookie_name(), ""))
    except BadSignature:
        return citizen
    return device_list.on_device(citizen, device_id, now)


def renew_device(citizen: Actor, now: datetime) -> Actor:
    """Give this browser a new id as a device; return the citizen with it."""
    device_id = device_list.new_device_id()
    value = _serializer().dumps(device_id)

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _cookie_name(),
            value,
            int(device_list.DEVICE_LIFETIME.total_seconds()),
            secure=_is_secure(),
            httponly=True,
            samesite="Lax",
        )
        return response

    return device_list.on_device(citizen, device_id, now)


def delete_cookie() -> None:
    """Delete the cookie with the answer to this request."""

    @after_this_request
    def delete(response: Response) -> Response:
        response.delete_cookie(_cookie_name(), secure=_is_secure(), httponly=True, samesite="Lax")
        return response


def _serializer() -> URLSafeSerializer:
    secret: bytes = current_app.extensions["appeals_secret"]
    return URLSafeSerializer(derive_key(secret, KeyPurpose.DEVICE), salt="device")


def _cookie_name() -> str:
    return "__Host-device" if _is_secure() else "device"


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
