"""A message that only the browser can read (RFC 8291, RFC 8188), and who sends it (RFC 8292).

The push service of the browser's maker carries it and must not know what it says. Keys and signatures are those of
`cryptography`; here is the framing alone.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD = 4096
"""Push services take at least so many bytes (RFC 8030, 7.2); one record holds all."""
LONGEST = RECORD - 16 - 1 - 86
"""Of the plain text: without tag, delimiter and header."""
POINT, AUTH = 65, 16


def new_key() -> str:
    """The private key by which push services know this installation: base64url of 32 bytes."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return b64(number.to_bytes(32, "big"))


def public_of(key: str) -> bytes:
    """Its public half, as browsers want it: an uncompressed point of 65 bytes."""
    return _point(_private(key).public_key())


def is_subscription(p256dh: str, auth: str) -> bool:
    """Whether these can be the keys of a browser."""
    try:
        point, secret = unb64(p256dh), unb64(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    except ValueError:
        return False
    return len(point) == POINT and len(secret) == AUTH


def encrypted(plain: bytes, p256dh: str, auth: str) -> bytes:
    """The body to post, `Content-Encoding: aes128gcm`. `plain`: at most LONGEST bytes."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(p256dh))
    mine, salt = ec.generate_private_key(CURVE), os.urandom(16)
    point = _point(mine.public_key())
    info = b"WebPush: info\x00" + unb64(p256dh) + point
    shared = _hkdf(unb64(auth), mine.exchange(ec.ECDH(), theirs), info, 32)
    key = _hkdf(salt, shared, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(salt, shared, b"Content-Encoding: nonce\x00", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes([len(point)]) + point
    return head + AESGCM(key).encrypt(nonce, plain + b"\x02", None)  # 2: the last record


def authorization(key: str, origin: str, contact: str, until_s: int) -> str:
    """The header by which the push service knows who sends, and whom to write to when something is wrong. `until_s`:
    seconds since 1970, at most 24 hours ahead."""
    claims = {"aud": origin, "exp": until_s, "sub": contact}
    signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(_private(key).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    proof = b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{proof},k={b64(public_of(key))}"


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(data: dict[str, object]) -> str:
    return b64(json.dumps(data, separators=(",", ":")).encode())


def _private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unb64(key), "big"), CURVE)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
