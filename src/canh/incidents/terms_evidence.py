"""The words of evidence: files that belong to a case."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FOLDER = "evidence"
"""In the data folder: `evidence/ab/<sha256>`."""
LOOKS = frozenset({"evidence.look", "evidence.download", "evidence.export"})
"""Audit lines of who looked; what a pack leaves out, so that looking does not change it."""


class Media(TextChoices):
    """What a file is, by its first bytes: never by its name."""

    JPEG = "image/jpeg", _("Picture (JPEG)")
    PNG = "image/png", _("Picture (PNG)")
    GIF = "image/gif", _("Picture (GIF)")
    WEBP = "image/webp", _("Picture (WebP)")
    PDF = "application/pdf", _("Document (PDF)")
    MP4 = "video/mp4", _("Video (MP4)")
    MATROSKA = "video/x-matroska", _("Video (Matroska)")
    AVI = "video/x-msvideo", _("Video (AVI)")
    WAV = "audio/wav", _("Sound (WAV)")
    OGG = "audio/ogg", _("Sound (Ogg)")
    MP3 = "audio/mpeg", _("Sound (MP3)")
    ZIP = "application/zip", _("Archive or office document")
    TEXT = "text/plain", _("Text")
    OTHER = "application/octet-stream", _("Not recognised")


class RemovedWhy(TextChoices):
    """Who takes evidence away."""

    PERSON = "person", _("by a person")
    RETENTION = "retention", _("its time is over")
