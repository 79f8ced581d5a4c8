"""The command line: `canh VERB …`. Every verb has a module; it is read only when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from canh import __version__
from canh.config.cli.out import Refused, warn

# verb -> (module, words it takes, help in Vietnamese · English)
VERBS: dict[str, tuple[str, str]] = {
    "up": ("up", "mở bàn trực và mọi tiến trình · start the console and every process"),
    "site": ("register", "trụ sở: add · premises"),
    "panel": ("register", "tủ báo động: add · alarm panels"),
    "import": ("importing", "nhập nhiều trụ sở từ Excel, CSV · import many premises from a file"),
    "user": ("register", "người dùng: add · people"),
    "signal": ("signal", "ghi một tín hiệu từ máy này: send, read · keep a signal of this machine"),
    "signals": ("show", "tín hiệu đã nhận · signals received"),
    "alarms": ("show", "báo động · alarms"),
    "alarm": ("act", "tiếp nhận, kết thúc, giải thích một báo động · acknowledge, close or explain an alarm"),
    "evidence": ("evidence", "gói chứng cứ của vụ việc: export, verify · the evidence pack of a case"),
    "method": ("method", "phương thức, thủ đoạn: list, suggest · methods of criminals"),
    "deadline": ("deadline", "hạn giải quyết một tin báo · by when what must be done about a report"),
    "verify": ("verify", "kiểm tra các chuỗi niêm phong · check the sealed chains"),
    "backup": ("backup", "sao lưu, cả khóa · back up, keys included"),
    "restore": ("backup", "khôi phục bản sao lưu · restore a backup"),
    "bundle": (
        "develop",
        "gom gói cài cho nơi không có mạng · collect packages for a place without a network",
    ),
    "extra": ("extra", "phần thêm: onvif, sms · what is installed only when it is asked for"),
    "gateway": ("processes", "chạy riêng cổng nhận tín hiệu · run only the gateway"),
    "engine": ("processes", "chạy riêng bộ xử lý · run only the engine"),
    "watch": ("processes", "chạy riêng bộ tự giám sát · run only what watches Canh itself"),
    "notify": ("processes", "chạy riêng bộ gọi người · run only what calls people"),
    "web": ("processes", "chạy riêng trang bàn trực · run only the console"),
    "drill": (
        "drill",
        "diễn tập: run, list; không có gì: bản trình diễn · exercises; without a word, the demonstration",
    ),
    "conformance": ("conformance", "thử một bộ thu theo SIA DC-09 · test a receiver against SIA DC-09"),
    "migrate": ("processes", "cập nhật cơ sở dữ liệu · bring the database up to date"),
    "check": ("develop", "kiểm tra mã nguồn · check the source"),
    "test": ("develop", "chạy kiểm thử · run the tests (--all: with Chromium and faults)"),
    "bench": ("develop", "đo hiệu năng · run a bench"),
    "messages": ("messages", "cập nhật bản dịch · bring the translations up to date"),
}


def build_parser() -> argparse.ArgumentParser:
    """The parser of the words before and after the verb."""
    parser = argparse.ArgumentParser(prog="canh", description="Canh — canh giữ trụ sở · keeps watch over premises")
    parser.add_argument("--version", action="version", version=f"canh {__version__}")
    parser.add_argument("--data", metavar="DIR", help="thư mục dữ liệu · data folder (CANH_DATA)")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for verb, (module, words) in VERBS.items():
        sub = verbs.add_parser(verb, help=words, description=words)
        sub.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        if module != "messages":
            import_module(f"canh.config.cli.{module}").arguments(verb, sub)
    verbs.add_parser("help", help="trang này · this page")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. Returns the exit code: 0 done, 1 refused or found wrong, 2 cannot run."""
    parser = build_parser()
    words = parser.parse_args(argv)
    if words.data:
        os.environ["CANH_DATA"] = words.data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canh.config.settings")
    if words.verb in {None, "help"}:
        parser.print_help()
        return 0
    module = import_module(f"canh.config.cli.{VERBS[words.verb][0]}")
    run: Callable[..., int] = getattr(module, "main")  # noqa: B009  # each verb's module has it
    try:
        return run() if words.verb == "messages" else run(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `canh signals | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Refused as refusal:
        warn(str(refusal))
        return refusal.code
    except OSError as error:  # a folder that is not there, cannot be written, a full disk
        warn(f"canh {words.verb}: {error.filename or ''}: {error.strerror or error}")
        return 2
