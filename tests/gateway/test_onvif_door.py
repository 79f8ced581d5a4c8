"""The ONVIF door against cameras over real sockets: what they say arrives once, and their troubles are told."""

from __future__ import annotations

import importlib
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from canh.gateway.directory import Directory
from canh.gateway.onvif import camera as camera_module
from canh.gateway.onvif import clerk, door
from canh.intake.observation import Observation, from_json
from canh.kit import paths
from canh.sites.queries import PanelEntry
from tests.gateway.conftest import Running
from tests.gateway.onvif_camera import Camera
from tests.house import until

LINE = "tns1:RuleEngine/LineDetector/Crossed"
TAMPER = "tns1:RuleEngine/TamperDetector/Tamper"
SOURCE = {"VideoSourceConfigurationToken": "V1", "VideoAnalyticsConfigurationToken": "A1", "Rule": "Cửa sau"}
Made = Callable[..., Camera]


class Book:
    """A register whose pages the test changes."""

    def __init__(self) -> None:
        self.entries: dict[str, PanelEntry] = {}
        self.revision = 0
        self._numbers = itertools.count(1)

    def add(self, account: str, camera: Camera, **settings: str) -> None:
        said = {**camera.settings, **settings}
        number = next(self._numbers)
        self.entries = {**self.entries, account: PanelEntry(number, account, None, door="onvif", settings=said)}
        self.revision += 1

    def remove(self, account: str) -> None:
        self.entries = {name: entry for name, entry in self.entries.items() if name != account}
        self.revision += 1

    def directory(self) -> Directory:
        return Directory(lambda: self.entries, lambda: self.revision)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def made() -> Iterator[Made]:
    """Makes cameras; at the end each must have found every message as published."""
    cameras: list[Camera] = []

    def make(**how: Any) -> Camera:
        cameras.append(Camera(**how))
        return cameras[-1]

    yield make
    for one in cameras:
        one.stop()
        assert one.wrong == []


@pytest.fixture(autouse=True)
def _short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "LONGEST_REST_S", 0.5)
    monkeypatch.setattr(camera_module, "SHORTEST_PULL_S", 0.1)
    monkeypatch.setattr(camera_module, "REFUSED_REST_S", 0.5)
    monkeypatch.setattr(camera_module, "FIRST_REFUSED_REST_S", 0.1)
    monkeypatch.setattr(clerk, "AGAIN_S", 0.05)
    monkeypatch.setattr(door, "TICK_S", 0.05)


def pulling(camera: Camera, times: int = 1) -> None:
    """Wait until it has been asked so often for what happened."""
    until(lambda: camera.asked.count("PullMessages") >= times, 30)


def said(running: Running) -> list[tuple[str, str]]:
    return [(one.code, one.turn) for one in observations(running)]


def observations(running: Running) -> list[Observation]:
    return [one for entry in running.kept() if entry.door == "onvif" for one in from_json(entry.facts)]


def test_what_happens_arrives_with_its_bytes(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    text = camera.say(LINE, SOURCE, {"ObjectId": "7"}, operation="")
    (entry,) = until(lambda: [one for one in running.kept() if one.door == "onvif"])
    (seen,) = from_json(entry.facts)
    assert entry.raw.decode() == text
    assert (entry.verdict, entry.peer) == ("accepted", camera.address)
    assert (seen.protocol, seen.account, seen.code, seen.turn) == ("ONVIF", "onvif:gate", "line_crossed", "new")
    assert seen.zone == "V1/Cửa sau"
    assert abs(seen.occurred_at - entry.received_at) < 5_000_000
    assert running.call(lambda: running.gateway.desk.doors["onvif"]).up_since > 0


TOPICS = [
    ("tns1:VideoSource/MotionAlarm", {"Source": "V1"}, "State", "motion"),
    ("tns1:RuleEngine/CellMotionDetector/Motion", SOURCE, "IsMotion", "motion"),
    (TAMPER, SOURCE, "IsTamper", "tamper"),
    ("tns1:RuleEngine/FieldDetector/ObjectsInside", SOURCE, "IsInside", "intrusion"),
    ("tns1:Device/Trigger/DigitalInput", {"InputToken": "1"}, "LogicalState", "digital_input"),
    ("tns1:Device/HardwareFailure/StorageFailure", {"Token": "SD"}, "Failed", "storage_failure"),
    ("tns1:VideoSource/SignalLoss", {"Source": "V1"}, "State", "signal_loss"),
    ("tns1:VideoSource/ImageTooDark/ImagingService", {"Source": "V1"}, "State", "too_dark"),
    ("tns1:VideoSource/ImageTooBright/ImagingService", {"Source": "V1"}, "State", "too_bright"),
    ("tns1:VideoSource/ImageTooBlurry/ImagingService", {"Source": "V1"}, "State", "too_blurry"),
    ("tns1:VideoSource/GlobalSceneChange/ImagingService", {"Source": "V1"}, "State", "scene_change"),
    ("tns1:AudioAnalytics/Audio/DetectedSound", SOURCE, "isSoundDetected", "sound"),
    ("tns1:RuleEngine/tnsx:Weather/Strange", SOURCE, "State", "rule"),
]


def test_every_topic_begins_and_ends(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    for topic, source, name, _code in TOPICS:
        for value in ("true", "false"):
            camera.say(topic, source, {name: value})
    due = [(code, turn) for *_topic, code in TOPICS for turn in ("new", "restore")]
    until(lambda: len(said(running)) == len(due), 30)
    assert said(running) == due


def test_initialized_raises_nothing_and_sets_what_is_known(
    book: Book, made: Made, start: Callable[..., Running]
) -> None:
    camera = made()
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    camera.say("tns1:Device/Trigger/DigitalInput", {"InputToken": "1"}, {"LogicalState": "true"})
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera, 2)
    assert said(running) == []
    camera.say(TAMPER, SOURCE, {"IsTamper": "false"})
    until(lambda: said(running) == [("tamper", "restore")])


def test_a_state_told_twice_goes_on_and_deleted_ends_it(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"}, operation="Deleted")
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"}, operation="Deleted")
    until(lambda: len(said(running)) >= 3)
    assert said(running) == [("tamper", "new"), ("tamper", "still"), ("tamper", "restore")]


def test_the_same_notification_again_has_the_same_digest(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    text = camera.say(LINE, SOURCE, {"ObjectId": "7"}, operation="")
    camera.queue(text)
    camera.say(LINE, SOURCE, {"ObjectId": "7"}, operation="")
    until(lambda: len(said(running)) == 3)
    first, again, other = (one.digest for one in observations(running))
    assert first == again != other


def test_a_camera_that_restarts_is_subscribed_to_anew_and_caught_up_with(
    book: Book, made: Made, start: Callable[..., Running]
) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    camera.say("tns1:VideoSource/SignalLoss", {"Source": "V1"}, {"State": "true"})
    camera.say("tns1:Device/Trigger/DigitalInput", {"InputToken": "1"}, {"LogicalState": "false"})
    until(lambda: len(said(running)) == 3)
    camera.stop()
    camera.say("tns1:VideoSource/SignalLoss", {"Source": "V1"}, {"State": "false"})
    camera.say("tns1:Device/Trigger/DigitalInput", {"InputToken": "1"}, {"LogicalState": "true"})
    camera.start()
    until(lambda: len(said(running)) >= 5)
    after = said(running)[3:]
    assert after == [("signal_loss", "restore"), ("unseen_change", "new")]  # tamper is still active: nothing new
    camera.say(TAMPER, SOURCE, {"IsTamper": "false"})
    until(lambda: said(running)[-1] == ("tamper", "restore"))


def test_a_forgotten_subscription_is_made_again(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.forget()
    until(lambda: camera.subscriptions, 30)
    camera.say(LINE, SOURCE, {}, operation="")
    until(lambda: said(running) == [("line_crossed", "new")])


def test_a_camera_that_dies_in_mid_pull_is_heard_again(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.cuts_pull = True
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    until(lambda: camera.asked.count("CreatePullPointSubscription") == 2, 30)
    until(lambda: camera.subscriptions)
    camera.say(LINE, SOURCE, {}, operation="")
    until(lambda: ("line_crossed", "new") in said(running))


def test_a_wrong_password_is_told_once_and_its_end_too(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera, password="guessed")
    running = start(book.directory())
    until(lambda: camera.asked.count("GetDeviceInformation") >= 3, 30)
    (entry,) = [one for one in running.kept() if one.door == "onvif"]
    assert said(running) == [("refused", "new")]
    assert b"NotAuthorized" in entry.raw
    assert "guessed" not in entry.facts
    book.add("onvif:gate", camera)
    pulling(camera)
    until(lambda: said(running) == [("refused", "new"), ("refused", "restore")])


@pytest.mark.parametrize("ahead", [timedelta(hours=-7), timedelta(days=3), timedelta(days=-20_000)])
def test_a_wrong_clock_does_not_matter_and_is_measured(
    book: Book, made: Made, start: Callable[..., Running], ahead: timedelta
) -> None:
    camera = made(ahead=ahead)
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.say(LINE, SOURCE, {}, operation="")
    (entry,) = until(lambda: [one for one in running.kept() if one.door == "onvif"])
    (seen,) = from_json(entry.facts)
    limit = timedelta(days=20)
    due_us = max(-limit, min(limit, ahead)) // timedelta(microseconds=1)
    assert abs(seen.sent_at - entry.received_at - due_us) < 10_000_000
    if abs(ahead) < limit:
        assert abs(seen.occurred_at - entry.received_at) < 10_000_000


@pytest.mark.parametrize(
    "how",
    [
        {"sign_in": "digest"},
        {"sign_in": "none"},
        {"by_reference": True},
        {"is_old": True},
        {"calls_itself": "10.255.255.1:81"},
        {"life_s": 3.0, "prolongs": False},
    ],
    ids=str,
)
def test_dialects(book: Book, made: Made, start: Callable[..., Running], how: dict[str, Any]) -> None:
    camera = made(**how)
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.say(LINE, SOURCE, {"ObjectId": "1"}, operation="")
    until(lambda: said(running) == [("line_crossed", "new")])
    pulling(camera, 2)
    camera.say(LINE, SOURCE, {"ObjectId": "2"}, operation="")
    until(lambda: len(said(running)) == 2)
    assert ("Renew" in camera.asked) == ("life_s" in how)
    running.stop()
    until(lambda: camera.subscriptions == {})


def test_a_camera_that_cannot_renew_is_subscribed_to_again_and_again(
    book: Book, made: Made, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "PULL_S", 1)  # how long it may be silent, not for how long it is asked
    camera = made(life_s=1.0, prolongs=False)
    no = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>'
    camera.instead = lambda operation: (500, "text/xml", no) if operation == "Renew" else None
    book.add("onvif:gate", camera)
    start(book.directory())
    until(lambda: camera.asked.count("CreatePullPointSubscription") >= 3, 60)
    assert camera.asked.count("Renew") == 1


def test_one_slow_camera_holds_up_no_other(book: Book, made: Made, start: Callable[..., Running]) -> None:
    slow, quick = made(), made()
    slow.delay_s = 3600
    book.add("onvif:slow", slow)
    book.add("onvif:quick", quick)
    running = start(book.directory())
    pulling(quick)
    quick.say(LINE, SOURCE, {}, operation="")
    until(lambda: said(running) == [("line_crossed", "new")])


def test_a_redirect_is_not_followed_and_nothing_goes_elsewhere(
    book: Book, made: Made, start: Callable[..., Running]
) -> None:
    camera, other = made(), made()
    camera.instead = lambda operation: (307, "text/xml", f"http://{other.address}/onvif/device_service".encode())
    book.add("onvif:gate", camera)
    running = start(book.directory())
    until(lambda: len(camera.asked) >= 3, 30)
    assert other.asked == []
    (entry,) = [one for one in running.kept() if one.door == "onvif"]
    assert entry.verdict == "garbage"
    assert "not followed" in entry.facts


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'


@pytest.mark.parametrize(
    "body", [b"", b"{}", BOMB, b"\xff\xfe\x00", b"<a>" * 100, b"<a/>" + b" " * 600_000, b"<html><body>Hi</body></html>"]
)
def test_no_answer_makes_the_door_fail(book: Book, made: Made, start: Callable[..., Running], body: bytes) -> None:
    camera, other = made(), made()
    camera.instead = lambda operation: (
        (200, "text/html; charset=klingon", body) if operation == "PullMessages" else None
    )
    book.add("onvif:gate", camera)
    book.add("onvif:other", other)
    running = start(book.directory())
    pulling(camera, 3)
    pulling(other)
    camera.instead = lambda _operation: None
    before = camera.asked.count("PullMessages")
    pulling(camera, before + 1)
    until(lambda: camera.subscriptions)
    camera.say(LINE, SOURCE, {}, operation="")
    until(lambda: ("line_crossed", "new") in said(running), 30)


def test_cameras_come_go_and_change_without_a_restart(book: Book, made: Made, start: Callable[..., Running]) -> None:
    first, second = made(), made()
    running = start(book.directory())
    assert running.call(lambda: "onvif" not in running.gateway.desk.doors)
    book.add("onvif:first", first)
    pulling(first)
    book.add("onvif:second", second)
    pulling(second)
    assert first.asked.count("CreatePullPointSubscription") == 1, "the first was left alone"
    book.remove("onvif:first")
    until(lambda: first.asked[-1] == "Unsubscribe", 30)
    second.password = "another 9!"
    second.forget()
    book.add("onvif:second", second)
    until(lambda: second.subscriptions, 30)
    second.say(LINE, SOURCE, {}, operation="")
    until(lambda: ("line_crossed", "new") in said(running))


def test_what_rings_at_a_camera_can_be_told(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:vault", camera, rings="motion, tamper")
    running = start(book.directory())
    pulling(camera)
    camera.say("tns1:VideoSource/MotionAlarm", {"Source": "V1"}, {"State": "true"})
    camera.say(LINE, SOURCE, {}, operation="")
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    until(lambda: len(said(running)) == 3)
    assert [code for code, _turn in said(running)] == ["motion_watched", "line_noted", "tamper"]


def test_another_camera_at_the_address_is_not_taken_for_it(
    book: Book, made: Made, start: Callable[..., Running]
) -> None:
    camera = made(serial="SN-9999")
    book.add("onvif:gate", camera, serial="SN-0042")
    running = start(book.directory())
    until(lambda: said(running) == [("another_camera", "new")], 30)
    assert "CreatePullPointSubscription" not in camera.asked
    book.add("onvif:gate", camera, serial="SN-9999")
    until(lambda: said(running)[1:] == [("another_camera", "restore")], 30)


def test_an_end_while_the_gateway_was_down_is_noticed(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    until(lambda: said(running) == [("tamper", "new")])
    running.stop()
    camera.say(TAMPER, SOURCE, {"IsTamper": "false"})
    running = start(book.directory())
    until(lambda: said(running) == [("tamper", "new"), ("tamper", "restore")], 30)


@pytest.mark.parametrize("text", ["", "[]", '{"onvif:gate": {}}', '{"onvif:gate": 1}', "\0"])
def test_a_spoilt_memory_is_passed_over(book: Book, made: Made, start: Callable[..., Running], text: str) -> None:
    paths.run("onvif.json").write_text(text)
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
    until(lambda: "tamper V1/Cửa sau" in paths.run("onvif.json").read_text(encoding="utf-8"), 30)
    assert json.loads(paths.run("onvif.json").read_text(encoding="utf-8"))["onvif:gate"]["faults"] == []
    until(lambda: said(running) == [("tamper", "new")])


def test_without_the_extra_the_door_says_what_to_do(
    book: Book, made: Made, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name == "canh.gateway.onvif.wire":
            raise ModuleNotFoundError("No module named 'aiohttp'")
        return found(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    running = start(book.directory())
    assert running.call(lambda: dict(running.gateway.desk.doors)).keys() == {"sia"}, "no camera: nothing to complain of"
    camera = made()
    book.add("onvif:gate", camera)
    state = until(lambda: running.call(lambda: running.gateway.desk.doors.get("onvif")), 30)
    assert (state.up_since, "canh extra add onvif" in state.problem) == (0, True)
    monkeypatch.setattr(importlib, "import_module", found)
    pulling(camera)
    assert running.call(lambda: running.gateway.desk.doors["onvif"]).up_since > 0


def test_signs_of_life_are_noted_with_the_clock(book: Book, made: Made, start: Callable[..., Running]) -> None:
    camera = made(ahead=timedelta(hours=1))
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    heard = until(lambda: running.call(lambda: dict(running.gateway.desk._heard)))
    sign = heard["onvif", "onvif:gate", ""]
    assert sign.peer == camera.address
    assert abs(sign.skew_ms - 3_600_000) < 10_000


def test_a_clock_that_is_set_while_we_listen_is_no_refusal(
    book: Book, made: Made, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "PULL_S", 3)  # longer than its subscription lives
    camera = made(life_s=1.5, prolongs=False)  # so that it is asked something every second
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    camera.ahead = timedelta(hours=3)
    camera.say(LINE, SOURCE, {}, operation="")
    before = camera.asked.count("CreatePullPointSubscription")
    until(lambda: camera.asked.count("CreatePullPointSubscription") > before, 30)
    pulling(camera, camera.asked.count("PullMessages") + 1)
    assert "refused" not in dict(said(running))


def test_a_journal_that_breaks_is_waited_for_and_nothing_is_asked_meanwhile(
    book: Book, made: Made, start: Callable[..., Running]
) -> None:
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    keep, lost = running.gateway.desk.keep, []

    def lose(entry: Any, receipt: Any = None) -> None:
        if entry.door == "onvif" and len(lost) < 3:
            lost.append(entry)
            running.gateway.desk.loop.call_soon(receipt.lose)
        else:
            keep(entry, receipt)

    running.call(lambda: setattr(running.gateway.desk, "keep", lose))
    camera.say(LINE, SOURCE, {}, operation="")
    until(lambda: said(running) == [("line_crossed", "new")])
    assert len(lost) == 3


def test_noise_is_limited_and_alarms_are_not(
    book: Book, made: Made, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "INFORMS_PER_MINUTE", 10)
    camera = made()
    book.add("onvif:gate", camera)
    running = start(book.directory())
    pulling(camera)
    for _time in range(30):
        camera.say("tns1:VideoSource/MotionAlarm", {"Source": "V1"}, {"State": "true"})
    for number in range(30):
        camera.say(LINE, SOURCE, {"ObjectId": str(number)}, operation="")
    until(lambda: len(said(running)) == 40, 30)
    assert [code for code, _turn in said(running)].count("line_crossed") == 30
    assert running.counts["onvif_too_many"] == 20
