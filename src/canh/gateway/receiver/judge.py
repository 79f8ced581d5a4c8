"""What to make of a message: whose it is, its verdict. A pure decision on message and register."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple, Protocol

from canh.gateway.receiver import SCHEME
from canh.gateway.receiver.content import Message
from canh.intake.observation import Observation, to_json
from canh.intake.terms import Verdict

LONGEST_ACCOUNT = 16


class Panel(Protocol):
    """What the decision needs of sites.queries.PanelEntry."""

    @property
    def key(self) -> bytes | None: ...


class Judgement(NamedTuple):
    verdict: Verdict
    is_alive: bool
    """Whether the path of the panel may count as heard."""


def own_account(host: str) -> str:
    """Under which a receiver itself stands in the register."""
    return f"{SCHEME}{host}"[:100]


def account_of(message: Message, host: str, prefixes: Mapping[str, str]) -> str:
    """The account in the register. Two receivers may know different panels by one number; a prefix tells them
    apart, in which R stands for the receiver's number and L for the line."""
    if message.is_own:
        return own_account(host)
    prefix = prefixes.get(host, "").replace("R", message.receiver).replace("L", message.line)
    return f"{prefix}{message.account}"[:100]


def judge(message: Message, panel: Panel | None, is_known_receiver: bool) -> Judgement:
    """A panel with a key speaks encrypted to its receiver; here nothing proves it but that receiver. One that is
    not in the register may be anybody: then the message counts as one in clear."""
    if not message.facts:
        return Judgement(Verdict.NOT_UNDERSTOOD, False)
    if panel is None:
        return Judgement(Verdict.UNKNOWN_ACCOUNT, False)
    if panel.key is not None and not is_known_receiver:
        return Judgement(Verdict.DOWNGRADE, False)
    return Judgement(Verdict.ACCEPTED, True)


def facts_of(message: Message, account: str, digest: str) -> str:
    """The observations as JSON; two events of one message are not deliveries of each other."""
    return to_json(
        [
            Observation(
                protocol=message.protocol,
                account=account,
                path=message.path,
                digest=blake2b(f"{digest} {index}".encode(), digest_size=16).hexdigest() if index else digest,
                **event,
            )
            for index, event in enumerate(message.facts or ({},))
        ]
    )
