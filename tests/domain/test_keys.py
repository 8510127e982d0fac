"""Keys derived from the secret key."""

from appeals.domain.derived_keys import KeyPurpose, derive_key


def test_each_purpose_and_each_secret_has_a_key_of_its_own() -> None:
    keys = {derive_key(secret, purpose) for secret in (b"one", b"two") for purpose in KeyPurpose}
    assert len(keys) == 2 * len(KeyPurpose)
    assert {len(key) for key in keys} == {32}


def test_a_derived_key_never_changes() -> None:
    """Seals of earlier years must still verify."""
    key = derive_key(b"secret", KeyPurpose.SEAL)
    assert key.hex() == "5be754dcf1b7ed2d12a43886e84972e6b8b0e73d345c5e553ead388fea66fc80"
