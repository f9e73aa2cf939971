"""Takes the README's pictures from the running product: ``python -m tests.processes.pictures``."""

import tempfile
from pathlib import Path

from kit.settings import ROOT
from tests.processes.pages import CitizenPage, DeskPage, chromium
from tests.processes.product import Product

IMAGES = ROOT / "docs" / "images"
STORY = "我帮人装修完工半年了，房主总说手头紧，尾款一直拖着不结，怎么办？"


def take() -> None:
    """Start a product, walk through it, and write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder))
        product.start()
        try:
            with chromium() as browser:
                citizen = CitizenPage.open(browser, product)
                citizen.says("公司拖欠工资怎么办？")
                citizen.page.wait_for_timeout(500)
                citizen.page.screenshot(path=IMAGES / "citizen.png")
                citizen.says(STORY)
                code = citizen.leaves_order(STORY)
                desk = DeskPage.log_in(browser, product, "lawyer")
                desk.claims(code)
                desk.page.wait_for_timeout(500)
                desk.page.screenshot(path=IMAGES / "desk.png")
        finally:
            product.stop()


if __name__ == "__main__":
    take()
