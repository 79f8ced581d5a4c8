"""Keys of an installation: sealing secrets at rest, signing heads, wrapping backups.

Sealed values: AES-256-GCM, 12-byte random nonce in front (NIST SP 800-38D).
Signatures: Ed25519 (RFC 8032). Passphrases: scrypt N=2^15, r=8, p=1 (RFC 7914).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from canh.kit import paths

NONCE = 12


class CannotOpen(ValueError):
    """A sealed value does not open: another key, or it was changed."""


def _secret(name: str, size: int = 32) -> bytes:
    """Key bytes from the data folder, made on first use, readable by the owner only."""
    path = paths.key(name)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _make_secret(path, size)


def _make_secret(path: Path, size: int) -> bytes:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(size))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whoever comes first wins; the other reads the winner's key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


def seal(value: bytes, purpose: str) -> bytes:
    """Encrypt for storage. `purpose` is bound in, so a value cannot be moved to another column."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_secret("seal.key")).encrypt(nonce, value, purpose.encode())


def unseal(sealed: bytes, purpose: str) -> bytes:
    """The value back. Raises CannotOpen."""
    try:
        return AESGCM(_secret("seal.key")).decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
    except InvalidTag as error:
        raise CannotOpen("the sealing key in keys/seal.key does not open this value") from error


def digest(value: str, purpose: str) -> str:
    """A fingerprint that says nothing without this installation's key: for what is looked up but never shown again.
    HMAC-SHA-256 (RFC 2104), 64 hex digits; `purpose` is bound in."""
    return hmac.new(_secret("seal.key"), f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def _signer() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_secret("sign.key"))


def sign(message: bytes) -> bytes:
    return _signer().sign(message)


def public_key() -> bytes:
    """32 bytes; give them to whoever shall check heads without this machine."""
    return _signer().public_key().public_bytes_raw()


def is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def django_secret() -> str:
    """Django's SECRET_KEY: sessions and form tokens."""
    return _secret("django.key", 48).hex()


def key_from_passphrase(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
