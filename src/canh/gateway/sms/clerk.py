"""The clerk of this door: looks each message up, reads its words, hands it to the journal, has it deleted.

Each turn of the reader shows everything that lies on the SIM. So nothing here must be remembered to be safe: what
could not be written is seen again, and so is what could not be deleted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from canh.gateway.desk import Desk
from canh.gateway.limits import Quota
from canh.gateway.sms import DOOR, message, texts
from canh.gateway.sms.message import Message, Part
from canh.intake.journal import Entry
from canh.intake.observation import Observation, to_json
from canh.intake.terms import Verdict
from canh.kit import clock

if TYPE_CHECKING:
    from canh.sites.queries import PanelEntry

PROTOCOL, PATH = "SMS", "SMS"
PARTS_WAIT_S = 30.0  # for the missing parts of a long message; an alarm must not wait for the network for ever
REMEMBERED = 100_000
Delete = Callable[[Sequence[Part]], None]


class Clerk:
    """`kept`: keys of messages the journal holds already (from before a restart)."""

    def __init__(self, desk: Desk, delete: Delete, kept: set[str] | None = None) -> None:
        self.desk, self._delete = desk, delete
        self._kept = dict.fromkeys(kept or ())
        self._writing: set[str] = set()
        self._waiting: dict[str, float] = {}
        """Long messages that are not whole -> since when."""
        self._finds = Quota(60, 3600)

    async def take(self, told: Sequence[Mapping[str, Any]]) -> None:
        """Everything on the SIM, as of now."""
        messages = message.read(told)
        ready = [m for m in messages if self._is_ready(m)]
        self._waiting = {m.key: at for m in messages if (at := self._waiting.get(m.key)) is not None}
        fresh = [m for m in ready if not self._is_known(m)]
        if any(self.desk.directory.get(m.account) is None for m in fresh):
            await self._look_again()
        for item in fresh:
            self._keep(item)

    def _look_again(self) -> Awaitable[bool]:
        """A number nobody knows: perhaps it was entered a moment ago."""
        return self.desk.directory.look_again(self.desk.limits.register_wait_s)

    def _is_ready(self, item: Message) -> bool:
        if item.is_whole:
            return True
        now = self.desk.loop.time()
        return now - self._waiting.setdefault(item.key, now) >= PARTS_WAIT_S

    def _is_known(self, item: Message) -> bool:
        """Being written, or written before: then it only has to go."""
        if item.key in self._kept:
            self._delete(item.parts)
            return True
        return item.key in self._writing

    def _keep(self, item: Message) -> None:
        desk, now = self.desk, clock.now_us()
        panel = desk.directory.get(item.account)
        if panel is None and not desk.unproven.allows(f"sms {item.account}", desk.loop.time()):
            return  # it stays on the SIM until its turn comes
        verdict = Verdict.ACCEPTED if panel else Verdict.UNKNOWN_ACCOUNT
        desk.counts["sms_messages"] += 1
        if panel:
            desk.hear(DOOR, item.account, PATH, item.number, now)
        else:
            desk.counts[verdict.value] += 1
            self._offer(item)
        self._writing.add(item.key)
        facts = to_json(observations(item, panel, now))
        desk.keep(Entry(now, DOOR, item.number, verdict.value, item.raw, facts), _Slip(self, item))

    def _offer(self, item: Message) -> None:
        """A stranger may be a panel that nobody has entered: its words help to recognise it."""
        if self._finds.allows("all", self.desk.loop.time()):
            self.desk.find(DOOR, item.account, "panel", item.number, {"text": item.text[:160]})

    def settle(self, item: Message, is_kept: bool) -> None:
        """The journal has it, or could not take it: then the next turn brings it again."""
        self._writing.discard(item.key)
        if is_kept:
            if item.sent_at:  # without a time the next message may be equal to this one
                self._kept[item.key] = None
                if len(self._kept) > REMEMBERED:
                    del self._kept[next(iter(self._kept))]
            self._delete(item.parts)


class _Slip:
    """What is left with the journal for one message."""

    def __init__(self, clerk: Clerk, item: Message) -> None:
        self._clerk, self._item = clerk, item

    def keep(self) -> None:
        self._clerk.settle(self._item, True)

    def lose(self) -> None:
        self._clerk.settle(self._item, False)


def observations(item: Message, panel: PanelEntry | None, now: int) -> list[Observation]:
    """What is written down of a message: one for each thing it says."""
    own = panel.dialect.get("texts", "") if panel else ""
    extra = {"center": str(item.parts[0].told.get("center", ""))}
    if not item.is_whole:
        extra["parts"] = f"{len(item.parts)}/{item.parts[0].parts}"
    return [
        Observation(
            protocol=PROTOCOL,
            account=item.account,
            code=said.code,
            turn=said.turn,
            zone=said.zone,
            user=said.user,
            path=PATH,
            occurred_at=item.sent_at,
            text=item.text,
            extra=extra,
            digest=item.key if item.sent_at else "",
        )
        for said in texts.understand(item.text, clock.from_us(now).date(), own)
    ]
