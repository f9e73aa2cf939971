"""The hotline's commands with the tests' encoder: they start in a fourth of the time.

For runs in which processes are killed and started again: what is killed is the door, and neither
an encoder's import nor its arithmetic says anything of that.
"""

import sys
from unittest.mock import patch

from hotline import cli
from tests.indexer.fakes import FakeEncoder

if __name__ == "__main__":
    with patch("hotline.app.load_encoder", lambda _: FakeEncoder()):
        sys.exit(cli.main())
