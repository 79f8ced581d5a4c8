"""Reads of procedures: which one holds in a case, how far it is, what was skipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from canh.accounts.queries import Viewer, place_filter
from canh.incidents import rules_procedures as rules
from canh.incidents.models import Incident
from canh.incidents.models_procedures import Answer, Procedure, ProcedureVersion, Run
from canh.incidents.rules_procedures import Given, Step
from canh.incidents.terms_procedures import DONE, NO, YES, AnswerKind
from canh.kit.dated import table_of

if TYPE_CHECKING:
    from canh.accounts.models import Unit


@cache
def built_in(day: date) -> dict[str, list[Step]]:
    """Kind of case -> the steps that hold on a day where no unit says otherwise. Raises ValueError for a bad file."""
    found: dict[str, list[Step]] = {}
    for one in table_of("incidents", "procedures.toml", day)["procedure"]:
        steps = rules.read(one["steps"])
        if wrong := rules.faults(steps):
            raise ValueError(f"procedures.toml {one['kinds']}: {wrong}")
        found |= dict.fromkeys(one["kinds"], steps)
    return found


def visible_to(viewer: Viewer) -> QuerySet[Procedure]:
    """Procedures of units this person may see: the only door to them."""
    if viewer.sees_all:
        return Procedure.objects.all()
    allowed = Q(pk__in=[])
    for path in viewer.unit_paths:
        allowed |= Q(unit__path__startswith=path)
    return Procedure.objects.filter(allowed)


def newest(unit_ids: Collection[int], kind: str) -> dict[int, ProcedureVersion]:
    """Unit -> its newest published version for a kind."""
    of_unit = Procedure.objects.filter(unit__in=unit_ids, kind=kind, retired_at__isnull=True)
    last = ProcedureVersion.objects.filter(procedure=OuterRef("pk")).order_by("-number")
    ids = of_unit.annotate(last=Subquery(last.values("id")[:1])).values_list("last", flat=True)
    found = ProcedureVersion.objects.filter(id__in=[i for i in ids if i]).select_related("procedure")
    return {version.procedure.unit_id: version for version in found}


def version_for(unit: Unit, kind: str) -> ProcedureVersion | None:
    """The version of the nearest unit above that has one; None: the built-in procedure holds."""
    lineage = [int(part) for part in unit.path.strip("/").split("/")]
    found = newest(lineage, kind)
    return next((found[unit_id] for unit_id in reversed(lineage) if unit_id in found), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """The procedure of a case, and how far it is."""

    steps: list[Step]
    version: ProcedureVersion | None = None
    run: Run | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    """Step -> its newest answer."""

    @property
    def given(self) -> dict[str, Given]:
        return {key: Given(a.value, a.is_skipped) for key, a in self.answers.items()}

    @property
    def asked(self) -> list[Step]:
        return rules.asked(self.steps, self.given)

    @property
    def undone(self) -> list[Step]:
        return rules.undone(self.steps, self.given)

    def step(self, key: str) -> Step | None:
        """A step that is asked."""
        return next((step for step in self.asked if step.key == key), None)


def plan_of(incident: Incident) -> Plan:
    """What is to be done in a case: begun, or what would be begun now."""
    run = Run.objects.filter(incident=incident, kind=incident.kind).select_related("version").first()
    if run is not None:
        answers = {a.step: a for a in run.answers.select_related("by").order_by("id")}
        return Plan(rules.read(run.steps), run.version, run, answers)
    version = version_for(incident.site.unit, incident.kind)
    if version is not None:
        return Plan(rules.read(version.steps), version)
    return Plan(built_in(incident.opened_at.date()).get(incident.kind, []))


def history_of(run: Run) -> QuerySet[Answer]:
    """Every answer, corrected ones too, in order."""
    return run.answers.select_related("by").order_by("id")


def runs_of(incident: Incident) -> QuerySet[Run]:
    """Procedures of a case, the one of its present kind and those of before."""
    return Run.objects.filter(incident=incident).select_related("version").order_by("id")


# ── For who supervises ───────────────────────────────────────────────────


def skipped(viewer: Viewer) -> QuerySet[Answer]:
    """Steps that were skipped and nobody has looked at, the newest first."""
    found = Answer.objects.filter(is_skipped=True, seen_at__isnull=True)
    mine = found.filter(place_filter(viewer, unit="run__incident__site__unit", area="run__incident__site__area"))
    return mine.select_related("by", "run__incident__site").order_by("-id")


def procedures(viewer: Viewer) -> QuerySet[Procedure]:
    """With the number of published versions and of the last one."""
    found = visible_to(viewer).select_related("unit", "draft_by").annotate(published=Count("versions"))
    return found.order_by("unit__path", "kind")


def steps_of(run: Run) -> list[Step]:
    return rules.read(run.steps)


def draft_of(procedure: Procedure) -> list[Step]:
    """The steps that are being written; without a draft those that hold."""
    if procedure.draft is not None:
        return rules.read(procedure.draft)
    last = procedure.versions.order_by("-number").first()
    return rules.read(last.steps) if last else []


def fixed_words() -> dict[str, str]:
    """What the fixed answers are called, in the active language."""
    return {DONE: gettext("Done"), YES: gettext("Yes"), NO: gettext("No")}


def versions(procedure: Procedure) -> QuerySet[ProcedureVersion]:
    return procedure.versions.select_related("published_by").order_by("-number")


def words(text: Mapping[str, str], language: str) -> str:
    """A text in a language, else in Vietnamese."""
    return text.get(language) or text.get("vi", "")


def answer_words(step: Step, answer: Answer, language: str) -> str:
    """What was answered, as the step says it; yes, no and done are left to the caller."""
    if step.answer == AnswerKind.CHOICE:
        return next((words(c.text, language) for c in step.choices if c.value == answer.value), answer.value)
    return answer.value
