"""The words of audit."""

from __future__ import annotations

HEAD_VERSION = 1
HEAD_SUFFIX = ".head.json"
