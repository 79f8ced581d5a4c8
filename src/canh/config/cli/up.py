"""`canh up`: ready the data, start every process, and stay to look after them."""

from __future__ import annotations

import argparse
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, say
from canh.config.cli.supervisor import CannotStart, Supervisor
from canh.kit import net, paths


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-drill", action="store_true",
                        help="bắt đầu trống, không diễn tập · start empty, without the drill")  # fmt: skip
    parser.add_argument("--host", help="địa chỉ của trang bàn trực · address of the console (127.0.0.1)")
    parser.add_argument("--port", type=_port, help="cổng của trang bàn trực · port of the console (8113)")
    parser.add_argument("--dc09-host", help="địa chỉ nhận tín hiệu · address for panels (127.0.0.1)")
    parser.add_argument("--dc09-port", type=_port, help="cổng nhận tín hiệu · port for panels (12128)")
    parser.add_argument("--pace", type=float, default=1.0, help="nhịp diễn tập · pace of the drill (1)")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r}: 1–65535")
    return int(text)


def main(words: argparse.Namespace) -> int:
    for name in ("host", "port", "dc09_host", "dc09_port"):
        if (value := getattr(words, name)) is not None:
            os.environ[f"CANH_{name.upper()}"] = str(value)
    with _step("Chuẩn bị dữ liệu", "data folder"):
        setting_up.start_django()
        from django.conf import settings

        setting_up.refuse_while_running()
        _refuse_taken_port(settings.CANH_HOST, settings.CANH_PORT, "CANH_PORT (--port)")
        _refuse_taken_port(settings.CANH_DC09_HOST, settings.CANH_DC09_PORT, "CANH_DC09_PORT (--dc09-port)")
        setting_up.migrate()
        is_drill = _kind_of_installation(words.no_drill)
    if is_drill:
        _seed()
    workers = {"gateway": ["gateway"], "engine": ["engine"], "notify": ["notify"], "web": ["web"],
               "watch": ["watch"]}  # fmt: skip
    if is_drill:
        workers["drill"] = ["drill", "--pace", str(words.pace)]
    return _run(workers, is_drill)


@contextmanager
def _step(vietnamese: str, english: str) -> Iterator[None]:
    """One line of progress: what, and how long it took."""
    begin = time.monotonic()
    yield
    say(f"✓ {vietnamese} · {english}  {time.monotonic() - begin:.1f} s")


def _refuse_taken_port(host: str, port: int, setting: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"{host}:{port}: không dùng được ({error.strerror}). Canh đã chạy rồi chăng? Hoặc đổi {setting}.\n"
                f"{host}:{port}: cannot be used ({error.strerror}). Is Canh running already? Or change {setting}.", 2
            ) from error  # fmt: skip


def _kind_of_installation(no_drill: bool) -> bool:
    from canh.accounts.queries import is_empty
    from canh.sites.queries import open_sites

    is_drill = setting_up.settle_kind(not no_drill and is_empty() and not open_sites().exists())
    if is_drill and no_drill:
        raise Refused(
            f"{paths.data_root()}: đây là dữ liệu diễn tập. Dùng thật: canh up --no-drill --data THƯ-MỤC-KHÁC\n"
            f"{paths.data_root()}: this is demonstration data. For real use: canh up --no-drill --data ANOTHER-FOLDER",
            2,
        )
    return is_drill


def _seed() -> None:
    from canh.drill.seed import seed_ward

    with _step("Phường mẫu sẵn sàng", "the ready ward"):
        seed_ward()


def _run(workers: dict[str, list[str]], is_drill: bool) -> int:
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    supervisor = Supervisor(workers)
    host = "127.0.0.1" if settings.CANH_HOST in net.ANY else settings.CANH_HOST
    with supervisor:
        try:
            with _step("Các tiến trình đã chạy", "processes are up"):
                supervisor.wait_until_ready(host, settings.CANH_PORT)
        except CannotStart as error:
            raise Refused(f"✗ Không khởi động được · cannot start: {error}", 2) from error
        say()
        say(f"  Bàn trực · console    http://{host}:{settings.CANH_PORT}")
        say(f"  Tủ báo động · panels  {settings.CANH_DC09_HOST}:{settings.CANH_DC09_PORT}  (SIA DC-09, TCP + UDP)")
        say(f"  Dữ liệu · data        {paths.data_root()}")
        if is_drill:
            say("  Dữ liệu diễn tập; bản thật: canh up --no-drill --data THƯ-MỤC-KHÁC")
            say("  Demonstration data; for real use: canh up --no-drill --data ANOTHER-FOLDER")
        say("  Dừng · stop: Ctrl+C")
        return supervisor.watch()
