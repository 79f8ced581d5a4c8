"""The pure parts of the ONVIF door: bytes, topics, values, addresses, states."""

from __future__ import annotations

from datetime import UTC, datetime

import onvif_parsers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.onvif import address, answer, content, frame, topics
from canh.gateway.onvif.content import Event
from canh.gateway.onvif.states import States
from canh.intake import codes

AXIS = (
    '<e:Event xmlns:e="http://www.onvif.org/ver10/schema"><wsnt:NotificationMessage '
    'xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:tnsaxis="http://www.axis.com/2009/event/topics" '
    'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"><wsnt:Topic Dialect="simple">tns1:Device/tnsaxis:IO/Port'
    "</wsnt:Topic><wsnt:Message><e:Message UtcTime=\"2026-03-12T23:48:28.425164Z\" PropertyOperation=\"Changed\">"
    '<e:Source><e:SimpleItem Name="port" Value="3"/></e:Source><e:Key></e:Key><e:Data>'
    '<e:SimpleItem Name="state" Value="1"/></e:Data></e:Message></wsnt:Message></wsnt:NotificationMessage></e:Event>'
)  # fmt: skip


def event(text: str) -> Event:
    data = text.encode()
    (one,) = content.events(frame.read(data), data)
    return one


def test_a_notification_of_another_maker() -> None:
    seen = event(AXIS)
    assert (seen.code, seen.zone, seen.is_active, seen.operation) == ("digital_input", "3", True, "Changed")
    assert seen.utc == datetime(2026, 3, 12, 23, 48, 28, 425164, tzinfo=UTC)
    assert seen.raw.startswith(b"<wsnt:NotificationMessage")
    assert seen.raw.endswith(b"</wsnt:NotificationMessage>")
    assert seen.text == "Device/IO/Port port=3 state=1"


@pytest.mark.parametrize(
    ("topic", "data", "code"),
    [
        ("tns1:Device/tnsaxis:Sensor/PIR", (), "motion"),
        ("tns1:VideoSource/tnsaxis:Tampering", (), "tamper"),
        ("tns1:Device/Trigger/tnshik:AlarmIn", (), "digital_input"),
        ("tns1:RuleEngine/CellMotionDetector/TpSmartEvent", ("IsLineCross",), "line_crossed"),
        ("tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", ("IsPeople",), "person"),
        ("tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", ("IsVehicle",), "object"),
        ("tns1:RuleEngine/LoiteringDetector/Alarm", (), "loitering"),
        ("tns1:RuleEngine/LineCounter/Crossed", (), "line_crossed"),
        ("tns1:MediaControl/VideoLoss", (), "signal_loss"),
        ("tns1:RuleEngine/CountAggregation/Counter", (), "other"),
        ("tns1:Monitoring/ProcessorUsage", (), "other"),
        ("tns1:Media/ProfileChanged", (), "other"),
        ("tns1:Device/HardwareFailure/FanFailure", (), "hardware_failure"),
        ("tns1:RuleEngine/Own/Thing", ("State",), "rule"),
        ("", (), "other"),
        ("///", (), "other"),
    ],
)
def test_topics_of_many_makers(topic: str, data: tuple[str, ...], code: str) -> None:
    assert topics.code_of(topic, data) == code


CLASSES = {
    "Motion": "motion", "Tamper": "tamper", "Intrusion": "intrusion", "LineCross": "line_crossed", "People": "person",
    "Crossed": "line_crossed", "Crossing": "line_crossed", "ObjectsInside": "intrusion", "MotionAlarm": "motion",
    "PeopleDetect": "person", "VehicleDetect": "object", "FaceDetect": "object", "DogCatDetect": "object",
    "Visitor": "object", "Package": "object", "DigitalInput": "digital_input", "tnshik:AlarmIn": "digital_input",
    "Relay": "relay", "StorageFailure": "storage_failure", "DetectedSound": "sound", "HumanShapeDetect": "person",
    "Detection": "motion", "Object": "object",
}  # fmt: skip


def test_every_topic_that_others_know_is_known() -> None:
    """`onvif-parsers` is kept by others, from the cameras of many makers: what it lists must mean something here."""
    listed = sorted(onvif_parsers.registry._REGISTRY.registry)
    assert len(listed) > 40
    for topic in listed:
        last = topic.rpartition("/")[2]
        code = topics.code_of(topic, ("State",))
        if last in CLASSES:
            assert code == CLASSES[last], topic
        elif topic.startswith(("tns1:Monitoring/", "tns1:RecordingConfig/")) or "Count" in topic:
            assert code == "other", topic
        elif topic.startswith("tns1:VideoSource/"):
            assert code in {"too_dark", "too_bright", "too_blurry", "scene_change"}, topic
        else:
            assert "mart" in topic, f"{topic} is {code}"


def test_every_code_stands_in_the_table() -> None:
    table = {row["code"] for row in codes.listing() if row["protocol"] == "ONVIF"}
    used = {code for _pattern, code in topics.WORDS} | {"rule", "other", "unseen_change", "refused", "another_camera",
                                                        "no_address", "unreadable"}  # fmt: skip
    told = {*topics.RINGS_IF_TOLD.values(), *topics.QUIET_IF_TOLD.values()}
    assert used | told == table
    for code in topics.INFORMS:
        assert codes.meaning("ONVIF", code, "new", datetime(2026, 1, 1, tzinfo=UTC).date()).kind == "info"


def test_the_value_of_a_list_of_classes() -> None:
    topic = AXIS.replace("tns1:Device/tnsaxis:IO/Port", "tns1:RuleEngine/ObjectDetection/Object")
    seen = topic.replace('Name="state" Value="1"', 'Name="ClassTypes" Value="Human"')
    gone = topic.replace('Name="state" Value="1"', 'Name="ClassTypes" Value=""')
    assert (event(seen).code, event(seen).is_active, event(gone).is_active) == ("object", True, False)


@pytest.mark.parametrize(
    ("name", "value", "is_active"),
    [("State", "TRUE", True), ("State", "0", False), ("LogicalState", "inactive", False), ("ObjectId", "1", None),
     ("State", "wet", None), ("Likelihood", "1", None), ("IsCrossed", "on", True)],
)  # fmt: skip
def test_values(name: str, value: str, is_active: bool | None) -> None:
    assert event(AXIS.replace('Name="state" Value="1"', f'Name="{name}" Value="{value}"')).is_active is is_active


def test_long_places_stay_apart() -> None:
    one = event(AXIS.replace('Value="3"', f'Value="{"a" * 60}1"')).zone
    two = event(AXIS.replace('Value="3"', f'Value="{"a" * 60}2"')).zone
    assert one != two
    assert len(one) == len(two) == 40


BOMB = '<!DOCTYPE a [<!ENTITY b "' + "x" * 50 + '"><!ENTITY c "' + "&b;" * 50 + '">]>' + f"<a>{'&c;' * 50}</a>"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<", b"<a>", b"no xml", BOMB.encode(), BOMB.encode("utf-16"), b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', b"<a>&b;</a>", b"<a>" * 61 + b"</a>" * 61,
        b"<a>" + b"<b/>" * 20_001 + b"</a>", b" " * (frame.MAX_BYTES + 1),
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b"<p:a/>", b"<a b='1' b='2'/>", b"\0" * 50,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(frame.Unreadable):
        frame.read(data)


PIECES = st.sampled_from(
    [
        AXIS, "<a>", "</a>", "<NotificationMessage>", "</NotificationMessage>", "<Topic>", "&amp;", "]]>", "é", "<!--",
        '<Message UtcTime="', '">', "<Source/>", "<SimpleItem Name='x'/>", "<Fault/>", "9" * 30, "-->",
        "<SubscriptionReference>", "<UTCDateTime>", "<Year>x</Year>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map(lambda parts: f"<r>{''.join(parts)}</r>".encode()) | st.binary(max_size=300))
def test_nothing_makes_the_reading_fail(data: bytes) -> None:
    try:
        root = frame.read(data)
    except frame.Unreadable:
        return
    states = States()
    for one in content.events(root, data):
        assert one.raw in data
        states.learn(one)
    answer.fault(root)
    answer.clock_time(root)
    answer.event_service(root)
    answer.subscription(root)
    answer.remaining_s(root)


NEWS = st.builds(
    Event,
    topic=st.just("t"),
    code=st.sampled_from(["tamper", "motion"]),
    zone=st.sampled_from(["", "V1"]),
    operation=st.sampled_from(["Initialized", "Changed", "Deleted", ""]),
    is_active=st.sampled_from([True, False, None]),
    utc=st.none(),
    text=st.just(""),
    digest=st.just(""),
    raw=st.just(b""),
)


@given(st.lists(NEWS, max_size=30))
def test_initialized_never_begins_a_condition(news: list[Event]) -> None:
    states = States()
    for one in news:
        told = states.learn(one)
        if one.operation == "Initialized" and told is not None:
            assert told[1] == "restore" or told[0] == "unseen_change"
        if one.operation == "Deleted" and told is not None:
            assert told[1] == "restore"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("192.0.2.4", "http://192.0.2.4:80/onvif/device_service"),
        ("192.0.2.4:8080/", "http://192.0.2.4:8080/onvif/device_service"),
        ("https://cam.example/x", "https://cam.example:443/x"),
        ("[2001:db8::4]:81", "http://[2001:db8::4]:81/onvif/device_service"),
    ],
)
def test_addresses(text: str, url: str) -> None:
    assert address.parse(text).url == url


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("http://10.0.0.9:8000/onvif/sub?Idx=3", "/onvif/sub?Idx=3"),
        ("https://evil.example@192.0.2.4/a", "/a"),
        ("//evil.example/a", "/a"),
        ("http://10.0.0.9:80:80/a", "/a"),
        ("http://[bad/a", "/"),
        ("", "/"),
        ("/a b\r\nX: y", "/a%20bX:%20y"),
        ("http://x//evil.example/a", "/evil.example/a"),
        ("file:///etc/passwd", "/etc/passwd"),
    ],
)
def test_a_camera_names_a_path_and_never_a_host(place: str, url: str) -> None:
    assert address.parse("192.0.2.4").at(place) == f"http://192.0.2.4:80{url}"


@given(st.text(max_size=80))
def test_no_place_leads_elsewhere(place: str) -> None:
    assert address.parse("192.0.2.4").at(place).startswith("http://192.0.2.4:80/")


@pytest.mark.parametrize("text", ["", "ftp://a", "a:b@c", "http://", "a:99999"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        address.parse(text)


@pytest.mark.parametrize(
    ("rings", "code", "told"),
    [
        (None, "line_crossed", "line_crossed"),
        (None, "motion", "motion"),
        (frozenset(), "line_crossed", "line_noted"),
        (frozenset({"motion"}), "motion", "motion_watched"),
        (frozenset({"motion"}), "digital_input", "input_noted"),
        (frozenset({"digital_input"}), "digital_input", "digital_input"),
        (frozenset(), "tamper", "tamper"),
        (frozenset(), "refused", "refused"),
    ],
)
def test_what_rings(rings: frozenset[str] | None, code: str, told: str) -> None:
    assert topics.as_told(code, rings) == told
