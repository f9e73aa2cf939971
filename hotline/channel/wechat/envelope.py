"""Envelopes of WeChat's push: XML or JSON in, XML out. Whatever is odd is refused. Pure.

The guards come before any meaning: a cap on the body, no DOCTYPE (so no entity of anybody's), a cap
on depth and on the number of elements. In safe mode the outer envelope must be read before its
signature can be checked, so they count for strangers' bodies too.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

BODY_LIMIT = 64 * 1024
DEPTH_LIMIT = 6
FIELD_LIMIT = 200

# What XML 1.0 allows in a document.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class EnvelopeError(ValueError):
    """The body is no message of WeChat's."""


Fields = dict[str, str]


class _Reader:
    """Collects the direct children of the root; deeper text is joined into the child's path."""

    def __init__(self) -> None:
        self.fields: Fields = {}
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEPTH_LIMIT:
            raise EnvelopeError("nested too deep")
        self._text.clear()

    def end(self, _name: str) -> None:
        if len(self._path) > 1:
            key = ".".join(self._path[1:])
            if key not in self.fields:
                self.fields[key] = "".join(self._text).strip()
            if len(self.fields) > FIELD_LIMIT:
                raise EnvelopeError("too many fields")
        self._text.clear()
        self._path.pop()

    def text(self, data: str) -> None:
        self._text.append(data)


def _refuse(*_: Any) -> None:
    raise EnvelopeError("a document type is not allowed")


def _read_xml(body: bytes) -> Fields:
    reader, parser = _Reader(), expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise EnvelopeError("no XML") from error
    return reader.fields


def _flatten(value: object, path: tuple[str, ...], fields: Fields) -> None:
    if len(path) >= DEPTH_LIMIT:
        raise EnvelopeError("nested too deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            _flatten(inner, (*path, str(name)), fields)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _flatten(inner, (*path, str(number)), fields)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        fields[".".join(path)] = str(value).strip()
    if len(fields) > FIELD_LIMIT:
        raise EnvelopeError("too many fields")


def _read_json(body: bytes) -> Fields:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError("no JSON") from error
    if not isinstance(value, dict):
        raise EnvelopeError("no JSON object")
    fields: Fields = {}
    _flatten(value, (), fields)
    return fields


def read(body: bytes) -> Fields:
    """The fields of a push by name (``ScanCodeInfo.ScanType``). Raises ``EnvelopeError``."""
    if len(body) > BODY_LIMIT:
        raise EnvelopeError("too large")
    try:
        # A byte-order mark would make expat read UTF-16, whatever it is told.
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EnvelopeError("no UTF-8") from error
    fields = _read_json(body) if body.lstrip()[:1] == b"{" else _read_xml(body)
    for value in fields.values():
        # Lone surrogates come in by JSON escapes; no database takes them.
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise EnvelopeError("broken characters")
    return fields


def cdata(text: str) -> str:
    """The text as CDATA: an inner ``]]>`` is split over two sections, what XML forbids is left out.

    >>> cdata("a]]>b")
    '<![CDATA[a]]]]><![CDATA[>b]]>'
    """
    return "<![CDATA[" + _NOT_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(*, to: str, sender: str, at: int, text: str) -> str:
    """A passive text reply; ``at`` in seconds since 1970."""
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def sealed_reply(*, encrypted: str, signature: str, timestamp: str, nonce: str) -> str:
    """The outer envelope of an encrypted reply."""
    return (
        f"<xml><Encrypt>{cdata(encrypted)}</Encrypt>"
        f"<MsgSignature>{cdata(signature)}</MsgSignature><TimeStamp>{int(timestamp)}</TimeStamp>"
        f"<Nonce>{cdata(nonce)}</Nonce></xml>"
    )
