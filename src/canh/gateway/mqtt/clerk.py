"""The clerk of one broker: places a message, has it read and judged, hands it to the journal."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence

from canh.gateway.desk import Desk
from canh.gateway.limits import Quota
from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.broker import Broker
from canh.gateway.mqtt.content import NEW, Fact, Find, Malformed, Producer, Word
from canh.gateway.mqtt.frigate import Frigate
from canh.gateway.mqtt.hass import Hass
from canh.gateway.mqtt.judge import Key, News, Told, digest, judge
from canh.gateway.mqtt.memory import Memory
from canh.gateway.mqtt.pace import Pace
from canh.gateway.mqtt.slot import Slot
from canh.gateway.mqtt.zigbee import Zigbee
from canh.intake.journal import Entry
from canh.intake.observation import Observation, to_json
from canh.intake.terms import Verdict

WAIT_S = 5.0
"""How long a message of something unknown waits for the discovery that explains it, after a connection."""
MAX_WAITING = 1_000
MAX_RAW = 64 * 1024
"""Bytes kept of a message."""
STRANGE_A_MINUTE = 20
"""Messages kept of one topic that were not understood, and of one account that is not registered."""
MAX_REMEMBERED = 10_000
"""Strangers, and things offered for adoption."""
CHATTER = frozenset({"action", "detection", "left", "opening", "pending", "arming", "disarming", "camera_disabled"})
"""Of somebody who is not registered: not kept."""

log = logging.getLogger(__name__)


class Receipt:
    """Lets go of what is on the disk, then tells the message's slot."""

    __slots__ = ("_memory", "_news", "_slot")

    def __init__(self, memory: Memory, news: Sequence[News], slot: Slot) -> None:
        self._memory, self._news, self._slot = memory, news, slot

    def keep(self) -> None:
        for news in self._news:
            self._memory.keep(news)
        self._slot.keep()

    def lose(self) -> None:
        self._slot.lose()


class Clerk:
    """`take` for each message, `tick` each second; all in the event loop."""

    def __init__(
        self, desk: Desk, broker: Broker, memory: Memory, listen_to: Callable[[list[tuple[str, int]]], None]
    ) -> None:
        self.desk, self.broker, self._memory, self._listen_to = desk, broker, memory, listen_to
        self._door = f"{DOOR}:{broker.name}"
        self._frigate = Frigate(broker.frigate, broker.name, desk.directory, broker.rings, broker.labels)
        self._zigbee = Zigbee(broker.zigbee2mqtt, broker.name, desk.directory)
        hass = Hass(broker.discovery, broker.name, [broker.frigate, broker.zigbee2mqtt])
        chosen: list[tuple[str, Producer]] = [
            (broker.frigate, self._frigate),
            (broker.zigbee2mqtt, self._zigbee),
            (broker.discovery, hass),
        ]
        self._producers: list[Producer] = [producer for prefix, producer in chosen if prefix]
        self._named: dict[str, None] = {}
        """Topics that discoveries named, in order."""
        self._waiting: deque[Slot] = deque()
        self._wait_until: float | None = None
        self._strangers: dict[Key, Told] = {}
        self._offered: dict[str, Find] = {}
        self._pace, self._strange = Pace(), Quota(STRANGE_A_MINUTE, 60)
        self._revision = desk.directory.revision

    def begin(self) -> None:
        """The memory is loaded."""
        self._frigate.has_reviews = self._memory.has_reviews
        self._memory.forget_all_but(self.desk.directory.get)

    def topics(self) -> list[tuple[str, int]]:
        """Called by the wire's thread too."""
        return [t for p in self._producers for t in p.topics()] + [(t, 1) for t in list(self._named)]

    def wait_for_news(self) -> None:
        """A connection begins: lists and discoveries come in a moment, but old messages come first."""
        self._wait_until = self.desk.loop.time() + WAIT_S

    def let_go(self) -> None:
        """The connection is gone; what waits will be sent again."""
        self._waiting.clear()

    def take(self, slot: Slot) -> None:
        word = self._read(slot)
        if word is not None:
            self._settle(slot, word)
        elif self._wait_until is not None and len(self._waiting) < MAX_WAITING:
            self._waiting.append(slot)
        else:  # nobody's topic: groups, removed sensors
            self.desk.counts["mqtt_unplaced"] += 1
            slot.keep()

    def tick(self) -> None:
        now = self.desk.loop.time()
        if self._wait_until is not None and now >= self._wait_until:
            self._wait_until = None
            self._zigbee.may_guess = not self._zigbee.has_list
            self._read_waiting()
        for fact, slot in self._pace.due(now):
            self._tell(slot.detached(), [fact])
        if self.desk.directory.revision != self._revision:
            self._revision = self.desk.directory.revision
            self._greet()

    def _greet(self) -> None:
        """The register changed. Who was just adopted is heard at once, as far as the broker retains it."""
        self._memory.forget_all_but(self.desk.directory.get)
        adopted = [key for key in self._strangers if self.desk.directory.get(key[0])]
        for key in adopted:
            del self._strangers[key]
        if adopted:
            self._listen_to(self.topics())

    def _read(self, slot: Slot) -> Word | None:
        message = slot.message
        try:
            for producer in self._producers:
                word = producer.read(message.topic, message.payload, message.is_retained)
                if word is not None:
                    return word
        except Malformed as error:
            return Word(problem=str(error))
        except Exception:  # a fault of ours must not cost a message: keep it as it came
            log.exception("a message on %s could not be read", message.topic[:200])
            return Word(problem="a fault of Canh")
        return None

    def _settle(self, slot: Slot, word: Word) -> None:
        for account in word.alive:
            if self.desk.directory.get(account):
                name, peer = self.broker.name, self.broker.peer
                self.desk.hear(self._door, account, name, peer, slot.message.received_at, dialect=word.dialect)
        for find in word.found:
            self._offer(find)
        if fresh := [topic for topic in word.topics if topic not in self._named]:
            self._named.update(dict.fromkeys(fresh))
            self._listen_to([(topic, 1) for topic in fresh])
        self._memory.has_reviews = self._frigate.has_reviews
        self._tell(slot, word.facts)
        if word.problem:
            self._keep_strange(slot, word)
        slot.keep()
        if word.is_news:
            self._read_waiting()

    def _read_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for slot in waiting:
            self.take(slot)

    def _offer(self, find: Find) -> None:
        if self._offered.get(find.account) == find or self.desk.directory.get(find.account):
            return
        if len(self._offered) >= MAX_REMEMBERED:
            self._offered.clear()
        self._offered[find.account] = find
        self.desk.find(DOOR, find.account, find.kind, find.name, find.facts)

    def _tell(self, slot: Slot, facts: Sequence[Fact]) -> None:
        told: list[tuple[Fact, News]] = []
        for fact in facts:  # one by one: an event's end may come with its beginning
            if news := self._news(slot, fact):
                self._memory.expect(news)
                told.append((fact, news))
        if any(fact.protocol == "FRIGATE" and fact.code == "offline" for fact, _news in told):
            self._memory.restart()
        if told:
            self._keep(slot, Verdict.ACCEPTED, told)

    def _news(self, slot: Slot, fact: Fact) -> News | None:
        """What is to be told of a fact. A stranger's is kept beside, in another entry."""
        message = slot.message
        is_known = self.desk.directory.get(fact.account) is not None
        before = self._memory.told if is_known else self._strangers
        news = judge(
            fact, before, message.received_at, is_retained=message.is_retained, is_again=message.is_again
        )  # fmt: skip
        if not is_known:
            if news:
                self._note_stranger(slot, fact, news)
            return None
        if news is None:
            self._pace.replace(fact, slot)
        elif not self._pace.allows(fact, slot, self.desk.loop.time()):
            self.desk.counts["mqtt_too_often"] += 1
            return None
        return news

    def _note_stranger(self, slot: Slot, fact: Fact, news: News) -> None:
        """Each change once, and only what would ring: the rest waits for somebody to adopt it."""
        if len(self._strangers) >= MAX_REMEMBERED:
            self._strangers.clear()
        self._strangers[news.key] = news.told
        now, desk = self.desk.loop.time(), self.desk
        if fact.turn != NEW or fact.code in CHATTER or not self._strange.allows(fact.account, now):
            return
        if desk.unproven.allows(self._door, now):
            desk.counts[Verdict.UNKNOWN_ACCOUNT.value] += 1
            self._keep(slot, Verdict.UNKNOWN_ACCOUNT, [(fact, news)])

    def _keep(self, slot: Slot, verdict: Verdict, told: Sequence[tuple[Fact, News]]) -> None:
        slot.expect()
        known = [news for _fact, news in told] if verdict == Verdict.ACCEPTED else []
        self._hand_over(slot, verdict, [self._observation(*pair) for pair in told], Receipt(self._memory, known, slot))

    def _keep_strange(self, slot: Slot, word: Word) -> None:
        """Kept with a note, so that a person can see what is wrong."""
        desk, now = self.desk, self.desk.loop.time()
        desk.counts[Verdict.NOT_UNDERSTOOD.value] += 1
        if not self._strange.allows(slot.message.topic, now) or not desk.bad_lines.allows(self._door, now):
            return
        slot.expect()
        seen = Observation(
            protocol="MQTT", account=word.account, path=self.broker.name, text=word.problem,
            extra={"topic": slot.message.topic[:200]},
        )  # fmt: skip
        self._hand_over(slot, Verdict.NOT_UNDERSTOOD, [seen], Receipt(self._memory, [], slot))

    def _hand_over(self, slot: Slot, verdict: Verdict, seen: list[Observation], receipt: Receipt) -> None:
        message = slot.message
        raw = message.topic.encode("utf-8", "replace") + b"\n" + message.payload
        if len(raw) > MAX_RAW:
            seen[0].extra["cut"] = f"{len(raw)} bytes, {MAX_RAW} kept"
        entry = Entry(
            message.received_at, DOOR, self.broker.peer, verdict.value, raw[:MAX_RAW],
            to_json(seen),
        )  # fmt: skip
        self.desk.keep(entry, receipt)

    def _observation(self, fact: Fact, news: News) -> Observation:
        more = {"mark": fact.mark} if fact.mark else {"event": fact.occasion} if fact.occasion else {}
        return Observation(
            protocol=fact.protocol, account=fact.account, code=news.code, turn=news.told.turn,
            number="" if fact.occasion else str(news.told.number), path=self.broker.name,
            occurred_at=fact.occurred_at, text=fact.text, extra={**fact.extra, **more}, digest=digest(news),
        )  # fmt: skip
