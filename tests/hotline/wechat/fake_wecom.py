"""A WeCom of our own: token, sync_msg with a cursor, send_msg, media; with switches."""

from dataclasses import dataclass, field
from typing import Any

from tests.hotline.wechat.fake_wechat import FakeWeChat

KF_ID = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"


@dataclass
class FakeWeCom(FakeWeChat):
    """What the API was asked, and how it shall answer."""

    page_size: int = 2
    log: list[dict[str, Any]] = field(default_factory=list)
    welcomed: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    session_over: bool = False
    accounts: list[dict[str, Any]] = field(
        default_factory=lambda: [{"open_kfid": KF_ID, "name": "12348", "manage_privilege": True}]
    )
    # An errcode that every call but the token's is refused with.
    refused: int = 0

    def writes(self, user: str, msgid: str, **inner: Any) -> None:
        """A citizen writes: it lies there until it is read."""
        (kind,) = inner
        self.log.append(
            {
                "msgid": msgid,
                "open_kfid": KF_ID,
                "external_userid": user,
                "send_time": 1,
                "origin": 3,
                "msgtype": kind,
                **inner,
            }
        )

    def happens(self, **event: Any) -> None:
        """An event of the platform's."""
        self.log.append({"msgid": "e", "origin": 4, "msgtype": "event", "event": event})

    def file(self, query: dict[str, list[str]]) -> Any:
        """GET: the token, or a file."""
        if "corpid" in query:
            with self.lock:
                return self._token({})
        return super().file(query)

    def _act(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.refused:
            return {"errcode": self.refused, "errmsg": "refused"}
        if path.endswith("/kf/account/list"):
            return {"errcode": 0, "account_list": self.accounts}
        if path.endswith("/kf/sync_msg"):
            assert body["open_kfid"] == KF_ID
            begin = int(body["cursor"] or 0)
            end = min(begin + self.page_size, len(self.log))
            return {
                "errcode": 0,
                "next_cursor": str(end),
                "has_more": int(end < len(self.log)),
                "msg_list": self.log[begin:end],
            }
        if path.endswith("/kf/send_msg"):
            if self.session_over:
                return {"errcode": 95018, "errmsg": "send msg session status invalid"}
            assert len(body["msgid"].encode()) <= 32
            self.ids.append(body["msgid"])
            return self._send(body["touser"], body["text"]["content"])
        if path.endswith("/kf/send_msg_on_event"):
            self.welcomed.append(body["text"]["content"])
        return {"errcode": 0, "errmsg": "ok"}
