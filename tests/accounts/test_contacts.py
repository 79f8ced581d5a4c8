"""People are found to be unreachable in advance: methods, tests, codes, and the list of who has none that works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from canh.accounts import actions_contacts as actions
from canh.accounts import queries_contacts as queries
from canh.accounts import rules_contacts as rules
from canh.accounts.models import User
from canh.accounts.models_contacts import ContactMethod
from canh.accounts.queries import viewer
from canh.accounts.terms import Reach, Role
from canh.audit.models import Line
from canh.channels.actions_setup import set_up
from canh.channels.message import Message, Outcome
from canh.channels.terms import ChannelKind, OutcomeState
from tests.cast import Cast
from tests.channels.conftest import SECRET
from tests.channels.peers import Receiver, running
from tests.clock import Hands, stopped

START = datetime(2031, 3, 1, 8, tzinfo=UTC)
S = OutcomeState


class Post:
    """What would have left; `state` is what comes of it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Message]] = []
        self.state = S.SENT

    def __call__(self, kind: str, address: str, message: Message) -> Outcome:
        self.sent.append((kind, address, message))
        return Outcome(self.state, "said")

    @property
    def code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.sent[-1][2].text)
        assert found
        return found.group()


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped(START) as made:
        yield made


def later(hands: Hands, **span: float) -> None:
    hands.forward(timedelta(**span).total_seconds())


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Post:
    made = Post()
    monkeypatch.setattr(actions, "deliver", made)
    facts = {"receivers": ["https://hooks.example.vn"], "ca": ""}
    set_up(ChannelKind.WEBHOOK, is_on=True, facts=facts, secret=SECRET)
    mail = {"host": "mail.example.vn", "port": 587, "security": "starttls", "ca": "", "sender": "canh@example.vn",
            "user": ""}  # fmt: skip
    set_up(ChannelKind.EMAIL, is_on=True, facts=mail, secret="")
    return made


def email(user: User, address: str = "an@example.vn") -> ContactMethod:
    return actions.add_method(user, "email", address, actor_id=user.id)


def reach(user: User) -> list[Reach]:
    return [m.reach for m in queries.methods_of([user.id])[user.id]]


# -- rules


@pytest.mark.parametrize(
    ("kind", "verified_days_ago", "result", "reach"),
    [
        ("email", None, "", Reach.UNCONFIRMED), ("email", None, "sent", Reach.UNCONFIRMED),
        ("email", 0, "sent", Reach.WORKS), ("email", 37, "sent", Reach.WORKS), ("email", 37.01, "sent", Reach.LAPSED),
        ("email", 1, "failed", Reach.BROKEN), ("email", None, "failed", Reach.BROKEN),
        ("email", 1, "retry", Reach.WORKS),
        ("email", 1, "", Reach.WORKS), ("sms", 1, "sent", Reach.OFF),
    ],
)  # fmt: skip
def test_how_far_a_method_can_be_relied_on(
    kind: str, verified_days_ago: float | None, result: str, reach: Reach
) -> None:
    table = queries.test_table(START.date())
    verified = START - timedelta(days=verified_days_ago) if verified_days_ago is not None else None
    assert rules.reach_of(rules.MethodFacts(kind, verified, result), START, table, {"email"}) == reach


# -- a life


@pytest.mark.django_db
def test_a_method_works_once_the_person_has_entered_the_code(cast: Cast, post: Post, hands: Hands) -> None:
    method = email(cast.an)
    assert actions.test_due(10) == 1
    ((kind, address, message),) = post.sent
    assert (kind, address, message.is_test) == ("email", "an@example.vn", True)
    assert len(message.text) <= 150
    assert reach(cast.an) == [Reach.UNCONFIRMED]
    assert actions.confirm(cast.an, method.id, f" {post.code[:3]} {post.code[3:]} ")
    assert reach(cast.an) == [Reach.WORKS]
    assert not actions.confirm(cast.an, method.id, post.code)  # once only
    method.refresh_from_db()
    assert (method.verified_at, method.last_result, method.code_digest) == (START, "sent", "")


@pytest.mark.django_db
def test_each_month_anew_and_who_does_not_answer_is_listed(cast: Cast, post: Post, hands: Hands) -> None:
    method = email(cast.binh)
    actions.test_due(10)
    actions.confirm(cast.binh, method.id, post.code)
    head = viewer(cast.chi)
    assert cast.binh not in queries.unreachable(head)
    later(hands, days=29, hours=23)
    assert actions.test_due(10) == 0
    later(hands, hours=1)
    assert actions.test_due(10) == 1
    assert actions.test_due(10) == 0
    later(hands, days=7)
    assert cast.binh not in queries.unreachable(head)
    later(hands, seconds=1)
    assert cast.binh in queries.unreachable(head)
    assert reach(cast.binh) == [Reach.LAPSED]


@pytest.mark.django_db
def test_what_does_not_arrive_is_told_and_tried_again_the_next_day(cast: Cast, post: Post, hands: Hands) -> None:
    email(cast.binh)
    post.state = S.FAILED
    actions.test_due(10)
    assert reach(cast.binh) == [Reach.BROKEN]
    later(hands, hours=23)
    assert actions.test_due(10) == 0
    later(hands, hours=1)
    post.state = S.SENT
    assert actions.test_due(10) == 1
    assert reach(cast.binh) == [Reach.UNCONFIRMED]


@pytest.mark.django_db
def test_a_test_that_a_crash_cut_short_is_made_again(
    cast: Cast, post: Post, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    email(cast.binh)

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(actions, "deliver", killed)
        with pytest.raises(KeyboardInterrupt):
            actions.test_due(10)
    assert actions.test_due(10) == 0  # it may be under way elsewhere
    later(hands, seconds=60)
    assert actions.test_due(10) == 1


# -- codes


@pytest.mark.django_db
def test_a_code_is_of_one_method_one_person_and_some_days(cast: Cast, post: Post, hands: Hands) -> None:
    method, other = email(cast.an), email(cast.an, "an2@example.vn")
    actions.test_method(other, actor_id=None)
    of_other = post.code
    actions.test_method(method, actor_id=None)
    code = post.code
    if of_other != code:
        assert not actions.confirm(cast.an, method.id, of_other)
    assert not actions.confirm(cast.binh, method.id, code)
    later(hands, hours=72)
    assert not actions.confirm(cast.an, method.id, code)
    assert code not in str(list(ContactMethod.objects.values()))


@pytest.mark.django_db
def test_a_code_cannot_be_guessed(cast: Cast, post: Post, hands: Hands) -> None:
    method = email(cast.an)
    actions.test_method(method, actor_id=None)
    wrong = f"{(int(post.code) + 1) % 10**6:06d}"
    assert [actions.confirm(cast.an, method.id, wrong) for _n in range(5)] == [False] * 5
    assert not actions.confirm(cast.an, method.id, post.code)
    later(hands, minutes=1)
    actions.test_method(method, actor_id=None)
    assert actions.confirm(cast.an, method.id, post.code)


@pytest.mark.django_db
def test_a_stranger_is_not_flooded(cast: Cast, post: Post, hands: Hands) -> None:
    method = email(cast.an)
    actions.test_method(method, actor_id=cast.an.id)
    later(hands, seconds=59)
    with pytest.raises(actions.TooSoon):
        actions.test_method(method, actor_id=cast.an.id)
    assert len(post.sent) == 1


@pytest.mark.django_db
def test_of_two_senders_one_sends(cast: Cast, post: Post, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes while the first waits for the mail server."""
    method, late = email(cast.an), []

    def slow(kind: str, address: str, message: Message) -> Outcome:
        with pytest.raises(actions.TooSoon):
            actions.test_method(method, actor_id=None)
        late.append(actions.test_due(10))
        return post(kind, address, message)

    monkeypatch.setattr(actions, "deliver", slow)
    assert actions.test_due(10) == 1
    assert (late, len(post.sent)) == ([0], 1)


# -- keeping them


@pytest.mark.django_db
def test_methods_are_returned_in_order(cast: Cast, post: Post, hands: Hands) -> None:
    first, second, third = email(cast.an, "a@b.vn"), email(cast.an, "c@d.vn"), email(cast.an, "e@f.vn")
    actions.put_first(third, actor_id=cast.an.id)
    found = queries.methods_of([cast.an.id, cast.binh.id, cast.la.id])
    assert [m.id for m in found[cast.an.id]] == [third.id, first.id, second.id]
    assert found[cast.binh.id] == found[cast.la.id] == []
    actions.remove_method(first, actor_id=cast.an.id)
    actions.remove_method(first, actor_id=cast.an.id)
    assert [m.id for m in queries.methods_of([cast.an.id])[cast.an.id]] == [third.id, second.id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "address", "field"),
    [("email", "an", "address"), ("siren", "canh/siren", "kind"), ("paper", "bà An", "kind"), ("fax", "1", "kind")],
)
def test_what_reaches_nobody_is_refused(cast: Cast, kind: str, address: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.add_method(cast.an, kind, address, actor_id=None)
    assert list(refused.value.message_dict) == [field]


@pytest.mark.django_db
def test_the_same_number_written_otherwise_is_the_same(cast: Cast) -> None:
    actions.add_method(cast.an, "sms", "0912 345 678", actor_id=None)
    with pytest.raises(ValidationError):
        actions.add_method(cast.an, "sms", "+84912345678", actor_id=None)
    for n in range(9):
        email(cast.an, f"a{n}@b.vn")
    with pytest.raises(ValidationError):
        email(cast.an, "b@b.vn")


@pytest.mark.django_db
def test_audit_names_what_was_done_and_no_address(cast: Cast, post: Post, hands: Hands) -> None:
    method = email(cast.an)
    actions.test_method(method, actor_id=cast.an.id)
    actions.confirm(cast.an, method.id, post.code)
    actions.remove_method(method, actor_id=cast.an.id)
    lines = list(Line.objects.filter(action__startswith="method."))
    assert [line.action for line in lines] == ["method.add", "method.test", "method.confirm", "method.remove"]
    told = json.dumps([line.detail for line in lines])
    assert "example.vn" not in told
    assert post.code not in told


# -- who is listed


@pytest.mark.django_db
def test_a_head_sees_their_own_people_and_nobody_else(cast: Cast, post: Post, hands: Hands) -> None:
    bank_head = cast.person(Role.SECURITY_HEAD, cast.bank_unit)
    names = set(queries.unreachable(viewer(bank_head, only=(Role.SECURITY_HEAD,))))
    assert {cast.an, cast.binh, bank_head} <= names
    assert names.isdisjoint({cast.chi, cast.en, cast.la})
    assert not queries.unreachable(viewer(cast.la)).exists()
    User.objects.filter(id=cast.an.id).update(is_active=False)
    assert cast.an not in queries.unreachable(viewer(bank_head))
    assert cast.person(Role.AUDITOR) not in queries.unreachable(viewer(cast.en))


@pytest.mark.django_db
@pytest.mark.parametrize("days", [None, 0, 36, 37, 38])
@pytest.mark.parametrize("result", ["", "sent", "retry", "failed"])
@pytest.mark.parametrize("kind", ["email", "sms"])
def test_the_list_and_the_rule_agree(
    cast: Cast, post: Post, hands: Hands, days: int | None, result: str, kind: str
) -> None:
    verified = START - timedelta(days=days) if days is not None else None
    ContactMethod.objects.create(
        user=cast.binh, kind=kind, address="+84912345678", order=1, due_at=START, verified_at=verified,
        last_result=result,
    )  # fmt: skip
    assert (reach(cast.binh) == [Reach.WORKS]) == (cast.binh not in queries.unreachable(viewer(cast.chi)))


@pytest.mark.django_db
def test_the_whole_way_over_a_real_socket(cast: Cast) -> None:
    receiver = Receiver()
    base = f"http://127.0.0.1:{receiver.port}"
    set_up(ChannelKind.WEBHOOK, is_on=True, facts={"receivers": [base], "ca": ""}, secret=SECRET)
    method = actions.add_method(cast.an, "webhook", f"{base}/an", actor_id=None)
    with running(receiver):
        assert actions.test_method(method, actor_id=None).state == S.SENT
    code = re.search(r"\b\d{6}\b", json.loads(receiver.posts[0][2])["text"])
    assert code
    assert actions.confirm(cast.an, method.id, code.group())
    assert reach(cast.an) == [Reach.WORKS]
