"""`python -m tests.gold tuning|held_out`: one part of the gold questions, one a line."""

import argparse
import json

from tests.gold import held_out, questions


def main() -> None:
    """Print the part that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.gold", description=__doc__)
    parser.add_argument("part", choices=["tuning", "held_out"])
    wanted = parser.parse_args().part == "held_out"
    for path in questions():
        for line in path.read_text(encoding="utf-8").splitlines():
            if held_out(str(json.loads(line)["id"])) is wanted:
                print(line)


if __name__ == "__main__":
    main()
