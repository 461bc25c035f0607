"""Encryption of what must not be readable in a stolen database: channel credentials and health notes."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken

from crm.config import settings
from crm.errors import ConfigurationError


@functools.cache
def _cipher(secret: str) -> Fernet:
    key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"spotter-vault").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal(text: str) -> bytes:
    """Encrypt with the deployment's secret key (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _cipher(settings().secret_key).encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Decrypt; raises `ConfigurationError` where the secret key is not the one it was sealed with."""
    try:
        return _cipher(settings().secret_key).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise ConfigurationError(
            "a stored secret cannot be read with the present SPOTTER_SECRET_KEY; "
            "put the former key back, or import the gym's inboxes again"
        ) from None


def seal_credentials(credentials: Mapping[str, str]) -> bytes:
    """Encrypt a channel's secrets."""
    return seal(json.dumps(dict(credentials), sort_keys=True))


def unseal_credentials(sealed: bytes) -> dict[str, str]:
    """Decrypt a channel's secrets."""
    found: dict[str, str] = json.loads(unseal(sealed))
    return found


def fingerprint(text: str) -> str:
    """A keyed hash by which an erased address is known again and from which it cannot be got back (BLAKE2b)."""
    key = hashlib.blake2b(settings().secret_key.encode(), digest_size=32, person=b"spotter-hash").digest()
    return hashlib.blake2b(text.encode(), digest_size=16, key=key).hexdigest()
