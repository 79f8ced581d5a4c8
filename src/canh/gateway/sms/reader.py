"""The process that speaks with the modem. A program of its own: it imports nothing of Canh, only gammu.

    python -I reader.py /dev/ttyUSB0

gammu blocks, for minutes when a modem hangs, and a fault in its C code ends the process it is in; here it can be
killed and started again while the gateway goes on. Each turn it writes one line of JSON: everything that lies on
the SIM, and how the modem is. It deletes only what it is told to, by place and mark, after looking again; and it
sends what it is told to.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import sys
import threading
import time
from typing import Any, NoReturn

TURN_S = 2.0
STATE_EVERY_S = 10.0
NO_GAMMU, NO_MODEM = 3, 4
PLACES_MOST = 500  # looked at in one turn; SIMs have 10 to 50 places, modems up to 255 of their own


def main(device: str) -> NoReturn:
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    try:
        import gammu
    except ImportError as error:
        _end(NO_GAMMU, str(error))
    try:
        os.stat(device)
        modem = gammu.StateMachine()  # it locks the device: a second program is refused
        modem.SetConfig(0, {"Device": device, "Connection": "at115200"})
        modem.Init()
        Reader(gammu, modem, device).run(orders)
    except gammu.GSMError as error:
        _end(NO_MODEM, _words(error))
    except OSError as error:
        _end(NO_MODEM, error.strerror or str(error))
    _exit(0)


class Reader:
    """One open modem."""

    def __init__(self, gammu: Any, modem: Any, device: str) -> None:
        self._gammu, self._modem, self._device = gammu, modem, device
        self._state: dict[str, Any] = {}
        self._state_at = 0.0

    def run(self, orders: queue.SimpleQueue[dict[str, Any]]) -> None:
        """Until told to stop, then the process ends. Raises GSMError and OSError when the modem is gone."""
        while True:
            self._turn()
            until = time.monotonic() + TURN_S
            while (left := until - time.monotonic()) > 0 or not orders.empty():
                try:
                    self._obey(orders.get(timeout=max(left, 0.0)))
                except queue.Empty:
                    break

    def _obey(self, order: dict[str, Any]) -> None:
        if "stop" in order:
            _exit(0)
        if "send" in order:
            self._send(order)
        else:
            self._delete(order["place"], order["mark"])

    def _send(self, order: dict[str, Any]) -> None:
        """One text of one part; the answer is the network's, not the receiver's."""
        coding = "Unicode_No_Compression" if order["is_unicode"] else "Default_No_Compression"
        text = {"Text": order["text"], "Number": order["number"], "SMSC": {"Location": 1}, "Coding": coding}
        why = ""
        try:
            self._modem.SendSMS(text)
        except self._gammu.GSMError as error:
            why = _words(error)
        _say({"sent": order["send"], "why": why})

    def _turn(self) -> None:
        os.stat(self._device)  # gammu takes minutes to notice that it was unplugged
        if time.monotonic() - self._state_at >= STATE_EVERY_S or not self._state_at:
            self._state, self._state_at = self._look(), time.monotonic()
        messages, unreadable = ([], 0) if self._state["pin"] else self._list()
        _say({"messages": messages, "state": {**self._state, "unreadable": unreadable}})

    def _look(self) -> dict[str, Any]:
        modem, ask = self._modem, self._ask
        network, signal = ask(modem.GetNetworkInfo) or {}, ask(modem.GetSignalQuality) or {}
        pin = modem.GetSecurityStatus() or ""
        room = {} if pin else ask(modem.GetSMSStatus) or {}
        return {
            "pin": pin,
            "network": network.get("State", ""), "operator": network.get("NetworkCode", ""),
            "signal": signal.get("SignalPercent", -1),
            "used": room.get("SIMUsed", 0) + room.get("PhoneUsed", 0),
            "size": room.get("SIMSize", 0) + room.get("PhoneSize", 0),
        }  # fmt: skip

    def _ask(self, question: Any) -> Any:
        """None where this modem cannot say."""
        try:
            return question()
        except self._gammu.GSMError:
            return None

    def _list(self) -> tuple[list[dict[str, Any]], int]:
        """What lies on the SIM, and how many places hold something that cannot be read."""
        found: list[dict[str, Any]] = []
        place, unreadable = -1, 0
        words: dict[str, int] = {"Start": True}
        for _ in range(PLACES_MOST):
            try:
                parts = self._modem.GetNextSMS(Folder=0, **words)
            except self._gammu.ERR_EMPTY:
                break
            except self._gammu.ERR_INVALIDLOCATION:  # an empty place, or that of what cannot be read
                place += 1
            except (self._gammu.ERR_CORRUPTED, self._gammu.ERR_UNKNOWN):
                unreadable, place = unreadable + 1, place + 1
            else:
                place = parts[0]["Location"]
                found.extend(_told(part) for part in parts)
            words = {"Location": place}
        return [part for part in found if part["type"] == "Deliver"], unreadable

    def _delete(self, place: int, mark: str) -> None:
        """Only while it is still the same message: a SIM may have been changed, a place used again."""
        try:
            there = [_told(part) for part in self._modem.GetSMS(Folder=0, Location=place)]
        except (self._gammu.ERR_EMPTY, self._gammu.ERR_INVALIDLOCATION):
            return
        if [part["mark"] for part in there] == [mark]:
            self._modem.DeleteSMS(Folder=0, Location=place)


def _told(part: dict[str, Any]) -> dict[str, Any]:
    """A message, or one part of a long one, as JSON."""
    text, header, at = part["Text"], part["UDH"], part["DateTime"]
    told = {
        "type": part["Type"], "number": part["Number"], "center": part["SMSC"]["Number"], "coding": part["Coding"],
        "sent_at": at.isoformat() if at else None,
        "text": _whole(text) if isinstance(text, str) else "", "bytes": text.hex() if isinstance(text, bytes) else "",
        "id": max(header["ID8bit"], header["ID16bit"]), "part": header["PartNumber"], "parts": header["AllParts"],
    }  # fmt: skip
    mark = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    return {**told, "mark": mark, "place": part["Location"]}


def _whole(text: str) -> str:
    """python-gammu reads on behind the end of a text, into chance, for each sign that takes two places (€, [, {)."""
    return text.partition("\0")[0]


def _listen(orders: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Orders, one JSON object a line. When the gateway is gone, so are we, whatever gammu waits for."""
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)


def _words(error: Any) -> str:
    told = error.args[0] if error.args else ""
    return str(told.get("Text", told) if isinstance(told, dict) else told)


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _end(code: int, words: str) -> NoReturn:
    _say({"problem": words})
    _exit(code)


def _exit(code: int) -> NoReturn:
    """At once: closing the modem in good order would wait for one that is gone."""
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
