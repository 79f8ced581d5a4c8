"""Making an evidence pack: sections, manifest, signature; then its bytes, a chunk at a time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from canh.audit import queries as audit
from canh.console.evidence.sections import SECTIONS
from canh.evidence_verify import fingerprint
from canh.incidents import actions_evidence, pack
from canh.incidents.models import Incident
from canh.kit import clock, crypto, paths
from canh.kit.ids import node_number

VERIFY = """Gói chứng cứ của Canh · Evidence pack of Canh

TIẾNG VIỆT
1. Lấy công cụ kiểm tra từ bản phát hành của Canh, không lấy từ người đưa gói này: canh-evidence verify TỆP
   Gói cố ý không kèm công cụ: ai làm giả gói cũng sẽ làm giả công cụ đi cùng.
2. Gọi điện cho đơn vị đã xuất gói, theo số bạn tự tìm, và so dấu vân tay của khóa:
   {fingerprint}
3. Không có công cụ thì kiểm tra bằng tay, sau khi giải nén:
   base64 -d signature.txt > signature.bin
   openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in manifest.json -sigfile signature.bin
   Rồi so sha256sum của từng tệp với manifest.json. Tệp nào không có trong manifest.json là tệp thừa.

ENGLISH
1. Take the checker from a release of Canh, not from whoever gave you this pack: canh-evidence verify FILE
   The pack does not bring the checker on purpose: who forges a pack forges the checker beside it.
2. Telephone the unit that exported it, on a number you found yourself, and compare the fingerprint of the key:
   {fingerprint}
3. Without the checker, by hand, after unpacking:
   base64 -d signature.txt > signature.bin
   openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in manifest.json -sigfile signature.bin
   Then compare sha256sum of every file with manifest.json. A file that manifest.json does not name is extra.
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A pack that is ready to be written; no file of evidence is in memory."""

    name: str
    length: int
    members: list[pack.Member]

    def chunks(self) -> Iterator[bytes]:
        return pack.written(self.members)


def make(case: Incident, user_id: int | None, by: str) -> Made:
    """Measure, sign, and note in the audit that it leaves. Raises pack.TooLarge."""
    content, key = pack.Content(), crypto.public_key()
    for section in SECTIONS:
        section(case, content)
    pem = Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    content.members.append(pack.member_of("public-key.pem", pem))
    content.members.append(pack.member_of("VERIFY.txt", VERIFY.format(fingerprint=fingerprint(key)).encode()))
    manifest = pack.manifest_of(_facts(case, key, by), content)
    signature = base64.b64encode(crypto.sign(manifest)) + b"\n"
    members = pack.assembled(manifest, signature, content)
    actions_evidence.note_export(case, user_id, hashlib.sha256(manifest).hexdigest())
    return Made(f"canh-evidence-{case.label}.zip", pack.length_of(members), members)


def _facts(case: Incident, key: bytes, by: str) -> dict[str, Any]:
    head = audit.last_head()
    return {
        "installation": {"node": node_number(), "drill": _is_drill()},
        "case": case.label, "case_id": str(case.id), "site": {"id": str(case.site_id), "name": case.site.name},
        "exported_at": timezone.localtime(clock.now()).isoformat(), "exported_by": by, "public_key": key.hex(),
        "audit_head": json.loads(audit.head_text(head)) if head else None,
    }  # fmt: skip


def _is_drill() -> bool:
    try:
        return json.loads((paths.data_root() / "installation.json").read_text(encoding="utf-8")).get("drill") is True
    except (OSError, ValueError):
        return False
