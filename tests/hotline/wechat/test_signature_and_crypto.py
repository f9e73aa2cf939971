"""Signatures and encryption, against vectors that others made."""

import base64
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from hotline.channel.wechat import envelope
from hotline.channel.wechat.crypto import CryptoError, Key, Keyring, decode_key
from hotline.channel.wechat.signature import is_fresh, matches, sign
from tests.hotline.conftest import NOON
from tests.hotline.wechat.pushes import AES_KEY, APP_ID, OLD_AES_KEY

KEY, OLD = Key(decode_key(AES_KEY)), Key(decode_key(OLD_AES_KEY))
# From the test-suites of wechatpy and of others who implemented Tencent's scheme.
ECHO = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
# The push in the sample that Tencent publishes with its crypto; the tests of many projects hold it,
# with equal values.
TENCENTS_APP_ID = "wx2c2769f8efd9abc2"
TENCENTS_PUSH = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6"
    "F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T33"
    "2jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCg"
    "avjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6Oewp"
    "usjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
TEST_FOR_RUST = "9s4gMv99m88kKTh/H8IdkNiFGeG9pd7vNWl50fGRWXY="


def test_the_signature_is_the_one_that_tencent_publishes() -> None:
    published = "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert sign("AAAAA", "1714037059", "486452656") == published
    assert matches(published, "486452656", "AAAAA", "1714037059")
    assert not matches(published, "AAAAA", "1714037059", "486452657")
    assert not matches("", "AAAAA", "1714037059", "486452656")
    assert not matches("é" * 40, "AAAAA", "1714037059", "486452656")


def test_the_signature_over_a_ciphertext_is_the_one_that_wechatpy_holds() -> None:
    assert matches(
        "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96", "123456", "1411443780", "437374425", ECHO
    )


def test_the_push_that_tencent_publishes_is_read() -> None:
    signature = "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
    assert sign("spamtest", "1409735669", "1320562132", TENCENTS_PUSH) == signature
    text, key = Keyring(TENCENTS_APP_ID, (KEY, OLD)).decrypt(TENCENTS_PUSH)
    assert key is OLD
    assert envelope.read(text) == {
        "ToUserName": "gh_10f6c3c3ac5a",
        "FromUserName": "oyORnuP8q7ou2gfYjqLzSIWZf0rs",
        "CreateTime": "1409735668",
        "MsgType": "text",
        "Content": "abcdteT",
        "MsgId": "6054768590064713728",
    }


def test_what_others_encrypted_is_read() -> None:
    assert KEY.decrypt(base64.b64decode(TEST_FOR_RUST), "rust") == b"test"
    text, key = Keyring(APP_ID, (OLD, KEY)).decrypt(ECHO)
    assert text.isdigit()
    assert key is KEY


@pytest.mark.parametrize(
    ("timestamp", "fresh"),
    [("0", True), ("299", True), ("-299", True), ("301", False), ("-301", False)],
)
def test_a_stale_timestamp_is_refused(timestamp: str, fresh: bool) -> None:
    assert is_fresh(str(int(NOON.timestamp()) + int(timestamp)), NOON) is fresh


@pytest.mark.parametrize("timestamp", ["", "x", "１２３", "9" * 13, "-1", "1e9"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    assert not is_fresh(timestamp, NOON)


@given(st.binary(max_size=300))
def test_what_is_encrypted_is_decrypted_and_only_for_the_same_account(text: bytes) -> None:
    sealed = KEY.encrypt(text, APP_ID)
    assert Keyring(APP_ID, (KEY,)).decrypt(sealed) == (text, KEY)
    with pytest.raises(CryptoError):
        Keyring("wx0000000000000000", (KEY,)).decrypt(sealed)
    assert len(base64.b64decode(sealed)) % 32 == 0


def test_the_key_before_the_rotation_is_tried_and_replied_with() -> None:
    text, key = Keyring(APP_ID, (KEY, OLD)).decrypt(OLD.encrypt(b"old", APP_ID))
    assert text == b"old"
    assert key is OLD


@given(st.binary(max_size=200))
def test_no_ciphertext_of_a_stranger_is_taken(sealed: bytes) -> None:
    with pytest.raises(CryptoError):
        Keyring(APP_ID, (KEY, OLD)).decrypt(base64.b64encode(sealed).decode())


@pytest.mark.parametrize("tail", [b"\x00", b"\x21", b"\x01\x02\x03\x04\x04\x04", b"\x05" * 4])
def test_wrong_padding_is_refused(tail: bytes) -> None:
    plain = b"r" * 16 + struct.pack(">I", 2) + b"hi" + APP_ID.encode()
    plain += b"\x07" * (-(len(plain) + len(tail)) % 16) + tail
    encryptor = Cipher(AES(KEY.raw), CBC(KEY.raw[:16])).encryptor()
    with pytest.raises(CryptoError):
        KEY.decrypt(encryptor.update(plain) + encryptor.finalize(), APP_ID)


def test_a_length_beyond_the_text_is_refused() -> None:
    plain = b"r" * 16 + struct.pack(">I", 2**32 - 1) + b"hi" + APP_ID.encode()
    fill = 32 - len(plain) % 32
    encryptor = Cipher(AES(KEY.raw), CBC(KEY.raw[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
    with pytest.raises(CryptoError):
        KEY.decrypt(sealed, APP_ID)


@pytest.mark.parametrize("encrypted", ["", "a", "%%%%", "AAAA", "é"])
def test_what_is_no_base64_of_whole_blocks_is_refused(encrypted: str) -> None:
    with pytest.raises(CryptoError):
        Keyring(APP_ID, (KEY,)).decrypt(encrypted)


@pytest.mark.parametrize("key", ["", "short", "*" * 43, "a" * 44])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(CryptoError):
        decode_key(key)
