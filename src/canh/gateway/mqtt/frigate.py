"""Frigate: `events`, `reviews`, `available`, `stats` and the state of each camera's stream. Pure.

One person in front of one camera is in both `events` and `reviews`. Both speak of the same condition of the
same account, so together they raise one alarm; and once reviews were seen, events begin nothing any more.
Names of recognised persons (`sub_label`) are not taken over: Canh recognises nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.content import (
    MAX_LIST,
    NEW,
    RESTORE,
    Book,
    Fact,
    Find,
    Malformed,
    Word,
    account_of,
    clean,
    member,
    moment,
    online,
    parse_object,
    words,
)

PROTOCOL, SCHEME = "FRIGATE", "frigate"
TYPES = {"new", "update", "end"}
SEEN_IN_REVIEWS = "reviews"


class Frigate:
    """One Frigate at one broker."""

    def __init__(self, prefix: str, broker: str, book: Book, rings: str = "", labels: str = "person") -> None:
        self._prefix, self._broker, self._book = prefix, broker, book
        self._choices = {"topic": rings, "labels": labels}
        self.has_reviews = False
        self.itself = self._account(f"/{prefix}")
        """The account of the program: no camera can have a slash in its name."""

    def topics(self) -> list[tuple[str, int]]:
        mine = {"events": 1, "reviews": 1, "available": 1, "stats": 0, "+/status/detect": 1}
        return [(f"{self._prefix}/{name}", qos) for name, qos in mine.items()]

    def read(self, topic: str, payload: bytes, is_retained: bool) -> Word | None:
        if not topic.startswith(f"{self._prefix}/"):
            return None
        name = topic[len(self._prefix) + 1 :]
        if name in {"events", "reviews"}:
            return self._object(name, parse_object(payload))
        if name == "available":
            return self._available(online(payload), is_retained)
        if name == "stats":
            return self._stats(parse_object(payload, MAX_LIST))
        return self._stream(name.removesuffix("/status/detect"), online(payload)) if name.endswith("/detect") else None

    def _account(self, camera: str) -> str:
        return account_of(SCHEME, camera, self._broker)

    def _object(self, source: str, message: dict[str, Any]) -> Word:
        """`new`, `update` and `end` of a tracked object or of a review."""
        after = member(message, "after")
        kind, occasion, camera = message.get("type"), clean(after.get("id"), 80), clean(after.get("camera"), 200)
        if not occasion or not camera or not isinstance(kind, str):
            raise Malformed(f"{source} without id, camera or type")
        if source == SEEN_IN_REVIEWS:
            self.has_reviews = True
        account = self._account(camera)
        facts = list(self._facts(source, account, after, is_end=kind == "end")) if kind in TYPES else []
        return Word(tuple(facts), (account,), (self._camera(camera),))

    def _facts(self, source: str, account: str, after: dict[str, Any], *, is_end: bool) -> Iterator[Fact]:
        code = self._code(source, account, after)
        extra = _extra(source, after)
        text, occasion = _text(extra), extra["event"]
        if code:
            yield Fact(PROTOCOL, account, code, NEW, occasion, "", 0, moment(after.get("start_time")), text, extra)
        if is_end:  # whatever began it: perhaps an event, before reviews were known
            ended_at = moment(after.get("end_time"))
            yield Fact(PROTOCOL, account, "alert", RESTORE, occasion, "", 0, ended_at, text, extra)

    def _code(self, source: str, account: str, after: dict[str, Any]) -> str:
        """What it is: `alert`, `detection`, or nothing."""
        panel = self._book.get(account)
        chosen = {**self._choices, **(panel.dialect if panel else {})}
        wanted = chosen["topic"] or (SEEN_IN_REVIEWS if self.has_reviews else "events")
        if wanted not in {source, "both"}:
            return ""
        if source == SEEN_IN_REVIEWS:
            return "alert" if after.get("severity") == "alert" else "detection"
        if after.get("false_positive"):
            return ""
        labels = {label.strip() for label in chosen["labels"].split(",")}
        return "alert" if clean(after.get("label")) in labels else "detection"

    def _available(self, state: str, is_retained: bool) -> Word:
        if state not in {"online", "offline", "stopped"}:
            return Word(problem=f"state {state!r}", account=self.itself)
        turn = RESTORE if state == "online" else NEW
        facts = tuple(Fact(PROTOCOL, account, "offline", turn, text=state) for account in self._concerned())
        found = Find(self.itself, "service", "Frigate", {"broker": self._broker, "topic": self._prefix})
        return Word(facts, (self.itself,) if state == "online" and not is_retained else (), (found,))

    def _concerned(self) -> Iterable[str]:
        """Frigate itself where it is registered: one alarm. Else each of its cameras: all are blind."""
        if self._book.get(self.itself):
            return [self.itself]
        end = f"@{self._broker}"
        mine = [p.account for p in self._book.of_door(DOOR)]
        return [a for a in mine if a.startswith(f"{SCHEME}:") and a.endswith(end)] or [self.itself]

    def _stats(self, message: dict[str, Any]) -> Word:
        """Every minute: which cameras give pictures. A sign of life, and the end of `camera_offline`."""
        cameras = member(message, "cameras")
        names = [name for name in list(cameras)[:2000] if name]
        living = [self._account(n) for n in names if _is_positive(member(cameras, n).get("camera_fps"))]
        facts = tuple(Fact(PROTOCOL, account, "camera_offline", RESTORE) for account in living)
        return Word(facts, (self.itself, *living), tuple(map(self._camera, names)))

    def _stream(self, camera: str, state: str) -> Word | None:
        """Frigate says `online` of a stream it only tries again; so its pictures must end `camera_offline`."""
        if not camera or "/" in camera:
            return None
        account = self._account(camera)
        code = {"offline": "camera_offline", "disabled": "camera_disabled"}.get(state)
        if code:
            return Word((Fact(PROTOCOL, account, code),), (), (self._camera(camera),))
        return Word((Fact(PROTOCOL, account, "camera_disabled", RESTORE),) if state == "online" else ())

    def _camera(self, name: str) -> Find:
        shown = clean(name)
        return Find(self._account(name), "camera", shown, {"broker": self._broker, "program": "Frigate", "name": shown})


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def _extra(source: str, after: dict[str, Any]) -> dict[str, str]:
    data = member(after, "data")
    found = {
        "event": clean(after.get("id"), 80),
        "topic": source,
        "label": clean(after.get("label")) or words([*_list(data.get("objects")), *_list(data.get("audio"))]),
        "score": _score(after.get("top_score")) or _score(after.get("score")),
        "zones": words(after.get("entered_zones")) or words(data.get("zones")),
        "severity": clean(after.get("severity")),
        "stationary": "yes" if after.get("stationary") is True else "",
    }
    return {name: value for name, value in found.items() if value}


def _score(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(extra: dict[str, str]) -> str:
    return " · ".join(extra[name] for name in ("label", "zones") if name in extra)
