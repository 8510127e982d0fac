"""Keys for single purposes, derived from the installation's secret key."""

import enum
import hashlib
import hmac


class KeyPurpose(enum.StrEnum):
    """What a derived key is for; values must not change once something was signed with the key."""

    HASH_CHAIN = "hash chain"
    SEAL = "seal"
    ACCESS_LOG = "access log"
    ERASURE = "erasure"
    RECEIPT = "receipt"
    DEVICE = "device"
    TELEPHONE_CODE = "telephone code"
    OPEN_FORMS = "open forms"
    FORM_GIVEN_BACK = "form given back"
    MAIL_LINK = "mail link"
    IMPORTED_ROW = "imported row"
    DISPLAY = "display pass"


def derive_key(secret_key: bytes, purpose: KeyPurpose) -> bytes:
    """Return the 32-byte key for one purpose: HKDF-Expand (RFC 5869) of one block, SHA-256.

    A leaked derived key reveals neither the secret key nor the key of another purpose.
    """
    return hmac.digest(secret_key, b"appeals:" + purpose.encode() + b"\x01", hashlib.sha256)
