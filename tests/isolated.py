"""Loaded before Django's settings: every test run has a data folder of its own, never the user's."""

from __future__ import annotations

import os
import tempfile

os.environ["CANH_DATA"] = tempfile.mkdtemp(prefix="canh-test-data-")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "")
KEPT = {"CANH_DATA", "CANH_CHECKOUT", "CANH_KILLS", "CANH_KILL_SEED", "CANH_PICTURE"}
for name in [name for name in os.environ if name.startswith("CANH_") and name not in KEPT]:
    del os.environ[name]
