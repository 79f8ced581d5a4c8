"""AES of DC-09."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from my_dc09_spt.msg.dc09_msg import dc09_msg

from canh.gateway.sia import crypt
from tests.gateway.panel import cipher

KEYS = [bytes(range(16)), bytes(range(24)), bytes(range(32))]
MESSAGE = b"#1234|NBA3]_10:00:00,11-23-2026"


@pytest.mark.parametrize("key", KEYS)
@given(text=st.text(st.characters(min_codepoint=32, exclude_characters="]\x7f", exclude_categories=["Cs", "Cc"])))
def test_there_and_back(key: bytes, text: str) -> None:
    plain = f"#1234|N{text}]_10:00:00,11-23-2026".encode()
    assert crypt.decrypt(key, crypt.encrypt(key, plain)) == (plain, "")


@given(st.binary(max_size=200))
def test_pad_is_16_to_31_bytes_without_marks(plain: bytes) -> None:
    worker = cipher(KEYS[0]).decryptor()
    pad, bar, rest = (
        worker.update(bytes.fromhex(crypt.encrypt(KEYS[0], plain).decode())) + worker.finalize()
    ).partition(b"|")
    assert (bar, rest) == (b"|", plain)
    assert 16 <= len(pad) <= 31
    assert not set(pad) & set(b"|[]")


def test_equal_messages_do_not_look_equal() -> None:
    assert crypt.encrypt(KEYS[0], MESSAGE)[:32] != crypt.encrypt(KEYS[0], MESSAGE)[:32]


def test_hex_in_either_case() -> None:
    hexed = crypt.encrypt(KEYS[1], MESSAGE)
    assert crypt.decrypt(KEYS[1], hexed.lower()) == crypt.decrypt(KEYS[1], hexed.upper()) == (MESSAGE, "")


@pytest.mark.parametrize("key", [KEYS[0], KEYS[2]])
def test_reads_what_an_independent_dialler_encrypts(key: bytes) -> None:
    hexed = dc09_msg("1234", key).dc09crypt("|#1234|NRP0]").hex().encode()
    assert crypt.decrypt(key, hexed)[0].startswith(b"#1234|NRP0]_")


@pytest.mark.parametrize("right", KEYS)
def test_wrong_key_is_noticed_every_time(right: bytes) -> None:
    for turn in range(200):
        hexed = crypt.encrypt(right, MESSAGE)
        wrong = bytes([turn + 1]) * len(right)
        with pytest.raises(crypt.CannotDecrypt):
            crypt.decrypt(wrong, hexed)


@pytest.mark.parametrize("hexed", [b"", b"xyz", b"AB", b"0" * 31, b"00" * 17, b"zz" * 16, b"\xff" * 32])
def test_what_is_no_ciphertext(hexed: bytes) -> None:
    with pytest.raises(crypt.CannotDecrypt):
        crypt.decrypt(KEYS[0], hexed)


def test_message_without_time_stamp_is_still_read() -> None:
    plain = "#1|NBA3^Cửa sau^]".encode()
    assert crypt.decrypt(KEYS[0], crypt.encrypt(KEYS[0], plain)) == (plain, "")
