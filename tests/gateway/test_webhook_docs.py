"""The reference page of the webhook: its examples are run, its schema has the fields of the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from canh.gateway.directory import fixed
from canh.gateway.webhook.signals import FIELDS, TURNS
from tests.gateway.program import SECRET, SETTINGS, book

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ref" / "webhook.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_schema_has_the_fields_of_the_code():
    event = json.loads(block("json"))["$defs"]["event"]
    assert set(event["properties"]) == set(FIELDS)
    assert set(event["properties"]["turn"]["enum"]) == TURNS


SHELL = pytest.param(["sh", "-e", "-c"], "sh", marks=pytest.mark.services)  # curl and openssl


@pytest.mark.parametrize(("command", "language"), [SHELL, ([sys.executable, "-c"], "python")])
def test_the_examples_work(start, command, language):
    gateway = start(fixed(book()), settings=SETTINGS)
    url = f"http://127.0.0.1:{gateway.gateway.doors[1].port}"
    script = block(language).replace("SECRET=…;", "")
    done = subprocess.run(
        [*command, script], env={**os.environ, "SECRET": SECRET.hex(), "CANH_URL": url}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert '"kept": 1' in done.stdout.replace("'", '"'), done.stderr
