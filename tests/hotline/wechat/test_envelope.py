"""Envelopes: whatever strangers send, nothing crashes, nothing is resolved, memory is bounded."""

import contextlib
import tracemalloc
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from hotline.channel.wechat import envelope
from hotline.channel.wechat.envelope import BODY_LIMIT, EnvelopeError, cdata, read
from hotline.channel.wechat.incoming import understand
from hotline.consultation.models import Message
from hotline.dependencies import Parts
from kit.clock import FixedClock
from tests.hotline.conftest import NOON
from tests.hotline.wechat import pushes

SECRET_FILE = "file:///etc/hostname"
ATTACKS = {
    "billion laughs": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (ord("b") + n, b"&%c;" % (ord("a") + n) * 10) for n in range(9)
    )
    + b"]><xml><Content>&j;</Content></xml>",
    "quadratic": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 30_000 + b'">]><xml><C>' + b"&a;" * 5000
    + b"</C></xml>",
    "external entity": f'<!DOCTYPE x [<!ENTITY a SYSTEM "{SECRET_FILE}">]><xml><C>&a;</C></xml>'
    .encode(),
    "external dtd": f'<!DOCTYPE x SYSTEM "{SECRET_FILE}"><xml><C>a</C></xml>'.encode(),
    "one harmless entity": b'<!DOCTYPE x [<!ENTITY a "a">]><xml><C>&a;</C></xml>',
    "deep": b"<a>" * 200 + b"</a>" * 200,
    "wide": b"<xml>" + b"".join(b"<a%d/>" % n for n in range(3000)) + b"</xml>",
    "deep JSON": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "wide JSON": b"{" + b",".join(b'"a%d":1' % n for n in range(3000)) + b"}",
    "JSON list": b"[1]",
    "JSON surrogate": b'{"Content":"\\ud800"}',
    "huge number": b'{"MsgId":' + b"9" * 5000 + b"}",
    "utf-16": "<xml><C>a</C></xml>".encode("utf-16"),
    "latin-1": b"<xml><C>\xe9</C></xml>",
    "nothing": b"",
    "half": b"<xml><C>",
    "too large": b"<xml><C>" + b"a" * BODY_LIMIT + b"</C></xml>",
}  # fmt: skip


def good(openid: str = "oFuzz", now: datetime = NOON) -> bytes:
    return pushes.xml(pushes.text_fields(openid, "借钱不还", 1, now))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name: str) -> None:
    with pytest.raises(EnvelopeError):
        read(ATTACKS[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_a_signed_attack_gets_a_plain_error_and_leaves_nothing(
    client: TestClient, clock: FixedClock, parts: Parts, name: str
) -> None:
    push = pushes.plain(ATTACKS[name], clock.now())
    answer = client.post("/wechat", params=push.query, content=push.body)
    assert answer.status_code == 400
    aes = {**push.query, "encrypt_type": "aes", "msg_signature": "0" * 40}
    assert client.post("/wechat", params=aes, content=push.body).status_code == 400
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_declared_entity_of_xml_itself_is_read() -> None:
    assert read(b"<xml><C>a &lt;b&gt; &amp; &#20013;</C></xml>") == {"C": "a <b> & 中"}


@given(st.text())
def test_any_text_survives_cdata(text: str) -> None:
    kept = envelope._NOT_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    assert read(f"<xml><C>{cdata(text)}</C><D/></xml>".encode()) == {"C": kept.strip(), "D": ""}


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "repeat", "splice"]),
        st.integers(min_value=0, max_value=10_000),
        st.binary(min_size=1, max_size=24)
        | st.sampled_from(
            [b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"]]>", b"<![CDATA[", b"&a;", b"{", b"\x00"]
        ),
    ),
    min_size=1,
    max_size=6,
)


def mutate(body: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    for how, place, extra in changes:
        at = place % (len(body) + 1)
        if how == "flip":
            body = body[:at] + bytes([extra[0]]) + body[at + 1 :]
        elif how == "cut":
            body = body[:at] + body[at + len(extra) :]
        elif how == "insert":
            body = body[:at] + extra + body[at:]
        elif how == "repeat":
            body = body[:at] + body[at : at + 40] * (1 + extra[0] % 16) + body[at:]
        else:
            body = body[at:] + body[:at]
    return body


STARTS = st.sampled_from(
    [
        good(),
        pushes.xml(pushes.event_fields("oFuzz", "subscribe", NOON, EventKey="")),
        b'{"ToUserName":"gh_1","FromUserName":"oFuzz","MsgType":"text","Content":"a","MsgId":1}',
        *[body for body in ATTACKS.values() if len(body) < 2000],
    ]
)


@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(STARTS, MUTATIONS)
def test_ten_thousand_mutated_bodies_are_understood_or_refused(
    start: bytes, changes: list[tuple[str, int, bytes]]
) -> None:
    body = mutate(start, changes)
    try:
        fields = read(body)
        understand(fields)
    except EnvelopeError:
        return
    # Nobody's entity was put in: what is read is no longer than what came.
    assert sum(map(len, fields.values())) <= len(body)


def test_the_memory_that_a_body_takes_is_bounded() -> None:
    tracemalloc.start()
    for body in [*ATTACKS.values(), good() * 200, b"<xml><C>" + b"&lt;" * 16_000 + b"</C></xml>"]:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with contextlib.suppress(EnvelopeError):
            read(body)
        assert tracemalloc.get_traced_memory()[1] - before < 4 * 2**20
    tracemalloc.stop()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=MUTATIONS, sealed=st.booleans())
def test_a_mutated_push_is_403_or_a_plain_error_or_answered(
    client: TestClient, clock: FixedClock, changes: list[tuple[str, int, bytes]], sealed: bool
) -> None:
    now = clock.now()
    fields = pushes.text_fields("oFuzz", "借钱不还", 1, now)
    push = pushes.sealed(fields, now) if sealed else pushes.plain(pushes.xml(fields), now)
    answer = client.post("/wechat", params=push.query, content=mutate(push.body, changes))
    assert answer.status_code in (200, 400, 403)
