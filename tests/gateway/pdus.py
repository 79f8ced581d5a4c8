"""Text messages as they lie on a SIM: SMS-DELIVER PDUs made by other people's encoder.

Encoded with python-gsmmodem-new 0.13 (SMS-SUBMIT with an absolute validity, of which the reference octet was taken
out: from there on a DELIVER has the same fields), and read back with smspdudecoder 2.0. Neither is needed to test.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

PANEL, STRANGER = "+84901234567", "+84987654321"
VIETNAM = timezone(timedelta(hours=7))

# name: (sender, text, PDU of each part)
GOLDEN: dict[str, tuple[str, str, list[str]]] = {
    "zone": (
        "+84901234567",
        "Zone 03 alarm",
        [
            "07914889200030F0040B914809214365F70000621152603001820DDAB7BB0C82CD40617658DE06",
        ],
    ),
    "vung": (
        "+84901234567",
        "Bao dong vung 3",
        [
            "07914889200030F0040B914809214365F70000621152603001820FC2F01B447EBBCF207BDD7D06CD00",
        ],
    ),
    "accents": (
        "+84901234567",
        "Báo động vùng 3",
        [
            (
                "07914889200030F0040B914809214365F70008621152603001821E004200E1006F002001111ED9006E00670020"
                "007600F9006E006700200033"
            ),
        ],
    ),
    "sos": (
        "0901234567",
        "SOS",
        [
            "07914889200030F0040AA1901032547600006211526030018203D3E714",
        ],
    ),
    "mains": (
        "+84901234567",
        "AC power lost",
        [
            "07914889200030F0040B914809214365F70000621152603001820DC12108FEBE97E520F67B4E07",
        ],
    ),
    "restored": (
        "+84901234567",
        "Zone 3 alarm restored",
        [
            "07914889200030F0040B914809214365F700006211526030018215DAB7BB0C9A81C2ECB0BC0D9297E7F4B7BC4C06",
        ],
    ),
    "odd": (
        "+84901234567",
        "Con meo @ {nha} [so 5] €",
        [
            (
                "07914889200030F0040B914809214365F70000621152603001821DC3B71BD42EBF4100D006E546873729D08637"
                "7F836A1B1F685306"
            ),
        ],
    ),
    "short": (
        "191",
        "Quy khach da su dung het 80% dung luong",
        [
            (
                "07914889200030F00403A191F100006211526030018227D17A1EB44687C76810390C9AD741E4BAFB0C4297E920"
                "1CAC0422D7DD6710BBFE769F01"
            ),
        ],
    ),
    "stranger": (
        "+84987654321",
        "SOS alarm! Quay 2",
        [
            "07914889200030F0040B914889674523F100006211526030018211D3E714146687E5ED10285A0FE74132",
        ],
    ),
    "long": (
        "+84901234567",
        (
            "Trụ sở: Quỹ tín dụng nhân dân Phú Thượng, số 5 phố Phú Thượng, phường Phú Thượng. Báo động"
            " vùng 3, cảm biến hồng ngoại kho quỹ"
        ),
        [
            (
                "07914889200030F0440B914809214365F70008621152603001828C050003070201005400721EE5002000731EDF"
                "003A0020005100751EF90020007400ED006E002000641EE5006E00670020006E006800E2006E0020006400E200"
                "6E00200050006800FA00200054006801B01EE3006E0067002C002000731ED1002000350020007000681ED10020"
                "0050006800FA00200054006801B01EE3006E0067002C00200070006801B01EDD"
            ),
            (
                "07914889200030F0440B914809214365F70008621152603001827C050003070202006E006700200050006800FA"
                "00200054006801B01EE3006E0067002E0020004200E1006F002001111ED9006E00670020007600F9006E006700"
                "200033002C002000631EA3006D0020006200691EBF006E002000681ED3006E00670020006E0067006F1EA10069"
                "0020006B0068006F0020007100751EF9"
            ),
        ],
    ),
    "long7": (
        "+84901234567",
        (
            "Quy tin dung nhan dan Phu Thuong, so 5 pho Phu Thuong, phuong Phu Thuong, thanh pho Ha Noi"
            ". Quy tin dung nhan dan Phu Thuong, so 5 pho Phu Thuong, phuong Phu Thuong, thanh pho Ha N"
            "oi. Bao dong vung 12, nut khan quay 2"
        ),
        [
            (
                "07914889200030F0440B914809214365F7000062115260300182A0050003090201A2F53C889E7683C875F719E4"
                "4687DD2072D80D82A2EB202ABAFE769F59A0F91B5403C1D16F10145D0751D1F5B7FBCC02C1D1F5B7FB0C82A2EB"
                "202ABAFE769F59203A3AEC4683E0E83708190639DF6917285ACF83E86937885C779F416E74D80D2287DD2028BA"
                "0EA2A2EB6FF799059ABF4135101CFD0641D17510155D7FBBCF2C101C5D7FBBCF"
            ),
            (
                "07914889200030F0440B914809214365F7000062115260300182470500030902024050741D4445D7DFEE330B44"
                "4787DD68101CFD0621C320E73BED0209C36F10F9ED3E83EC75F7191493B140EE3A1DB44687DDA0783D9C07C900"
            ),
        ],
    ),
}


def pdus(name: str, at: datetime | None = None) -> list[str]:
    """The parts of a message, as sent by the service centre at this moment (now)."""
    moment = (at or datetime.now(VIETNAM)).astimezone(VIETNAM)
    return [_stamped(pdu, moment) for pdu in GOLDEN[name][2]]


def _stamped(pdu: str, moment: datetime) -> str:
    """Service centre, first octet, sender, PID, DCS; then seven octets of time, digits swapped in pairs."""
    octets = bytes.fromhex(pdu)
    sender = octets[0] + 2
    begin = sender + 2 + (octets[sender] + 1) // 2 + 2
    digits = f"{moment:%y%m%d%H%M%S}{7 * 4:02d}"
    swapped = "".join(digits[i + 1] + digits[i] for i in range(0, 14, 2))
    return (octets[:begin] + bytes.fromhex(swapped) + octets[begin + 7 :]).hex().upper()
