"""What people change: ladders, and an alarm that must go on to the next rung now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.alarms import actions as alarms
from canh.audit.actions import record
from canh.channels.rules import address_problem
from canh.channels.terms import ChannelKind
from canh.guards.actions import Place
from canh.kit import clock, hint
from canh.response import rules
from canh.response.models import Climb, Ladder
from canh.response.rules import Rung
from canh.response.terms import Target

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.alarms.models import Alarm

PROBLEMS = {
    "wait": lambda: _("Rung %(n)d: wait between 0 and 3600 seconds."),
    "person": lambda: _("Rung %(n)d: choose the person."),
    "topic": lambda: _("Rung %(n)d: name the MQTT topic of the siren, as canh/siren/hall."),
    "many": lambda: _("At most eight rungs: nobody waits for a ninth."),
}


def write_ladder(
    place: Place, priority: int, name: str, rungs: Sequence[Rung], *, rounds: int, again_s: int, by: User
) -> Ladder:  # fmt: skip
    """The ladder of a place and priority, new or in the place of the one before. What is under way stays as it began.
    Raises ValidationError."""
    _check(rungs, rounds, again_s)
    now, data = clock.now(), [rung.as_data() for rung in rungs]
    where = {"site": place.site, "unit": place.unit, "priority": priority}
    with transaction.atomic():
        ladder = Ladder.objects.select_for_update().filter(**where).first() or Ladder(**where)
        ladder.name, ladder.rungs, ladder.rounds, ladder.again_s = name.strip(), data, rounds, again_s
        ladder.changed_at, ladder.changed_by = now, by
        ladder.full_clean(exclude=["site", "unit", "changed_by", "rungs"])
        ladder.save()
        what = {"priority": priority, "rungs": len(data), "rounds": rounds, "site": ladder.site_id,
                "unit": ladder.unit_id}  # fmt: skip
        record(by.id, "ladder.write", f"ladder:{ladder.id}", what)
    return ladder


def _check(rungs: Sequence[Rung], rounds: int, again_s: int) -> None:
    wrong = [PROBLEMS[what]() % {"n": number + 1} for number, what in rules.problems(rungs)]
    for number, rung in enumerate(rungs, start=1):
        problem = address_problem(ChannelKind.SIREN, rung.topic) if rung.who == Target.SIREN and rung.topic else None
        if problem:
            wrong.append(f"{number}: {problem.label}")
    if not 1 <= rounds <= rules.MOST_ROUNDS:
        wrong.append(_("Climb it once to five times."))
    if not 60 <= again_s <= rules.LONGEST_S:
        wrong.append(_("Wait between 60 and 3600 seconds before the next round."))
    if wrong:
        raise ValidationError(wrong)


def remove_ladder(ladder: Ladder, *, by: User) -> None:
    """From now on the one above it holds. Harmless when it is gone."""
    with transaction.atomic():
        if Ladder.objects.filter(id=ladder.id).delete()[0]:
            record(by.id, "ladder.remove", f"ladder:{ladder.id}", {"priority": ladder.priority})


def climb_now(alarm: Alarm, *, by: User) -> None:
    """Call the next rung without waiting. Raises ValidationError when there is none to come."""
    now = clock.now()
    with transaction.atomic():
        waiting = Climb.objects.filter(alarm=alarm.id, ended_at__isnull=True, next_at__gt=now)
        if not waiting.update(next_at=now):
            raise ValidationError(_("Nobody is next: somebody has this alarm, or its ladder is at its end."))
        record(by.id, "alarm.escalate", f"alarm:{alarm.id}", {})
        alarms.touch_alarms([alarm.id])
    hint.tell("engine")
