"""Response headers that leave a page no way out of its own house."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
FIXED = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class StrictHeaders(MiddlewareMixin):
    """On everything Django answers. Static files are served before and need none of it."""

    def process_response(self, request: Any, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        # Pages hold what only the signed-in person may see; a shared machine must not keep them.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
