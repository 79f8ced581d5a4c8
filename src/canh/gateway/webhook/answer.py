"""Answers to a request: always JSON, errors in Vietnamese and English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any, NamedTuple

from canh.kit import clock

REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    413: "Content Too Large", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
RETRY_S = 30  # when to come back after 429 and 503

SAYINGS: Mapping[str, tuple[str, str]] = {
    "not_http": ("this is no HTTP request", "đây không phải yêu cầu HTTP"),
    "header_too_long": ("the header is longer than 16 kB", "phần đầu dài quá 16 kB"),
    "too_large": ("the body is longer than 256 kB: send fewer at once", "nội dung quá 256 kB: hãy gửi ít hơn"),
    "no_such_page": ("only /v1/signals and /v1/alertmanager are here", "ở đây chỉ có /v1/signals và /v1/alertmanager"),
    "post_only": ("send it with POST", "hãy gửi bằng POST"),
    "not_proven": (
        "unknown account, or signature or secret wrong: see the guide to the webhook",
        "tài khoản lạ, hoặc chữ ký hay mã bí mật sai: xem hướng dẫn về webhook"),
    "bad_clock": (
        "the time stamp is more than 5 minutes off: set the clock, sign anew, send again",
        "dấu thời gian lệch quá 5 phút: chỉnh đồng hồ, ký lại rồi gửi lại"),
    "too_many": ("too many unproven requests from this address", "quá nhiều yêu cầu chưa xác thực từ địa chỉ này"),
    "not_kept": ("could not be written to the disk: send it again", "chưa ghi được xuống đĩa: hãy gửi lại"),
    "register_away": ("the register cannot be read just now: send it again", "chưa đọc được sổ đăng ký: hãy gửi lại"),
    "our_fault": ("kept, but a fault of ours stopped its reading", "đã lưu, nhưng lỗi của hệ thống làm chưa đọc được"),
    "no_json": ("this is no JSON in UTF-8", "đây không phải JSON mã UTF-8"),
    "too_deep": ("nested too deeply", "lồng nhau quá nhiều lớp"),
    "no_object": ("an object {…} is expected here", "ở đây cần một đối tượng {…}"),
    "no_list": ("a list […] is expected here", "ở đây cần một danh sách […]"),
    "too_many_items": ("more than 500 at once", "quá 500 mục một lần"),
    "missing": ("is missing", "còn thiếu"),
    "unknown_field": ("is no field of this form", "không phải trường của mẫu này"),
    "no_text": ("must be a text", "phải là chuỗi chữ"),
    "too_long": ("is too long", "dài quá"),
    "no_moment": (
        "must be a time with its offset: 2026-03-09T09:14:05+07:00",
        "phải là thời điểm có múi giờ: 2026-03-09T09:14:05+07:00"),
    "no_turn": ("must be new, restore or still", "phải là new, restore hoặc still"),
    "no_status": ("must be firing or resolved", "phải là firing hoặc resolved"),
    "no_version": ('only version "4" is understood', 'chỉ hiểu phiên bản "4"'),
    "other_account": ("is not the account that signed", "không phải tài khoản đã ký"),
    "kind_or_code": ("give either kind or code", "hãy cho kind hoặc code, một trong hai"),
}  # fmt: skip


class Fault(NamedTuple):
    """What is wrong, and where: `[3].time`; empty: with the request as a whole."""

    saying: str
    where: str = ""


class Answer(NamedTuple):
    status: int
    body: Mapping[str, Any]
    headers: tuple[tuple[str, str], ...] = ()

    def encode(self, keeps_alive: bool, *, is_bare: bool = False) -> bytes:
        """`is_bare`: to a HEAD, which gets no body."""
        body = json.dumps(self.body, ensure_ascii=False).encode() + b"\n"
        lines = [
            f"HTTP/1.1 {self.status} {REASONS[self.status]}",
            f"Date: {_date(clock.now_us() // 1_000_000)}",
            "Content-Type: application/json; charset=utf-8",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers),
            *(() if keeps_alive else ("Connection: close",)),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + (b"" if is_bare else body)


def kept(count: int, repeats: int) -> Answer:
    """`count` are on the disk; `repeats` were there already."""
    return Answer(200, {"kept": count, "repeats": repeats})


def refuse(status: int, *faults: Fault, **more: Any) -> Answer:
    errors = [
        {"where": f.where, "error": f.saying, "en": SAYINGS[f.saying][0], "vi": SAYINGS[f.saying][1]} for f in faults
    ]
    return Answer(status, {"errors": errors, **more}, tuple(_HEADERS.get(status, {}).items()))


_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": 'Basic realm="Canh", charset="UTF-8"'},
    405: {"Allow": "POST"},
    429: {"Retry-After": str(RETRY_S)},
    503: {"Retry-After": str(RETRY_S)},
}


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
