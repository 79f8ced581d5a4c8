"""The audit in words: who did what to what, and whether the line is sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from canh.accounts import queries as accounts
from canh.accounts.terms import Role
from canh.alarms import queries as alarms
from canh.audit import queries
from canh.console.access import Request, allow
from canh.console.desk.wording import alarm_title
from canh.incidents import queries as cases
from canh.incidents import queries_procedures as procedures
from canh.sites import queries as sites

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from canh.accounts.queries import Viewer
    from canh.audit.models import Line

PER_PAGE = 100

WORDS: dict[str, Any] = {
    "alarm.raise": gettext_lazy("Alarm raised"),
    "alarm.acknowledge": gettext_lazy("took the alarm"),
    "alarm.close": gettext_lazy("closed the alarm"),
    "alarm.reopen": gettext_lazy("reopened the alarm"),
    "alarm.note": gettext_lazy("wrote a note on the alarm"),
    "alarm.sight": gettext_lazy("took down what was seen of the alarm"),
    "alarm.shelve": gettext_lazy("shelved the alarm"),
    "alarm.unshelve": gettext_lazy("Alarm back from the shelf"),
    "alarm.take_over": gettext_lazy("took the alarm over from a colleague"),
    "alarm.release": gettext_lazy("Alarm released: its owner had left the desk"),
    "handover.offer": gettext_lazy("offered the desk to a colleague"),
    "handover.accept": gettext_lazy("took over the desk"),
    "handover.withdraw": gettext_lazy("withdrew the handover of the desk"),
    "incident.open": gettext_lazy("Case opened"),
    "incident.close": gettext_lazy("closed the case"),
    "incident.reopen": gettext_lazy("Case reopened"),
    "incident.note": gettext_lazy("wrote a note on the case"),
    "procedure.answer": gettext_lazy("answered a step of the procedure in the case"),
    "procedure.skip": gettext_lazy("skipped a step of the procedure in the case"),
    "procedure.seen": gettext_lazy("looked at a skipped step of the case"),
    "procedure.draft": gettext_lazy("began to write the procedure"),
    "procedure.discard": gettext_lazy("threw away the draft of the procedure"),
    "procedure.publish": gettext_lazy("published the procedure"),
    "procedure.retire": gettext_lazy("took out of use the procedure"),
    "incident.raise": gettext_lazy("Case raised in rank"),
    "duty.add": gettext_lazy("put on duty"),
    "duty.remove": gettext_lazy("took off duty"),
    "ladder.write": gettext_lazy("wrote a ladder of calls"),
    "ladder.remove": gettext_lazy("removed a ladder of calls"),
    "alarm.escalate": gettext_lazy("called the next people about"),
    "referral.make": gettext_lazy("handed over to the police"),
    "referral.mail": gettext_lazy("sent the police the sheet of"),
    "referral.accept": gettext_lazy("took down that the police have taken"),
    "referral.reject": gettext_lazy("took down that the police refused"),
    "referral.update": gettext_lazy("took down a message of"),
    "referral.cancel": gettext_lazy("called off at the police"),
    "referral.close": gettext_lazy("took down what came of"),
    "desk.add": gettext_lazy("added a police desk"),
    "desk.change": gettext_lazy("changed a police desk"),
    "desk.test": gettext_lazy("called a police desk as a test"),
    "desk.retire": gettext_lazy("took a police desk out of the directory"),
    "evidence.add": gettext_lazy("added evidence to a case"),
    "evidence.look": gettext_lazy("looked at the evidence of"),
    "evidence.download": gettext_lazy("saved a file of evidence"),
    "evidence.export": gettext_lazy("exported the evidence pack of"),
    "evidence.remove": gettext_lazy("removed evidence"),
    "evidence.return": gettext_lazy("brought evidence back"),
    "evidence.lock": gettext_lazy("locked evidence"),
    "evidence.unlock": gettext_lazy("unlocked evidence"),
    "evidence.retire": gettext_lazy("The time of evidence is over"),
    "evidence.collect": gettext_lazy("A file of evidence was deleted"),
    "area.add": gettext_lazy("added the area"),
    "arming.arm": gettext_lazy("armed"),
    "arming.disarm": gettext_lazy("disarmed"),
    "bypass.begin": gettext_lazy("left a sensor out at"),
    "bypass.end": gettext_lazy("guards a sensor again at"),
    "routine.clear": gettext_lazy("took a code for the all-clear at"),
    "routine.wrong_code": gettext_lazy("Wrong code for the all-clear at"),
    "routine.rule": gettext_lazy("set what an opening asks for at"),
    "holder.add": gettext_lazy("gave a code for the all-clear at"),
    "holder.remove": gettext_lazy("took a code for the all-clear away at"),
    "vault.window": gettext_lazy("set when the vault may be opened at"),
    "vault.window_end": gettext_lazy("removed a time of the vault at"),
    "drill.begin": gettext_lazy("began an exercise at"),
    "drill.drop": gettext_lazy("could not hold an exercise at"),
    "drill.end": gettext_lazy("ended an exercise at"),
    "cash.count": gettext_lazy("counted the cash at"),
    "crew.plan": gettext_lazy("announced a crew at"),
    "crew.cancel": gettext_lazy("cancelled a crew at"),
    "crew.confirm": gettext_lazy("let an announced crew in at"),
    "member.add": gettext_lazy("gave a phone link to somebody of the staff at"),
    "member.link": gettext_lazy("renewed a phone link at"),
    "member.remove": gettext_lazy("took a phone link away at"),
    "member.help": gettext_lazy("rang for help by phone at"),
    "lockdown.start": gettext_lazy("began a lockdown at"),
    "lockdown.end": gettext_lazy("ended a lockdown at"),
    "lockdown.answer": gettext_lazy("took down an answer in a lockdown at"),
    "lockdown.buttons": gettext_lazy("chose the buttons for a lockdown at"),
    "visit.in": gettext_lazy("signed a visitor in at"),
    "visit.out": gettext_lazy("signed a visitor out at"),
    "visit.undo": gettext_lazy("took a visitor's leaving back at"),
    "keyring.add": gettext_lazy("entered a key that is lent at"),
    "keyring.retire": gettext_lazy("removed a key that was lent at"),
    "keyring.lend": gettext_lazy("lent a key at"),
    "keyring.return": gettext_lazy("took a lent key back at"),
    "watchdesk.add": gettext_lazy("set up a watching desk at"),
    "watchdesk.change": gettext_lazy("changed a watching desk at"),
    "watchdesk.retire": gettext_lazy("gave up a watching desk at"),
    "watchdesk.watch": gettext_lazy("had a desk watch"),
    "watchdesk.unwatch": gettext_lazy("ended that a desk watches"),
    "watchdesk.takeover": gettext_lazy("had another desk take over, or found nobody, for"),
    "watchdesk.back": gettext_lazy("ended a takeover for"),
    "dispatch.send": gettext_lazy("sent people to the spot of"),
    "dispatch.accepted": gettext_lazy("took down that somebody is on the way to"),
    "dispatch.arrived": gettext_lazy("took down that somebody is on the spot of"),
    "dispatch.done": gettext_lazy("took down that somebody is done with"),
    "dispatch.declined": gettext_lazy("took down that somebody cannot come to"),
    "dispatch.stand_down": gettext_lazy("stood people down from"),
    "plan.add": gettext_lazy("added a floor plan of"),
    "plan.remove": gettext_lazy("removed a floor plan of"),
    "plan.mark": gettext_lazy("gave a place on the floor plan to"),
    "plan.unmark": gettext_lazy("took off the floor plan"),
    "crew.refuse": gettext_lazy("refused a crew that nobody had announced at"),
    "assignment.add": gettext_lazy("gave a role to"),
    "assignment.end": gettext_lazy("ended a role of"),
    "audit.head": gettext_lazy("The stand of all chains was signed"),
    "channel.set_up": gettext_lazy("set up a way out to people"),
    "channel.test": gettext_lazy("sent a test by a way out to people"),
    "contact.add": gettext_lazy("added a contact"),
    "contact.change": gettext_lazy("changed a contact"),
    "contact.remove": gettext_lazy("removed a contact"),
    "device.add": gettext_lazy("added a device"),
    "device.change": gettext_lazy("changed a device"),
    "device.remove": gettext_lazy("removed a device"),
    "drill.seed": gettext_lazy("The exercise ward was made"),
    "found.adopt": gettext_lazy("gave premises to something found"),
    "found.dismiss": gettext_lazy("dismissed something found"),
    "found.return": gettext_lazy("brought back something found"),
    "import.apply": gettext_lazy("wrote an import"),
    "import.check": gettext_lazy("had an import checked"),
    "import.discard": gettext_lazy("discarded an import"),
    "import.undo": gettext_lazy("undid an import"),
    "journal.broken": gettext_lazy("The chain of a journal is broken"),
    "method.add": gettext_lazy("added a contact method of"),
    "method.confirm": gettext_lazy("confirmed that a contact method works"),
    "method.order": gettext_lazy("put a contact method first for"),
    "method.remove": gettext_lazy("removed a contact method of"),
    "method.test": gettext_lazy("tested a contact method of"),
    "panel.add": gettext_lazy("added the panel"),
    "panel.change": gettext_lazy("changed the panel"),
    "panel.dialect": gettext_lazy("agreed how this panel speaks"),
    "panel.key": gettext_lazy("replaced the key of the panel"),
    "panel.settings": gettext_lazy("changed how a door reaches"),
    "panel.keys": gettext_lazy("made new keys for panels"),
    "panel.replace": gettext_lazy("put a new panel in the place of"),
    "panel.rotate": gettext_lazy("gave a new key, the old one still accepted, to"),
    "panel.key_end": gettext_lazy("The old key of the panel is no longer accepted"),
    "panel.retire": gettext_lazy("retired the panel"),
    "site.add": gettext_lazy("added the site"),
    "site.change": gettext_lazy("changed the site"),
    "site.close": gettext_lazy("closed the site"),
    "site.exception": gettext_lazy("changed the exceptions from the hours of"),
    "site.hours": gettext_lazy("changed the opening hours of"),
    "site.reopen": gettext_lazy("reopened the site"),
    "storm.begin": gettext_lazy("folded a storm of alarms into one entry"),
    "storm.end": gettext_lazy("ended the storm"),
    "test.end": gettext_lazy("took off test"),
    "test.extend": gettext_lazy("prolonged the test of"),
    "test.start": gettext_lazy("put on test"),
    "unit.add": gettext_lazy("added the unit"),
    "unit.rename": gettext_lazy("renamed the unit"),
    "user.add": gettext_lazy("added the person"),
    "user.disable": gettext_lazy("shut out"),
    "user.enable": gettext_lazy("let in again"),
    "user.enter_drill": gettext_lazy("came in as a demonstration person"),
    "user.password": gettext_lazy("set a password for"),
    "user.sign_in": gettext_lazy("signed in"),
    "user.sign_in_failed": gettext_lazy("A sign-in failed"),
    "walk.end": gettext_lazy("ended a walk test without a sheet"),
    "walk.sign": gettext_lazy("signed an acceptance sheet"),
    "walk.start": gettext_lazy("began a walk test"),
    "zone.set": gettext_lazy("named a zone"),
}
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "door": (gettext_lazy("Signing in"), ("user.sign_in", "user.sign_in_failed", "user.enter_drill")),
    "alarms": (gettext_lazy("Alarms"), ("alarm.", "dispatch.", "arming.", "bypass.", "handover.", "storm.", "drill.")),
    "cases": (gettext_lazy("Cases"), ("incident.", "procedure.", "evidence.", "referral.", "desk.")),
    "routines": (gettext_lazy("Routines"), ("routine.", "holder.", "vault.", "crew.", "cash.")),
    "inside": (gettext_lazy("Who is inside"), ("member.", "lockdown.", "visit.", "keyring.")),
    "register": (
        gettext_lazy("Register"),
        ("site.", "panel.", "zone.", "device.", "contact.", "test.", "found.", "import.", "walk.", "plan."),
    ),
    "people": (
        gettext_lazy("People and roles"),
        ("user.", "assignment.", "unit.", "area.", "method.", "channel.", "duty.", "ladder.", "watchdesk."),
    ),
    "audit": (gettext_lazy("The chain itself"), ("audit.", "journal.")),
}
"""Filters: a name for each and how its actions begin."""
PLACES = (("panel", ("zone:",)), ("site", ("contact:", "device:")), ("incident", ("attachment:",)))
"""What is named in place of its parts."""


@dataclass(frozen=True, slots=True)
class Row:
    line: Line
    actor: str
    words: str
    subject: str
    url: str


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    url: str = ""


@allow(Role.ADMINISTRATOR)
@require_safe
def audit(request: Request) -> HttpResponse:
    """Newest first. Pages by the last line seen, because new lines come in all the time."""
    found = _filtered(request)
    lines = list(found[: PER_PAGE + 1])
    shown = lines[:PER_PAGE]
    kept = request.GET.copy()
    kept.pop("before", None)
    facts = {
        "rows": _rows(request.viewer, shown),
        "older": shown[-1].id if len(lines) > PER_PAGE else None,
        "filters": kept.urlencode(),
        "groups": [(name, label) for name, (label, _starts) in GROUPS.items()],
        "group": request.GET.get("about", ""),
        "seal": request.GET.get("seal", ""),
        "last": queries.last_seal()[0],
        "unsealed": queries.unsealed_count(),
    }
    return render(request, "console/people/audit_rows.html" if request.htmx else "console/people/audit.html", facts)


def _filtered(request: Request) -> QuerySet[Line]:
    found = queries.lines()
    if (before := request.GET.get("before", "")).isdecimal() and len(before) < 20:
        found = found.filter(id__lt=int(before))
    if (seal := request.GET.get("seal")) in {"sealed", "unsealed"}:
        found = found.filter(sequence__isnull=seal == "unsealed")
    if (about := request.GET.get("about", "")) in GROUPS:
        found = queries.beginning_with(found, GROUPS[about][1])
    return found


def _rows(viewer: Viewer, lines: list[Line]) -> list[Row]:
    subjects = _named(viewer, {_subject(line) for line in lines})
    actors = _people({line.actor_id for line in lines if line.actor_id})
    return [_row(line, actors, subjects) for line in lines]


def _row(line: Line, actors: dict[int, Named], subjects: dict[str, Named]) -> Row:
    actor = actors.get(line.actor_id, Named(_("somebody no longer known"))).name if line.actor_id else ""
    subject = subjects.get(_subject(line), Named(""))
    is_self = line.subject == f"user:{line.actor_id}"
    words = str(WORDS.get(line.action, line.action))
    if not actor and words[:1].islower():
        actor = "Canh"  # done by the installation itself, from its command line or while seeding
    name = "" if is_self else subject.name
    if name and (role := line.detail.get("role")) in Role.values:
        name = f"{name} · {Role(role).label}"
    return Row(line, actor, words, name, subject.url if name else "")


def _subject(line: Line) -> str:
    """What a person would say it was done to: for a zone its panel, for a contact or device its site."""
    for place, kinds in PLACES:
        if line.subject.startswith(kinds) and place in line.detail:
            return f"{place}:{line.detail[place]}"
    return line.subject


def _named(viewer: Viewer, subjects: Iterable[str]) -> dict[str, Named]:
    """Names for "kind:id", one query a kind. What is gone keeps its number."""
    ids: dict[str, set[int]] = {}
    for subject in subjects:
        kind, _colon, number = subject.partition(":")
        if number.isdecimal():
            ids.setdefault(kind, set()).add(int(number))
    found: dict[str, Named] = {}
    for kind, look in _LOOKS.items():
        if kind in ids:
            found |= {f"{kind}:{row_id}": named for row_id, named in look(viewer, ids[kind]).items()}
    return found


def _people(ids: set[int]) -> dict[int, Named]:
    rows = accounts.people().filter(id__in=ids).prefetch_related(None) if ids else []
    return {p.id: Named(p.full_name, reverse("person", args=[p.id])) for p in rows}


def _sites(viewer: Viewer, ids: set[int]) -> dict[int, Named]:
    rows = sites.visible_to(viewer).filter(id__in=ids)
    return {s.id: Named(s.name, reverse("site", args=[s.id])) for s in rows}


def _panels(viewer: Viewer, ids: set[int]) -> dict[int, Named]:
    rows = sites.panels_among(viewer, ids)
    return {p.id: Named(f"{p.site.name} · {p.account}", reverse("site", args=[p.site_id])) for p in rows}


def _alarms(viewer: Viewer, ids: set[int]) -> dict[int, Named]:
    rows = alarms.visible_to(viewer).filter(id__in=ids).select_related("site")
    return {a.id: Named(f"{alarm_title(a)} · {a.site.name}", reverse("alarm", args=[a.id])) for a in rows}


def _cases(viewer: Viewer, ids: set[int]) -> dict[int, Named]:
    rows = cases.visible_to(viewer).filter(id__in=ids).select_related("site")
    return {c.id: Named(f"{c.label} · {c.site.name}", reverse("case", args=[c.id])) for c in rows}


def _procedures(viewer: Viewer, ids: set[int]) -> dict[int, Named]:
    rows = procedures.visible_to(viewer).filter(id__in=ids).select_related("unit")
    return {p.id: Named(f"{p.get_kind_display()} · {p.unit.name}", reverse("procedure", args=[p.id])) for p in rows}


def _units(_viewer: Viewer, ids: set[int]) -> dict[int, Named]:
    return {u.id: Named(u.name, reverse("units")) for u in accounts.units_now().filter(id__in=ids)}


_LOOKS: dict[str, Callable[[Viewer, set[int]], dict[int, Named]]] = {
    "user": lambda _viewer, ids: _people(ids),
    "site": _sites,
    "panel": _panels,
    "alarm": _alarms,
    "unit": _units,
    "incident": _cases,
    "procedure": _procedures,
}
