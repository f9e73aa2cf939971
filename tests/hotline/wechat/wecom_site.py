"""What the tests of the WeCom door share: its settings."""

from pathlib import Path

from kit.settings import Settings
from tests.hotline.wechat import pushes
from tests.hotline.wechat.fake_wecom import KF_ID

CORP = "ww0123456789abcdef"


def wecom_settings(data_dir: Path, api_url: str, **more: object) -> Settings:
    """Settings with the WeCom door open."""
    return Settings.model_validate(
        {
            "data_dir": data_dir,
            "service_token": "t" * 32,
            "public_url": "https://12348.example",
            "wecom_corp_id": CORP,
            "wecom_secret": "s" * 43,
            "wecom_token": pushes.TOKEN,
            "wecom_aes_key": pushes.AES_KEY,
            "wecom_kf_id": KF_ID,
            "wecom_api_url": api_url,
            **more,
        }
    )
