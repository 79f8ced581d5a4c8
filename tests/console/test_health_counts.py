"""What a gateway counts is told in words, also what a new door counts."""

from __future__ import annotations

import re
from pathlib import Path

import canh.gateway
from canh.console.health import counts
from canh.intake.models import GatewayReport
from canh.kit import clock
from tests.clock import START

SOURCE = "\n".join(file.read_text() for file in Path(canh.gateway.__file__).parent.rglob("*.py"))


def test_every_count_has_words() -> None:
    names = set(re.findall(r'counts\["([a-z0-9_]+)"\]', SOURCE)) - set(counts.HIDDEN)
    assert len(names) > 20
    assert [name for name in sorted(names) if counts.words(name) == name] == []


def test_answers_of_the_webhook_are_told_in_words(db: None) -> None:
    told = {"webhook_401": 3, "up_since:sia": clock.to_us(START)}
    GatewayReport.objects.create(gateway="gw1", counters=told, at=START)
    [gateway] = counts.gateways()
    [count] = gateway.counts
    assert (count.figure, "401" in count.words, count.words.startswith("webhook_")) == ("3", True, False)
