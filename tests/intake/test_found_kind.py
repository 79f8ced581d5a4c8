"""What a thing is: known by the door that discovered it, not by the one message that came before."""

from __future__ import annotations

import pytest

from canh.intake import actions
from canh.intake.journal import Discovery
from canh.intake.models import Found
from canh.kit import clock
from tests.senders import copy, entry

CAMERA = "frigate:yard@bank1"


def discovered() -> Discovery:
    return Discovery("sia", CAMERA, "camera", "yard", '{"program": "Frigate"}', clock.now_us())


@pytest.mark.django_db
def test_a_camera_that_alarmed_before_it_was_discovered_is_offered_as_a_camera() -> None:
    copy(entry(CAMERA, "BA", verdict="unknown_account"))
    assert Found.objects.get().kind == "panel"
    actions.note_found([discovered()])
    assert Found.objects.get().kind == "camera"
    copy(entry(CAMERA, "BA", verdict="unknown_account"))
    assert (Found.objects.get().kind, Found.objects.get().name) == ("camera", "yard")
