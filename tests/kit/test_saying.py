"""A sentence said in one process reads well in the language of another."""

from __future__ import annotations

import json

from django.utils import translation

from canh.kit.saying import Saying, english, from_json, words

FULL = Saying("the SIM is full (%(n)s messages): nothing new can arrive", {"n": "30"}, "/dev/ttyUSB0")
AWAY = Saying("%(reason)s", {"reason": "Connection refused"}, "192.0.2.4:5000")


def test_the_log_is_plain_english_whatever_language_is_spoken() -> None:
    with translation.override("vi"):
        assert english([FULL, AWAY]) == (
            "/dev/ttyUSB0: the SIM is full (30 messages): nothing new can arrive; 192.0.2.4:5000: Connection refused"
        )


def test_the_reader_has_it_in_vietnamese_also_the_words_of_the_system() -> None:
    with translation.override("vi"):
        assert words([FULL, AWAY]) == (
            "/dev/ttyUSB0: SIM đã đầy (30 tin): không nhận thêm được tin mới; 192.0.2.4:5000: bị từ chối kết nối"
        )


def test_it_travels_as_json_and_what_nobody_translated_is_shown_as_it_came() -> None:
    strange = Saying("%(reason)s", {"reason": "Owner died 100 %"}, "bank1")
    there = from_json(json.loads(json.dumps(strange.as_json())))
    with translation.override("vi"):
        assert (there, there.words()) == (strange, "bank1: Owner died 100 %")


def test_a_fact_that_happens_to_be_a_word_of_ours_stays_a_name() -> None:
    with translation.override("vi"):
        assert "Camera" in Saying("broker %(name)s: %(reason)s", {"name": "Camera", "reason": ""}).words()
