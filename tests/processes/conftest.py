"""One running product for all tests of this folder."""

from collections.abc import Iterator

import pytest

from hotline.supervisor import BOT_PYTHON
from tests.processes.product import Product, until


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    if not BOT_PYTHON.exists():
        pytest.skip("the Rasa side is not installed: run `make setup`")
    product = Product(tmp_path_factory.mktemp("product"))
    product.start()
    yield product
    product.stop()


@pytest.fixture
def product(running: Product) -> Product:
    """The product, with every process up again after whatever the test before did."""
    until(running.healthy, 90, "the product's recovery")
    return running
