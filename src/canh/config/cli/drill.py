"""`canh drill`: plays the demonstration; `canh drill run SCENE`: an exercise at real premises; `canh drill list`."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say, warn
from canh.kit import net

if TYPE_CHECKING:
    from canh.alarms.models_drills import DrillRun
    from canh.drill.exercise import Exercise
    from canh.drill.scenes import Scene, Step
    from canh.sites.models import Site


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", nargs="?", choices=["run", "list"], help="run: một bài diễn tập · one exercise")
    parser.add_argument("scene", nargs="?", metavar="SCENE", help="tên kịch bản · name of a scene")
    parser.add_argument("--site", default="", help="trụ sở, tên hoặc mã số · premises, name or id")
    parser.add_argument("--wait", type=float, default=600.0, metavar="SECONDS",
                        help="chờ mọi người xử lý bao lâu · how long people have (600)")  # fmt: skip
    parser.add_argument("--pace", type=float, default=1.0, help="2 = nhanh gấp đôi · twice as fast")
    parser.add_argument("--json", action="store_true")


def main(words: argparse.Namespace) -> int:
    setting_up.open_data(may_make=words.act is None)
    if words.act is None:
        return _play(words)
    if words.act == "list":
        return _list(words)
    return _run(words)


def _gateway() -> tuple[str, int]:
    from django.conf import settings

    host = "127.0.0.1" if settings.CANH_DC09_HOST in net.ANY else settings.CANH_DC09_HOST
    return host, settings.CANH_DC09_PORT


def _play(words: argparse.Namespace) -> int:
    from canh.drill import play

    play.main(*_gateway(), words.pace)
    return 0


def _list(words: argparse.Namespace) -> int:
    from canh.drill import exercise

    for scene in exercise.playable():
        facts = {"scene": scene.id, "title": scene.title, "kinds": sorted(scene.kinds)}
        line(facts) if words.json else say(f"{scene.id:24} {scene.title}")
    return 0


# ── An exercise ──────────────────────────────────────────────────────────


def _run(words: argparse.Namespace) -> int:
    """Ends what an exercise before left when it was killed, then dials. Exit code 1: something was not in time."""
    from django.core.exceptions import ValidationError

    from canh.alarms import actions_drills, queries_drills
    from canh.drill.exercise import Exercise, NotHeard, NotPlayable, actor_of, steps_of

    scene, site = _scene(words.scene), _site(words.site)
    for left in queries_drills.running().filter(site=site):
        warn(f"một bài diễn tập bị ngắt nay được kết thúc · an exercise that was cut short is ended: {left.scene}")
        actions_drills.end_drill(left, _marks(left, []))
    try:
        run, made = actions_drills.begin_drill(site, scene.id, actor_id=None)
    except ValidationError as error:
        raise Refused("\n".join(error.messages)) from error
    actor = actor_of(site, run.panel, bytes.fromhex(made.key_hex))
    host, port = _gateway()
    playing = Exercise(actor, host, port, lambda: _is_over(run), _teller(words), pace=words.pace)
    try:
        steps_of(scene, actor)
        _dial(playing, scene, words.wait)
    except (NotPlayable, NotHeard) as error:
        actions_drills.drop_drill(run)
        raise _refusal(error, site, playing) from None
    except BaseException:  # cut short by whoever began it: scored as far as it came
        actions_drills.end_drill(run, _marks(run, playing.sent))
        raise
    return _report(actions_drills.end_drill(run, _marks(run, playing.sent)), site, words)


def _refusal(error: Exception, site: Site, playing: Exercise) -> Refused:
    from canh.drill.exercise import NotPlayable

    if isinstance(error, NotPlayable):
        return Refused(f"{site.name}: không có đủ vùng cho kịch bản này · has not the zones of this scene")
    place = f"{playing.host}:{playing.port}"
    return Refused(f"{place}: cổng nhận tín hiệu không trả lời · the gateway does not answer", 2)


def _dial(playing: Exercise, scene: Scene, wait_s: float) -> None:
    """A message that did not arrive ends the dialling, not the scoring. Raises NotHeard."""
    from canh.drill.dialler import DialError

    try:
        asyncio.run(playing.run(scene, wait_s))
    except DialError as error:
        warn(f"một bản tin không đến nơi · a message did not arrive: {error}")


async def _is_over(run: DrillRun) -> bool:
    from asgiref.sync import sync_to_async

    from canh.alarms.queries_drills import is_over

    return await sync_to_async(is_over)(run)


def _marks(run: DrillRun, sent: list[Any]) -> list[Any]:
    from canh.alarms import queries_drills, rules_drills
    from canh.guards.queries import on_duty
    from canh.liaison import queries as liaison
    from canh.response.queries import dispatched_in

    table, happened = queries_drills.drill_table(run.begun_at.date()), queries_drills.happened(run)
    marks = rules_drills.score(sent, happened, table)
    first = min((one.received_at for one in happened), default=None)
    sent_at, arrived_at = dispatched_in(run.panel_id)
    if sent_at or on_duty(run.site, run.begun_at):
        marks += rules_drills.score_dispatch(first, sent_at, arrived_at, table)
    if not liaison.takes_part(run.site):
        return marks
    told = liaison.of_panel(run.panel_id)
    told_at, confirmed_at = (told.made_at, told.answered_at) if told else (None, None)
    return marks + rules_drills.score_police(first, told_at, confirmed_at, table)


def _teller(words: argparse.Namespace) -> Any:
    def tell(step: Step) -> None:
        if not words.json:
            say(f"  ☎ {step.event.ends if step.is_restore else step.event.begins} {step.use}".rstrip())

    return tell


def _scene(name: str | None) -> Scene:
    from canh.drill import exercise

    found = {scene.id: scene for scene in exercise.playable()}
    if not name or name not in found:
        raise Refused("chọn một kịch bản · choose a scene: " + ", ".join(sorted(found)), 2)
    return found[name]


def _site(text: str) -> Site:
    from canh.config.cli.register import one_site

    if not text:
        raise Refused("--site: diễn tập ở trụ sở nào · at which premises", 2)
    return one_site(text)


def _report(run: DrillRun, site: Site, words: argparse.Namespace) -> int:
    is_kept = bool(run.marks) and all(one["is_kept"] for one in run.marks)
    if words.json:
        line({"drill": str(run.id), "scene": run.scene, "site": site.name, "site_id": str(site.id),
              "begun_at": run.begun_at.isoformat(), "ended_at": run.ended_at.isoformat() if run.ended_at else None,
              "marks": run.marks, "is_kept": is_kept})  # fmt: skip
        return 0 if is_kept else 1
    for one in run.marks:
        took = "—" if one["seconds"] is None else f"{one['seconds']:.1f} s"
        wanted = "" if one["wanted_s"] is None else f"≤ {one['wanted_s']:g} s"
        say(f"  {'✓' if one['is_kept'] else '✗'} {NAMES[one['mark']]:38} {took:>9} {wanted}")
    return 0 if is_kept else 1


NAMES = {
    "received": "cổng đã nhận · received", "raised": "phát báo động · raised", "shown": "hiện trên bàn trực · shown",
    "taken": "tiếp nhận · taken", "closed": "kết thúc · closed",
    "dispatched": "điều động bảo vệ · guard sent", "arrived": "bảo vệ tới nơi · guard on the spot",
    "police": "báo công an · police told", "confirmed": "công an xác nhận · police confirmed",
}  # fmt: skip
