"""One running product for all tests of this folder."""

from collections.abc import Iterator

import pytest

from hotline.supervisor import BOT_PYTHON
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.missing import missing
from tests.processes.product import Product, until
from tests.processes.wechat import open_door


@pytest.fixture(scope="session")
def fake_wechat() -> Iterator[FakeWeChat]:
    """WeChat's API."""
    with FakeWeChat() as server:
        yield server


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, fake_wechat: FakeWeChat) -> Iterator[Product]:
    if not BOT_PYTHON.exists():
        missing("the Rasa side is not installed: run `make setup`")
    product = Product(tmp_path_factory.mktemp("product"), settings=open_door(fake_wechat.url))
    product.start()
    yield product
    product.stop()


@pytest.fixture
def product(running: Product) -> Product:
    """The product, with every process up again after whatever the test before did."""
    until(running.healthy, 90, "the product's recovery")
    return running
