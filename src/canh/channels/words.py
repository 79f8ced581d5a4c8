"""Marks that a message is no real emergency, before anything else in it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from canh.channels.message import Message


def mark_of(message: Message) -> str:
    """`[TEST] `, `[DRILL] `, or nothing."""
    if message.is_test:
        return _("[TEST]") + " "
    return _("[DRILL]") + " " if message.is_drill else ""


def title_of(message: Message) -> str:
    return one_line(mark_of(message) + message.title)


def text_of(message: Message) -> str:
    return one_line(mark_of(message) + message.text)


def one_line(text: str) -> str:
    """No line breaks, no signs that steer a screen or a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
