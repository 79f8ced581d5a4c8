"""Evidence: kept, locked, ended; and the pack that anybody can check and nobody can change."""

from __future__ import annotations

import ast
import base64
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canh import evidence_verify
from canh.alarms.actions import acknowledge_alarm, add_note
from canh.alarms.models import Alarm
from canh.audit.actions import seal_lines, sign_head
from canh.audit.models import Line
from canh.console.evidence import export
from canh.incidents import actions_evidence as actions
from canh.incidents import pack, retention, rules_evidence, store
from canh.incidents import queries_evidence as queries
from canh.incidents.models import Incident
from canh.incidents.models_evidence import Attachment, EvidenceFile
from canh.incidents.steps import GroupAlarms
from canh.incidents.steps_evidence import RetainEvidence
from canh.kit import clock
from canh.liaison import actions as liaison
from canh.liaison.models import PoliceDesk
from canh.liaison.sheet import Answers
from canh.response import dispatching
from tests.cast import Cast
from tests.clock import START, Hands, stopped
from tests.console.desk.scenes import browser, raise_alarm

SCRIPT = Path(evidence_verify.__file__)


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANH_DATA", str(tmp_path / "data"))


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as moved:
        yield moved


@pytest.fixture
def case(hands: Hands, cast: Cast) -> Incident:
    alarm = raise_alarm("1001", "HA")
    acknowledge_alarm(alarm, cast.dung)
    add_note(alarm, cast.dung, "Đã gọi bảo vệ")
    GroupAlarms()()
    return Incident.objects.get()


def keep(case: Incident, cast: Cast, data: bytes = b"anh", name: str = "Ảnh quầy.jpg") -> Attachment:
    return actions.attach(case, cast.dung, name=name, chunks=[data])[0]


def close(case: Incident, cast: Cast, outcome: str = "test") -> None:
    Incident.objects.filter(id=case.id).update(closed_at=clock.now(), closed_by=cast.dung, outcome=outcome)


def bytes_of(case: Incident) -> bytes:
    seal_lines()
    made = export.make(case, None, "Nguyễn Thị Chi")
    data = b"".join(made.chunks())
    assert len(data) == made.length
    return data


# -- files


def test_a_file_is_kept_once_under_its_hash(case: Incident, cast: Cast) -> None:
    row = keep(case, cast)
    again, is_new = actions.attach(case, cast.chi, name="khác.jpg", chunks=[b"a", b"nh"])
    assert (again.id, is_new, EvidenceFile.objects.count()) == (row.id, False, 1)
    assert store.place_of(hashlib.sha256(b"anh").hexdigest()).read_bytes() == b"anh"
    assert list(store.place_of(row.sha256).parent.parent.joinpath("new").iterdir()) == []
    assert Line.objects.get(action="evidence.add").detail == {"incident": case.id, "sha256": row.sha256, "size": 3}


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\a.txt", "a.txt"), ("a\u202egpj.exe", "agpj.exe"), ("", "file"),
     ("..", "file"), ("Ca\u0302\u0309nh.png", "C\u1ea9nh.png"), ("x" * 300 + ".mp4", "x" * 116 + ".mp4")],
)  # fmt: skip
def test_names_lead_nowhere(given_name: str, kept: str) -> None:
    assert rules_evidence.clean_name(given_name) == kept


def test_a_file_is_what_its_bytes_say(case: Incident, cast: Cast) -> None:
    assert keep(case, cast, b"<html><script>", "a.jpg").media == "text/plain"
    assert keep(case, cast, b"%PDF-1.7 ...", "a.jpg").media == "application/pdf"
    assert keep(case, cast, b"\x00\x01", "a.pdf").media == "application/octet-stream"


def test_what_does_not_fit_is_refused_and_leaves_nothing(
    case: Incident, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = rules_evidence.Limits(5, 8, 10, timedelta(days=1), {})
    monkeypatch.setattr(queries, "limits", lambda _day: small)
    keep(case, cast, b"12345")
    for data in (b"", b"123456", b"1234"):
        with pytest.raises(ValidationError):
            keep(case, cast, data)
    assert Attachment.objects.count() == 1
    assert not list((store.place_of("ab").parent.parent / "new").iterdir())


def test_locked_is_not_removed_and_a_removal_can_be_undone(case: Incident, cast: Cast) -> None:
    row = keep(case, cast)
    actions.lock(row, cast.chi, "Công an yêu cầu giữ")
    with pytest.raises(actions.Overtaken):
        actions.remove(row, cast.dung, "nhầm")
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.update(removed_at=clock.now(), removed_why="person")
    actions.unlock(row, cast.chi, "Đã bàn giao")
    with pytest.raises(ValidationError):
        actions.remove(row, cast.dung, " ")
    actions.remove(row, cast.dung, "nhầm")
    actions.bring_back(row, cast.dung)
    assert queries.present_count(case.id) == 1


def run_out(hands: Hands, years: float) -> None:
    hands.forward(years * 366 * 86400)
    step = RetainEvidence()
    while step():
        pass


def test_past_its_time_it_goes_and_what_is_locked_stays(case: Incident, cast: Cast, hands: Hands) -> None:
    loose, locked = keep(case, cast, b"one", "1"), keep(case, cast, b"two", "2")
    actions.lock(locked, cast.chi, "Vụ án")
    run_out(hands, 20)
    assert queries.present_count(case.id) == 2  # the case is open
    close(case, cast)
    run_out(hands, 1.1)
    run_out(hands, 0.2)
    assert not store.place_of(loose.sha256).exists()
    assert store.place_of(locked.sha256).read_bytes() == b"two"
    loose.refresh_from_db()
    assert (loose.file_id, loose.removed_why) == (None, "retention")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(["keep", "lock", "unlock", "remove", "back", "years"]), st.integers(0, 3))))
def test_retention_cannot_delete_what_is_locked(case: Incident, cast: Cast, acts: list[tuple[str, int]]) -> None:
    with transaction.atomic(), stopped(START) as hands:
        close(case, cast)
        rows = [keep(case, cast, f"file {n}".encode(), str(n)) for n in range(4)]
        for act, n in acts:
            rows[n].refresh_from_db()
            with contextlib.suppress(ValidationError):
                {"keep": lambda r: keep(case, cast, f"file {r.name}".encode(), r.name),
                 "lock": lambda r: actions.lock(r, cast.chi, "x"), "unlock": lambda r: actions.unlock(r, cast.chi, "x"),
                 "remove": lambda r: actions.remove(r, cast.dung, "x"),
                 "back": lambda r: actions.bring_back(r, cast.dung), "years": lambda _r: run_out(hands, 0.6),
                 }[act](rows[n])  # fmt: skip
            for row in Attachment.objects.all():
                if row.locked_at or row.file_id:
                    assert store.place_of(row.sha256).exists()
        transaction.set_rollback(True)


def test_a_crash_between_file_and_row_leaves_no_row_without_file(case: Incident, cast: Cast, hands: Hands) -> None:
    row = keep(case, cast)
    actions.remove(row, cast.dung, "nhầm")
    hands.forward(40 * 86400)
    retention.let_go()
    store.delete(row.sha256)  # killed here: the file is gone, its row not yet
    again = keep(case, cast)
    assert store.place_of(again.sha256).exists()
    stray = store.write_draft([b"stray"], 100)
    store.settle(stray)  # killed here: the file has no row
    hands.forward(2 * 366 * 86400)
    for part in range(256):
        retention.sweep(part)
    retention.collect()
    assert not store.place_of(stray.sha256).exists()
    assert not stray.path.exists()
    assert store.place_of(again.sha256).exists()


# -- the pack


def verdict(data: bytes, key: bytes | None = None) -> str:
    try:
        evidence_verify.verify(io.BytesIO(data), key)
    except evidence_verify.Bad as bad:
        return f"{bad.why} {bad.name}".strip()
    return "whole"


def test_a_pack_holds_the_case_and_is_whole(case: Incident, cast: Cast) -> None:
    keep(case, cast)
    seal_lines()
    sign_head({})
    data = bytes_of(case)
    told = evidence_verify.verify(io.BytesIO(data))
    assert (told["case"], told["site"]["name"], told["exported_by"]) == ("2026-0001", "PGD Hàng Bông", "Nguyễn Thị Chi")
    assert told["audit_lines"] >= 3
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert z.testzip() is None
        assert z.read("attachments/001-Ảnh quầy.jpg") == b"anh"
        assert "Đã gọi bảo vệ" in z.read("timeline.vi.html").decode()
        alarm = json.loads(z.read(next(n for n in z.namelist() if n.startswith("alarms/") and "conf" not in n)))
    assert b"#1001" in bytes.fromhex(alarm["signals"][0]["raw_hex"])


def test_a_pack_says_who_was_sent_and_what_the_police_said(case: Incident, cast: Cast) -> None:
    alarm = Alarm.objects.get()
    (sent,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung, task="Xem cửa sau")
    dispatching.move(sent, "arrived", by=cast.dung, note="Cửa mở")
    desk = liaison.save_desk(PoliceDesk(name="Công an phường", kind="ward", phone="113"), by=cast.chi)
    answers = Answers(gate="Cổng", weapons="no", held="no", is_live="no", keyholder="", callback="1")
    referral = liaison.hand_over(case, desk, answers, by=cast.dung, reason="Có người báo")
    liaison.accept(referral, by=cast.dung, officer="Đại úy Nam")
    with zipfile.ZipFile(io.BytesIO(bytes_of(case))) as z:
        people, police = json.loads(z.read("people.json")), json.loads(z.read("police.json"))
    (one,) = people["dispatches"]
    assert (one["who"], one["task"], one["state"], one["note"]) == ("Lê Văn Bình", "Xem cửa sau", "arrived", "Cửa mở")
    assert [c["purpose"] for c in people["calls"]] == ["dispatch"]
    (told,) = police["referrals"]
    assert (told["desk"], told["state"], told["officer"]) == ("Công an phường", "accepted", "Đại úy Nam")
    assert [line["kind"] for line in told["lines"]] == ["made", "accepted"]
    assert told["told"]["site"] == "PGD Hàng Bông"


def test_the_same_case_gives_the_same_bytes_but_for_the_time(case: Incident, cast: Cast, hands: Hands) -> None:
    keep(case, cast)
    first = bytes_of(case)
    hands.forward(60)
    with zipfile.ZipFile(io.BytesIO(first)) as a, zipfile.ZipFile(io.BytesIO(bytes_of(case))) as b:
        differing = {n for n in a.namelist() if a.read(n) != b.read(n)}
        assert a.namelist() == b.namelist()
    assert differing == {"manifest.json", "signature.txt"}


def test_no_byte_can_be_changed_cut_or_added(case: Incident, cast: Cast) -> None:
    keep(case, cast)
    data = bytes_of(case)
    whole = [i for i in range(len(data)) if verdict(data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]) == "whole"]
    assert whole == []
    assert all(verdict(data[:i]) != "whole" for i in range(0, len(data), 97))
    assert verdict(data + b"x") == "more"


def made(members: list[pack.Member]) -> bytes:
    return b"".join(pack.written(members))


def signed(content: pack.Content, signer: Ed25519PrivateKey) -> list[pack.Member]:
    manifest = pack.manifest_of({"public_key": signer.public_key().public_bytes_raw().hex()}, content)
    return pack.assembled(manifest, base64.b64encode(signer.sign(manifest)) + b"\n", content)


def test_members_extra_missing_renamed_twice_or_leading_out_are_named() -> None:
    signer = Ed25519PrivateKey.generate()
    content = pack.Content([pack.member_of("a.txt", b"a"), pack.member_of("b.txt", b"b")])
    right = signed(content, signer)
    assert verdict(made(right)) == "whole"
    assert verdict(made([*right, pack.member_of("c.txt", b"c")])) == "extra c.txt"
    assert verdict(made(right[:-1])) == "missing b.txt"
    assert verdict(made([*right[:-1], pack.member_of("bb.txt", b"b")])) == "extra bb.txt"
    assert verdict(made([*right, right[-1]])) == "twice b.txt"
    assert verdict(made([*right[:2], pack.member_of("a.txt", b"A"), right[3]])) == "changed a.txt"
    for name in ("../x", "/x", "x/../../y", "x\\y", "c:x"):
        assert verdict(made(signed(pack.Content([pack.member_of(name, b"")]), signer))) == f"name {name}"
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert verdict(made(right), other) == "key manifest.json"
    forged = signed(content, Ed25519PrivateKey.generate())
    assert verdict(made([right[0], forged[1], *right[2:]])) == "signature manifest.json"


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("manifest.json", b"0" * 10_000_000)
    assert verdict(bomb.getvalue()) != "whole"
    assert verdict(b"") == "ends"


def test_the_checker_imports_nothing_of_canh() -> None:
    found = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    assert found <= {*sys.stdlib_module_names, "cryptography"}


def alone(*words: str, language: str = "vi") -> subprocess.CompletedProcess[str]:
    """The script as a file of its own, without Canh on the path."""
    return subprocess.run([sys.executable, "-I", str(SCRIPT), "verify", *words], env={"LANG": language},
                          capture_output=True, encoding="utf-8", check=False)  # fmt: skip


def test_the_command_speaks_both_languages_and_tells_by_its_code(case: Incident, cast: Cast, tmp_path: Path) -> None:
    keep(case, cast, b"QUAY-2-ANH")
    file = tmp_path / "g.zip"
    file.write_bytes(data := bytes_of(case))
    good = alone(str(file))
    assert (good.returncode, "NGUYÊN VẸN" in good.stdout, "PGD Hàng Bông" in good.stdout) == (0, True, True)
    file.write_bytes(data.replace(b"QUAY-2-ANH", b"QUAY-3-ANH"))
    bad = alone(str(file), language="en_US.UTF-8")
    assert (bad.returncode, "attachments/001-Ảnh quầy.jpg: its content" in bad.stderr) == (1, True)
    assert json.loads(alone(str(file), "--json").stdout)["first_bad"] == "attachments/001-Ảnh quầy.jpg"
    assert alone(str(tmp_path / "none.zip")).returncode == 2


def test_what_is_gone_is_said(case: Incident, cast: Cast) -> None:
    row = keep(case, cast)
    store.delete(row.sha256)
    assert [a["why"] for a in evidence_verify.verify(io.BytesIO(bytes_of(case)))["absent"]] == ["missing"]


def test_a_large_pack_passes_through_little_memory(tmp_path: Path) -> None:
    script = """
import resource, sys
from canh import evidence_verify
from canh.incidents import pack
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import base64
import contextlib
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read = lambda: (b"v" * 262144 for _ in range(1200))
content, signer = pack.Content([pack.measured("attachments/001-clip.mp4", read)]), Ed25519PrivateKey.generate()
manifest = pack.manifest_of({"public_key": signer.public_key().public_bytes_raw().hex()}, content)
members = pack.assembled(manifest, base64.b64encode(signer.sign(manifest)) + b"\\n", content)
with open(sys.argv[1], "wb") as file:
    for chunk in pack.written(members):
        file.write(chunk)
with open(sys.argv[1], "rb") as file:
    assert evidence_verify.verify(file)["is_whole"]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    file = tmp_path / "large.zip"
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(SCRIPT.parents[1])})  # fmt: skip
    assert file.stat().st_size > 300_000_000
    assert int(done.stdout) < 30_000  # kB


# -- the console


def test_a_person_adds_fetches_and_exports_and_every_look_is_noted(case: Incident, cast: Cast) -> None:
    client, url = browser(cast.dung), f"/cases/{case.id}/evidence/"
    files = [io.BytesIO(b"<script>alert(1)</script>"), io.BytesIO(b"two")]
    files[0].name, files[1].name = "a.html", "b.txt"
    client.post(url + "add/", {"files": files, "note": "Từ camera"})
    row = Attachment.objects.get(name="a.html")
    assert "a.html" in client.get(url).content.decode()
    answer = client.get(f"{url}{row.id}/")
    assert b"".join(answer) == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert verdict(b"".join(client.post(url + "pack/"))) == "whole"
    acts = set(Line.objects.filter(action__startswith="evidence.").values_list("action", flat=True))
    assert acts == {"evidence.add", "evidence.look", "evidence.download", "evidence.export"}


def test_the_page_costs_the_same_whatever_the_number_of_files(
    case: Incident, cast: Cast, django_assert_max_num_queries: object
) -> None:
    for n in range(30):
        keep(case, cast, str(n + 1).encode(), str(n))
    client = browser(cast.dung)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert client.get(f"/cases/{case.id}/evidence/").status_code == 200
