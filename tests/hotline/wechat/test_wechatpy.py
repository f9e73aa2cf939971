"""Cross-check with wechatpy: what one side signs, encrypts or writes, the other side reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

from hotline.channel.wechat import envelope
from hotline.channel.wechat.crypto import CryptoError, Key, Keyring, decode_key
from hotline.channel.wechat.signature import sign
from tests.hotline.conftest import NOON
from tests.hotline.wechat import pushes

TIMESTAMP = str(int(NOON.timestamp()))
KEY = Key(decode_key(pushes.AES_KEY))
RING = Keyring(pushes.APP_ID, (KEY,))
# What WeChat's fields hold: no control characters, and nothing that strip() takes off.
WORDS = st.text(
    st.characters(exclude_categories=("C",), include_characters="\n😀]<>&"), min_size=1
).map(str.strip)
THEIRS = WeChatCrypto(pushes.TOKEN, pushes.AES_KEY, pushes.APP_ID)


@given(st.text("abcXYZ019", min_size=3, max_size=32), st.integers(0, 10**12), st.integers(0, 10**9))
def test_the_plain_signature_is_theirs(token: str, timestamp: int, nonce: int) -> None:
    shown = sign(token, str(timestamp), str(nonce))
    check_signature(token, shown, str(timestamp), str(nonce))
    with pytest.raises(InvalidSignatureException):
        check_signature(token, shown, str(timestamp), str(nonce + 1))


def test_the_vector_that_tencent_publishes_holds_for_both() -> None:
    published = "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    check_signature("AAAAA", published, "1714037059", "486452656")
    assert sign("AAAAA", "1714037059", "486452656") == published


@given(WORDS)
def test_what_we_encrypt_they_read(text: str) -> None:
    fields = pushes.text_fields("oX", text, 1, NOON)
    push = pushes.sealed(fields, NOON)
    read = THEIRS.decrypt_message(
        push.body, push.query["msg_signature"], push.query["timestamp"], push.query["nonce"]
    )
    message = parse_message(read)
    # An empty text is None to them.
    assert (message.content or "").strip() == text
    assert message.source == "oX"
    assert message.id == 1


@given(WORDS)
def test_what_they_encrypt_we_read(text: str) -> None:
    # They do not split "]]>" in CDATA, so it would break their XML before we see it.
    text = text.replace("]]>", "")
    reply = TextReply(source=pushes.ACCOUNT, target="oX", content=text).render()
    sealed = envelope.read(THEIRS.encrypt_message(reply, "nonce", TIMESTAMP).encode())
    assert sealed["MsgSignature"] == sign(pushes.TOKEN, TIMESTAMP, "nonce", sealed["Encrypt"])
    opened, key = RING.decrypt(sealed["Encrypt"])
    assert key is KEY
    assert envelope.read(opened)["Content"] == text.strip()


@pytest.mark.parametrize("length", range(65))
def test_every_length_of_padding_is_read_both_ways(length: int) -> None:
    text = "a" * length
    ours = KEY.encrypt(text.encode(), pushes.APP_ID)
    signature = sign(pushes.TOKEN, TIMESTAMP, "n", ours)
    outer = f"<xml><Encrypt>{ours}</Encrypt></xml>"
    assert THEIRS.decrypt_message(outer, signature, TIMESTAMP, "n") == text
    sealed = envelope.read(THEIRS.encrypt_message(text, "n", TIMESTAMP).encode())
    assert RING.decrypt(sealed["Encrypt"])[0].decode() == text


def test_another_account_is_refused_by_both() -> None:
    other = KEY.encrypt(b"<xml/>", "wx0000000000000000")
    signature = sign(pushes.TOKEN, TIMESTAMP, "n", other)
    with pytest.raises(CryptoError):
        RING.decrypt(other)
    with pytest.raises(InvalidAppIdException):
        THEIRS.decrypt_message(f"<xml><Encrypt>{other}</Encrypt></xml>", signature, TIMESTAMP, "n")
