"""A GSM modem on a pseudo-terminal, well enough that the real libgammu believes in it.

It speaks the AT commands of 3GPP TS 27.005 and 27.007 that gammu asks for, keeps messages as PDUs on a SIM of a
few places, and can be unplugged, fall silent, lose its network and fill up. It holds no word of Canh.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

ENDS = re.compile(rb"[\r\x1a\x1b]")


class Modem:
    """`device` is the path a program opens; it outlives unplugging, as /dev/serial/by-id does."""

    def __init__(self, folder: Path, places: int = 10) -> None:
        self.device, self.places = folder / "modem", places
        self.sim: dict[int, str] = {}
        """Place -> PDU in hex."""
        self.log: list[str] = []
        self.network, self.signal = 1, 20
        """`+CREG`: 0 not searching, 1 home, 2 searching, 3 denied; `+CSQ`: 0 to 31, 99 unknown."""
        self.pin = "READY"
        self.is_silent = False
        self.on_delete: Callable[[int], object] | None = None
        """Told before a place is deleted; False: it is not."""
        self.sent: list[str] = []
        """PDUs that went into the network."""
        self.refusal = ""
        """What the network says instead of taking one, as `+CMS ERROR: 38`."""
        self.sending_s = 0.0
        self._is_sending = False
        self._master = -1
        self._thread: threading.Thread | None = None
        self.plug()

    # -- the world

    def plug(self) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self._slave = slave  # kept open: else a read fails while nobody has the device
        self.device.unlink(missing_ok=True)
        self.device.symlink_to(os.ttyname(slave))
        self._thread = threading.Thread(target=self._run, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self.device.unlink(missing_ok=True)
        os.close(self._slave)
        master, self._master = self._master, -1
        os.close(master)

    def receive(self, *pdus: str) -> None:
        """Messages from the network; lost when the SIM is full, as in life (the network keeps and repeats them)."""
        for pdu in pdus:
            free = next((place for place in range(1, self.places + 1) if place not in self.sim), None)
            assert free is not None, "the SIM is full"
            self.sim[free] = pdu

    def close(self) -> None:
        if self._master >= 0:
            self.unplug()

    # -- the wire

    def _run(self, master: int) -> None:
        waiting = b""
        with contextlib.suppress(OSError):  # unplugged
            while True:
                waiting += os.read(master, 4096)
                while found := ENDS.search(waiting):
                    line, waiting = waiting[: found.start()], waiting[found.end() :]
                    self._hear(master, line.decode("latin-1").strip())

    def _hear(self, master: int, line: str) -> None:
        if not line:
            return
        self.log.append(line)
        while self.is_silent:
            time.sleep(0.05)
            os.fstat(master)
        if line.startswith("AT+CMGS="):
            self._is_sending = True
            os.write(master, f"{line}\r\r\n> ".encode("latin-1"))
            return
        answer = self._take(line) if self._is_sending else self._answer(line)
        os.write(master, f"{line}\r\r\n{answer}\r\n".encode("latin-1"))

    def _take(self, pdu: str) -> str:
        """A message into the network."""
        self._is_sending = False
        time.sleep(self.sending_s)
        if self.refusal:
            return self.refusal
        self.sent.append(pdu)
        return f"+CMGS: {len(self.sent)}\r\n\r\nOK"

    def _answer(self, line: str) -> str:
        for form, reply in _FORMS:
            if found := re.fullmatch(form, line):
                said = reply(self, *found.groups())
                return said if said == "OK" or "ERROR" in said else f"{said}\r\n\r\nOK"
        return "ERROR"

    # -- answers

    def storage(self) -> str:
        used = len(self.sim)
        return ",".join([f"{used},{self.places}"] * 3)

    def listed(self) -> str:
        return (
            "\r\n".join(f"+CMGL: {place},1,,{_length(pdu)}\r\n{pdu}" for place, pdu in sorted(self.sim.items())) or "OK"
        )

    def read(self, place: str) -> str:
        pdu = self.sim.get(int(place))
        return f"+CMGR: 1,,{_length(pdu)}\r\n{pdu}" if pdu else "+CMS ERROR: 321"

    def delete(self, place: str) -> str:
        if self.on_delete and self.on_delete(int(place)) is False:
            return "+CMS ERROR: 500"
        return "OK" if self.sim.pop(int(place), None) else "+CMS ERROR: 321"


def _length(pdu: str) -> int:
    """Octets after the address of the service centre."""
    return len(pdu) // 2 - 1 - int(pdu[:2], 16)


_FORMS: list[tuple[str, Callable[..., str]]] = [
    (r"AT\+CGMI", lambda _m: "SIMCOM_Ltd"),
    (r"AT\+CGMM", lambda _m: "SIMCOM_SIM800C"),
    (r"AT\+CGMR", lambda _m: "Revision:1418B04SIM800C24"),
    (r"AT\+CGSN", lambda _m: "352099001761481"),
    (r"AT\+CSCS\?", lambda _m: '+CSCS: "GSM"'),
    (r"AT\+CSCS=\?", lambda _m: '+CSCS: ("IRA","GSM","UCS2")'),
    (r"AT\+CMGF=\?", lambda _m: "+CMGF: (0,1)"),
    (r"AT\+CMGF\?", lambda _m: "+CMGF: 0"),
    (r"AT\+CSCA\?", lambda _m: '+CSCA: "+84980200030",145'),
    (r"AT\+CPIN\?", lambda m: f"+CPIN: {m.pin}"),
    (r"AT\+CNMI=\?", lambda _m: "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)"),
    (r"AT\+CNMI\?", lambda _m: "+CNMI: 2,1,0,0,0"),
    (r"AT\+CSMS\?", lambda _m: "+CSMS: 0,1,1,1"),
    (r"AT\+CPMS=\?", lambda _m: '+CPMS: ("SM"),("SM"),("SM")'),
    (r"AT\+CPMS\?", lambda m: "+CPMS: " + ",".join(f'"SM",{len(m.sim)},{m.places}' for _ in range(3))),
    (r'AT\+CPMS="SM".*', lambda m: f"+CPMS: {m.storage()}"),
    (r"AT\+CMGL=[0-4]", Modem.listed),
    (r"AT\+CMGR=(\d+)", Modem.read),
    (r"AT\+CMGD=(\d+)(?:,0)?", Modem.delete),
    (r"AT\+CSQ", lambda m: f"+CSQ: {m.signal},99"),
    (r"AT\+CREG\?", lambda m: f'+CREG: 2,{m.network},"00D5","09F1"'),
    (r"AT\+CGREG\?", lambda m: f'+CGREG: 2,{m.network},"00D5","09F1"'),
    (r"AT\+CGATT\?", lambda m: f"+CGATT: {int(m.network == 1)}"),
    (r"AT\+CFUN\?", lambda _m: "+CFUN: 1"),
    (r"AT\+COPS\?", lambda _m: '+COPS: 0,2,"45201"'),
    (
        r"AT|ATE[01]|AT\+CMEE=\d|AT\+CMGF=\d|AT\+CSCS=.*|AT\+CNMI=[^?].*|AT\+CG?REG=\d|AT\+COPS=3,\d|AT\+CSMS=\d|AT\+CFUN=1|AT\^CURC=0",
        lambda _m: "OK",
    ),
]
