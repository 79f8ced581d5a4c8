"""How people are reached: each keeps their own methods, tests them, and confirms that the test arrived."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from canh.accounts import queries_contacts as queries
from canh.accounts import rules_contacts as rules
from canh.accounts.models import User
from canh.accounts.models_contacts import ContactMethod
from canh.audit.actions import record
from canh.channels import actions_push
from canh.channels.actions import deliver
from canh.channels.message import Message, Outcome
from canh.channels.rules import address_problem, number_of
from canh.channels.terms import ChannelKind
from canh.kit import clock, crypto

PERSONAL = (ChannelKind.SMS, ChannelKind.EMAIL, ChannelKind.CHAT, ChannelKind.WEBHOOK, ChannelKind.PUSH)
"""Ways that lead to one person. A siren calls a house, and what is on paper cannot be tested."""


class TooSoon(Exception):
    """This method was tested a moment ago."""


def add_method(user: User, kind: str, address: str, *, actor_id: int | None) -> ContactMethod:
    """The last in order; it is due for its first test. Raises ValidationError."""
    kind, address = _checked(kind, address)
    now = clock.now()
    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)  # two at once would get one number
        mine = ContactMethod.objects.filter(user=user)
        if mine.filter(kind=kind, address=address).exists():
            raise ValidationError({"address": _("You have this one already.")})
        most = queries.test_table(now.date()).methods_most
        if mine.count() >= most:
            raise ValidationError(_("More than %(n)d ways help nobody; remove one first.") % {"n": most})
        last = mine.aggregate(last=Max("order"))["last"] or 0
        method = ContactMethod.objects.create(user=user, kind=kind, address=address, order=last + 1, due_at=now)
        record(actor_id, "method.add", f"user:{user.id}", {"method": method.id, "kind": kind})
    return method


def add_browser(user: User, *, endpoint: str, p256dh: str, auth: str, name: str) -> ContactMethod:
    """The browser this person looks at shows messages from now on; the same one again is the same way. Raises
    ValidationError."""
    with transaction.atomic():
        address = actions_push.keep_device(endpoint, p256dh, auth, name)
        mine = ContactMethod.objects.filter(user=user, kind=ChannelKind.PUSH, address=address).first()
        # Who signs in after somebody else at the same browser must not get that person's messages with theirs.
        for other in ContactMethod.objects.filter(kind=ChannelKind.PUSH, address=address).exclude(user=user):
            other.delete()
            record(user.id, "method.remove", f"user:{other.user_id}", {"kind": other.kind})
        return mine or add_method(user, ChannelKind.PUSH, address, actor_id=user.id)


def _checked(kind: str, address: str) -> tuple[str, str]:
    address = address.strip()
    if kind not in PERSONAL:
        raise ValidationError({"kind": _("Choose a way that leads to one person.")})
    if problem := address_problem(kind, address):
        raise ValidationError({"address": str(problem.label)})
    return kind, number_of(address) if kind == ChannelKind.SMS else address


def remove_method(method: ContactMethod, *, actor_id: int) -> None:
    """Harmless when it is gone."""
    with transaction.atomic():
        if ContactMethod.objects.filter(id=method.id).delete()[0]:
            record(actor_id, "method.remove", f"user:{method.user_id}", {"method": method.id, "kind": method.kind})
            if method.kind == ChannelKind.PUSH:
                actions_push.forget_device(method.address)


def put_first(method: ContactMethod, *, actor_id: int) -> None:
    """It is tried before the others, which keep their order."""
    with transaction.atomic():
        User.objects.select_for_update().get(id=method.user_id)
        ids = list(queries.own_methods(method.user).values_list("id", flat=True))
        if method.id not in ids or ids[0] == method.id:
            return
        ids.remove(method.id)
        for order, method_id in enumerate([method.id, *ids], start=1):
            ContactMethod.objects.filter(id=method_id).update(order=order)
        record(actor_id, "method.order", f"user:{method.user_id}", {"method": method.id})


# -- tests


def test_method(method: ContactMethod, *, actor_id: int | None) -> Outcome:
    """Send a test with a new code; the codes of earlier tests end. Blocks up to 10 s; call it outside a transaction.
    Raises TooSoon: also when two ask at once."""
    now, code = clock.now(), f"{secrets.randbelow(10**6):06d}"
    table = queries.test_table(now.date())
    rested = Q(last_tested_at__isnull=True) | Q(last_tested_at__lte=now - table.between)
    with transaction.atomic():
        won = ContactMethod.objects.filter(rested, id=method.id).update(
            last_tested_at=now, due_at=now + table.between, code_digest=_digest(method.id, code),
            code_until=now + table.code_holds, code_tries=0,
        )  # fmt: skip
    if not won:
        raise TooSoon
    outcome = deliver(method.kind, method.address, _message(method, code, now))
    with transaction.atomic():
        ContactMethod.objects.filter(id=method.id).update(
            last_result=outcome.state, last_detail=outcome.detail[:300],
            due_at=rules.next_test_at(outcome.state, now, table),
        )  # fmt: skip
        record(actor_id, "method.test", f"user:{method.user_id}", {"method": method.id, "result": str(outcome.state)})
    return outcome


test_method.__test__ = False  # type: ignore[attr-defined]  # no test case, whatever pytest thinks of its name


def test_due(limit: int) -> int:
    """Test what is due, at most so many. How many were. For whoever sends messages; not for the engine: it waits for
    other machines. Several may run at once."""
    tested = 0
    for method in queries.due_methods(clock.now())[:limit]:
        try:
            test_method(method, actor_id=None)
            tested += 1
        except TooSoon:  # another one has it
            continue
    return tested


test_due.__test__ = False  # type: ignore[attr-defined]


def _message(method: ContactMethod, code: str, now: datetime) -> Message:
    with override(method.user.language):
        words = _("Canh: code %(code)s. Enter it under My settings, How I am reached.") % {"code": code}
        body = _(
            "This is a test: in an emergency you would be called this way.\n\n"
            "Code: %(code)s\n\nEnter it in the console under My settings, How I am reached. It holds for three days."
        )
        return Message(
            key=f"contact-test:{method.id}:{clock.to_us(now)}", title=_("Can we reach you this way?"), text=words,
            body=body % {"code": code}, at=now, is_test=True, is_drill=False,
        )  # fmt: skip


def confirm(user: User, method_id: int, code: str) -> bool:
    """The person has the code, so messages arrive. False: not the code, too old, used already, or tried too often."""
    now, digits = clock.now(), "".join(c for c in code if c.isdecimal())
    table = queries.test_table(now.date())
    mine = ContactMethod.objects.filter(id=method_id, user=user, code_until__gt=now, code_tries__lt=table.code_tries)
    with transaction.atomic():
        # Counted before it is looked at, so that forty at once are not forty free tries.
        if not mine.exclude(code_digest="").update(code_tries=F("code_tries") + 1):
            return False
        right = ContactMethod.objects.filter(id=method_id, user=user, code_digest=_digest(method_id, digits))
        if not right.update(verified_at=now, code_digest="", code_until=None, code_tries=0):
            return False
        record(user.id, "method.confirm", f"user:{user.id}", {"method": method_id})
    return True


def _digest(method_id: int, code: str) -> str:
    """Signed with the installation's secret and bound to the method."""
    return hmac.new(crypto.django_secret().encode(), f"contact:{method_id}:{code}".encode(), hashlib.sha256).hexdigest()
