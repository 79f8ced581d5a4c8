"""HTTP to all cameras: one session, bounded in time and size, never led elsewhere. Needs the extra `onvif`.

Redirects are not followed, no proxy and no cookie is used. TLS hides what is said but does not prove who answers:
cameras have certificates that nobody signed; and the password is in no request, only digests of it.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import aiohttp
from yarl import URL

from canh.gateway.onvif.frame import MAX_BYTES
from canh.gateway.onvif.trouble import HungUp, NoAnswer, Nonsense, Refused

CONNECT_S = 5.0
_CHUNK = 16 * 1024
Digest = aiohttp.DigestAuthMiddleware


class Wire:
    """Made and used in the event loop."""

    def __init__(self) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's authorities: reading them takes 50 ms
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls, keepalive_timeout=30),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def close(self) -> None:
        await self._session.close()

    async def post(
        self, url: str, action: str, body: bytes, within_s: float, proof: Sequence[Digest] = ()
    ) -> bytes:  # fmt: skip
        """The body of the answer, also of a refusal in words. `proof`: how to answer an HTTP digest challenge.

        Raises NoAnswer, HungUp, Refused, Nonsense.
        """
        try:
            return await self._post(url, action, body, within_s, proof)
        except aiohttp.ServerDisconnectedError as error:
            raise HungUp(str(error)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}"[:200]) from error

    async def _post(
        self, url: str, action: str, body: bytes, within_s: float, proof: Sequence[Digest]
    ) -> bytes:  # fmt: skip
        headers = {
            "Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"',
            "Accept-Encoding": "identity",  # an answer that unpacks to a thousand times its size is no answer
        }
        limit = aiohttp.ClientTimeout(total=within_s, sock_connect=CONNECT_S)
        async with self._session.post(
            URL(url, encoded=True), data=body, headers=headers, timeout=limit, allow_redirects=False, middlewares=proof
        ) as response:
            if response.status in {401, 403}:
                raise Refused(f"HTTP {response.status}")
            if 300 <= response.status < 400:
                raise Nonsense(f"HTTP {response.status}: it points elsewhere, which is not followed")
            data = await _read(response.content)
            if not data:
                raise Nonsense(f"HTTP {response.status} without content")
            return data


async def _read(stream: aiohttp.StreamReader) -> bytes:
    found = bytearray()
    async for chunk in stream.iter_chunked(_CHUNK):
        found += chunk
        if len(found) > MAX_BYTES:
            raise Nonsense(f"more than {MAX_BYTES} bytes", bytes(found[:_CHUNK]))
    return bytes(found)
