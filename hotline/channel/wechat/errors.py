"""What WeChat's API may answer, as errors; the numbers are Tencent's."""

from kit.errors import AppError, InvalidInputError, UnavailableError

# The token is not valid (any more): fetch one, try once more.
STALE_TOKEN = frozenset({40001, 40014, 42001})
BUSY = frozenset({-1, 45009, 45011})
# 45…: 公众号; 95…: 微信客服, whose session may also be over or with another agent.
WINDOW_CLOSED = frozenset({45015, 95002, 95013, 95018})
QUOTA_SPENT = frozenset({45047, 95001})


class ApiUnavailable(UnavailableError):  # noqa: N818 - it is a state of the world, not a mistake
    """WeChat does not answer usefully now; trying again later helps."""


class ApiRefused(AppError):  # noqa: N818
    """WeChat refuses this request for good; ``errcode`` says why."""

    status = 502
    code = "wechat_refused"

    def __init__(self, errcode: int, message: str) -> None:
        super().__init__(f"微信接口返回 {errcode}：{message[:200]}")
        self.errcode = errcode


class NotAllowedNow(ApiRefused):
    """45015, 45047, 95001…: nothing may be sent until the citizen writes again."""


class MediaTooLarge(InvalidInputError):  # noqa: N818
    """A file is larger than what is kept."""
