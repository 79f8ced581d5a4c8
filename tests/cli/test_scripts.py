"""The acts without a browser: what scripts and examiners do."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.house import House, house_in, until
from tests.panel import frame, is_ack, say


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Gateway and engine over a register entered by commands."""
    with house_in(tmp_path_factory.mktemp("scripts")) as house:
        house.canh("site", "add", "PGD Hàng Bông", "--kind", "bank_branch", "--json")
        house.canh("panel", "add", "pgd hang bong", "--account", "1234", "--zones", "4")
        house.canh("panel", "add", "pgd hang bong", "--account", "5678", "--key", "AB" * 16)
        house.start("gateway", "engine")
        say(house.dc09_port, frame("1234", 9000, "NRP0"))
        until(lambda: house.rows("signals"))
        yield house


def test_a_panel_added_by_command_rings(house: House) -> None:
    assert is_ack(say(house.dc09_port, frame("1234", 1, "NHA1")), 1)
    alarm = until(lambda: house.rows("alarms", "--open"))[0]
    assert (alarm["site"], alarm["kind"], alarm["priority"], alarm["state"]) == (
        "PGD Hàng Bông", "hold_up", 1, "unacknowledged",
    )  # fmt: skip
    signal = house.rows("signals")[-1]
    assert (signal["account"], signal["code"], signal["zone"], signal["verdict"]) == ("1234", "HA", "1", "accepted")
    assert bytes.fromhex(signal["raw_hex"]) == frame("1234", 1, "NHA1").rstrip(b"\r")


def test_since_gives_only_what_is_newer(house: House) -> None:
    last = house.rows("signals")[-1]["id"]
    assert house.rows("signals", "--since", last) == []
    say(house.dc09_port, frame("1234", 2, "NRP0"))
    newer = until(lambda: house.rows("signals", "--since", last))
    assert [s["code"] for s in newer] == ["RP"]


def test_all_shows_what_was_not_understood(house: House) -> None:
    assert say(house.dc09_port, b"\nFFFF" + frame("1234", 3, "NBA1")[5:], 1.0) == b""
    say(house.dc09_port, frame("9876", 1, "NBA1"))
    verdicts = until(
        lambda: {"bad_crc", "unknown_account"} <= (v := {s["verdict"] for s in house.rows("signals", "--all")}) and v
    )
    assert "bad_crc" in verdicts
    assert {s["verdict"] for s in house.rows("signals")} == {"accepted"}


def test_an_alarm_is_acknowledged_and_closed_by_command(house: House) -> None:
    house.canh("user", "add", "dung", "--role", "operator", "--password-file", "-", text="canh-giu-cho-pho-1919\n")
    alarm = house.rows("alarms", "--open")[0]["id"]
    assert house.code("alarm", "close", alarm, "--as", "dung", "--reason", "test") == 1
    house.canh("alarm", "acknowledge", alarm, "--as", "dung")
    done = house.rows("alarm", "close", alarm, "--as", "dung", "--reason", "test", "--note", "thử")[0]
    assert (done["state"], done["closed_by"], done["close_reason"]) == ("closed", "dung", "test")
    assert house.code("alarm", "close", alarm, "--as", "nobody", "--reason", "test") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["panel", "add", "không có", "--account", "1"],
        ["panel", "add", "PGD Hàng Bông", "--account", "1234"],
        ["panel", "add", "PGD Hàng Bông", "--account", "XYZ"],
        ["panel", "add", "PGD Hàng Bông", "--key", "12"],
        ["site", "add", "PGD Hàng Bông", "--kind", "bank_branch"],
        ["site", "add", "X", "--kind", "castle"],
        ["user", "add", "x", "--role", "king"],
    ],
)
def test_what_cannot_be_done_is_refused_in_words(house: House, words: list[str]) -> None:
    assert house.code(*words) == 1


def test_verify_finds_nothing_wrong(house: House) -> None:
    findings = house.rows("verify")
    assert {f["chain"] for f in findings} == {"journal:gw1", "signals:gw1", "alarms", "audit", "heads"}
    assert all(f["is_whole"] for f in findings)


def test_a_panel_without_a_named_account_gets_a_free_one(house: House) -> None:
    made = house.rows("panel", "add", "PGD Hàng Bông", "--key", "AA" * 32)[0]
    assert made["account"] == "1000"
    assert made["port"] == house.dc09_port
    assert len(made["key"]) == 64


def test_an_empty_passphrase_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("\n")
    assert house.code("backup", str(tmp_path / "b.tar.gz"), "--passphrase-file", str(tmp_path / "phrase")) == 1
    assert list(tmp_path.glob("*.tar.gz*")) == []


def test_commands_on_a_fresh_folder_wait_for_each_other(tmp_path: Path) -> None:
    with house_in(tmp_path) as fresh, ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda n: fresh.code("site", "add", f"Trụ sở {n}"), range(4)))
    assert codes == [0, 0, 0, 0]


def test_a_register_begun_by_commands_never_becomes_a_demonstration(house: House) -> None:
    assert json.loads((house.data / "installation.json").read_text())["drill"] is False


class TestBackup:
    def test_a_restored_copy_rings_with_its_keys(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "canh.tar.gz"
        (tmp_path / "phrase").write_text("một cụm mật khẩu dài\n")
        kept = house.python("from canh.sites import plan_store; print(plan_store.keep(b'a floor plan'))").strip()
        house.canh("backup", str(file), "--passphrase-file", str(tmp_path / "phrase"))
        assert b"1234" not in file.read_bytes()[:200]
        with house_in(tmp_path / "copy") as copy:
            copy.canh("restore", str(file), "--passphrase-file", str(tmp_path / "phrase"))
            assert [s["id"] for s in copy.rows("signals", "--all")] == [s["id"] for s in house.rows("signals", "--all")]
            shown = copy.python(f"from canh.sites import plan_store; print(plan_store.open_picture('{kept}'))")
            assert shown.strip() == "b'a floor plan'"
            copy.start("gateway", "engine")
            assert is_ack(say(copy.dc09_port, frame("1234", 500, "NFA2")), 500)
            until(lambda: [a for a in copy.rows("alarms", "--open") if a["kind"] == "fire"])
            assert all(f["is_whole"] for f in copy.rows("verify"))

    def test_a_wrong_passphrase_and_a_cut_file_change_nothing(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "canh.tar.gz"
        (tmp_path / "phrase").write_text("đúng\n")
        (tmp_path / "other").write_text("sai\n")
        house.canh("backup", str(file), "--passphrase-file", str(tmp_path / "phrase"))
        cut = tmp_path / "cut.tar.gz"
        cut.write_bytes(file.read_bytes()[:-300])
        with house_in(tmp_path / "copy") as copy:
            assert copy.code("restore", str(file), "--passphrase-file", str(tmp_path / "other")) == 1
            assert copy.code("restore", str(file)) == 1
            assert copy.code("restore", str(cut), "--passphrase-file", str(tmp_path / "phrase")) == 1
            assert not copy.data.exists() or not (copy.data / "canh.db").exists()
            assert list((tmp_path / "copy").glob(".canh-restore-*")) == []

    def test_present_data_is_never_overwritten(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "canh.tar.gz"
        house.canh("backup", str(file))
        assert house.code("backup", str(file)) == 1
        assert house.code("restore", str(file), "--force") == 2  # its processes are running
        with tarfile.open(file) as tar:
            names = tar.getnames()
        assert {"canh.db", "journal/gw1.db", "keys/seal.key", "canh-backup.json"} <= set(names)

    def test_force_moves_present_data_aside(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "canh.tar.gz"
        house.canh("backup", str(file))
        with house_in(tmp_path / "copy") as copy:
            copy.canh("site", "add", "Trụ sở cũ")
            assert copy.code("restore", str(file)) == 1
            copy.canh("restore", str(file), "--force")
            assert list((tmp_path / "copy").glob("data.before-restore-*"))
            assert copy.rows("signals")


class TestTampering:
    """`canh verify` names the first changed row, and a chain cut or computed anew."""

    @pytest.fixture
    def copy(self, house: House, tmp_path: Path) -> Iterator[House]:
        house.canh("backup", str(tmp_path / "b.tar.gz"))
        with house_in(tmp_path) as copy:
            copy.canh("restore", str(tmp_path / "b.tar.gz"))
            yield copy

    def _change(self, copy: House, file: str, sql: str) -> None:
        with sqlite3.connect(copy.data / file) as connection:
            connection.execute(sql)
        connection.close()

    def _bad(self, copy: House) -> dict[str, int | None]:
        out = copy.canh("verify", "--json", check=False)
        found = [json.loads(line) for line in out.splitlines()]
        return {f["chain"]: f["first_bad"] for f in found if not f["is_whole"]}

    def test_an_untouched_copy_is_whole(self, copy: House) -> None:
        assert self._bad(copy) == {}

    def test_one_byte_of_the_journal(self, copy: House) -> None:
        self._change(copy, "journal/gw1.db", "UPDATE entry SET raw = CAST(raw || 'x' AS BLOB) WHERE id = 2")
        assert self._bad(copy) == {"journal:gw1": 2}

    def test_one_column_of_a_signal(self, copy: House) -> None:
        self._change(copy, "canh.db", "UPDATE intake_signal SET code = 'BA' WHERE journal_id = 1")
        assert self._bad(copy) == {"signals:gw1": 1}

    @pytest.mark.parametrize(
        "change", ["kind = 'test'", "turn = 'restore'", "occurred_at = '2026-01-01'", "text = 'x'", "site_id = NULL"]
    )
    def test_what_people_read_of_a_signal(self, copy: House, change: str) -> None:
        self._change(copy, "canh.db", f"UPDATE intake_signal SET {change} WHERE journal_id = 2")
        assert self._bad(copy)["signals:gw1"] == 2

    def test_an_alarm_that_is_gone(self, copy: House) -> None:
        self._change(copy, "canh.db", "DELETE FROM alarms_alarmevent")
        self._change(copy, "canh.db", "DELETE FROM alarms_alarm")
        assert set(self._bad(copy)) == {"alarms"}

    def test_the_tail_of_the_signals(self, copy: House) -> None:
        self._change(copy, "canh.db", "PRAGMA foreign_keys=OFF")
        self._change(copy, "canh.db", "DELETE FROM intake_signal WHERE journal_id >= 3")
        assert self._bad(copy)["signals:gw1"] == 3

    def test_one_audit_line(self, copy: House) -> None:
        self._change(copy, "canh.db", "UPDATE audit_line SET actor_id = 7 WHERE sequence = 3")
        assert self._bad(copy)["audit"] == 3

    def test_a_chain_computed_anew_is_caught_by_a_head(self, copy: House) -> None:
        script = (
            "import django; django.setup()\n"
            "from canh.audit import rules, queries; from canh.audit.models import Line\n"
            "before = rules.FIRST_HASH\n"
            "Line.objects.filter(sequence=1).update(actor_id=7)\n"
            "for l in Line.objects.exclude(sequence=None).order_by('sequence'):\n"
            "    before = rules.seal(before, l.sequence, queries.sealable(l))\n"
            "    Line.objects.filter(id=l.id).update(hash=before)\n"
        )
        import subprocess
        import sys

        environment = {**copy.environment, "DJANGO_SETTINGS_MODULE": "canh.config.settings"}
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
        assert set(self._bad(copy)) == {"heads"}

    def test_a_cut_audit_tail_is_caught_by_a_head_kept_outside(self, copy: House, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        (copy.data / "heads").rename(outside)
        self._change(copy, "canh.db", "DELETE FROM audit_head")
        self._change(copy, "canh.db", "DELETE FROM audit_line")
        assert "heads" not in self._bad(copy)  # without the outside copy nothing shows
        assert copy.code("verify", "--heads", str(outside)) == 1


def test_a_lost_journal_goes_on_after_its_copy(house: House, tmp_path: Path) -> None:
    """Else the new file's first messages would bear numbers the engine has passed, and never ring."""
    house.canh("backup", str(tmp_path / "b.tar.gz"))
    with house_in(tmp_path) as copy:
        copy.canh("restore", str(tmp_path / "b.tar.gz"))
        before = len(copy.rows("signals", "--all"))
        for file in (copy.data / "journal").iterdir():
            file.unlink()
        copy.start("gateway", "engine")
        assert is_ack(say(copy.dc09_port, frame("1234", 700, "NFA3")), 700)
        until(lambda: len(copy.rows("signals", "--all")) == before + 1)
        assert [f for f in copy.rows("verify") if not f["is_whole"]] == []


READ_SETTINGS = """
import json
from canh.sites import queries
print(json.dumps(queries.panel_directory()["onvif:SN-0042"].settings))
"""


def test_a_camera_is_added_with_its_password_from_a_file(house: House) -> None:
    words = ["panel", "add", "PGD Hàng Bông", "--door", "onvif", "--account", "onvif:SN-0042"]
    told = ["--setting", "address=127.0.0.1:9", "--setting", "user=canh", "--password-file", "-", "--json"]
    made = json.loads(house.canh(*words, *told, text="Mật khẩu 9!\n"))
    assert made["account"] == "onvif:SN-0042"
    found = json.loads(house.python(READ_SETTINGS))
    assert found == {"address": "127.0.0.1:9", "user": "canh", "password": "Mật khẩu 9!"}
    for wrong in (["address=ftp://x"], ["address"], ["address=a", "--setting", "password=x"], ["adress=a"]):
        assert house.code(*words, "--setting", *wrong) == 1
