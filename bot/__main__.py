"""``python -m bot train|run|validate``: Rasa's commands, quiet and strict.

Environment of ``run``: ``BOT_TOKEN`` (required), ``ACTIONS_URL`` (default
http://127.0.0.1:5055/webhook), ``BOT_TRACKER_URL`` (default: bot/tracker.db, SQLite).
"""

import argparse
import os
import sys
from pathlib import Path

from bot.model import BOT, MODELS, ModelError, find_model, train_model

ACTIONS_URL = "http://127.0.0.1:5055/webhook"


def train(models: Path) -> int:
    """Trains where the sources changed; one line says which."""
    path, trained = train_model(models)
    print(f"bot: {'trained' if trained else 'up to date'}, {path.name} in {models}")
    return 0


def validate() -> int:
    """Checks domain, examples and rules against one another."""
    from rasa.shared.importers.importer import TrainingDataImporter
    from rasa.validator import Validator

    importer = TrainingDataImporter.load_from_config(
        str(BOT / "config.yml"), str(BOT / "domain"), [str(BOT / "data")]
    )
    checker = Validator.from_importer(importer)
    # Rasa counts utter_ask_<slot> as unused although forms speak them: utterances are left out.
    good = (
        checker.verify_domain_validity()
        and checker.verify_intents(ignore_warnings=False)
        and checker.verify_example_repetition_in_intents(ignore_warnings=False)
        and checker.verify_actions_in_stories_rules()
        and checker.verify_forms_in_stories_rules()
        and checker.verify_story_structure(ignore_warnings=False)
    )
    print(f"bot: the sources are {'consistent' if good else 'not consistent'}")
    return 0 if good else 1


def run(models: Path, host: str, port: int) -> int:
    """Serves one model, the one of the present sources or the one named, on one address."""
    token = os.environ.get("BOT_TOKEN", "").strip()
    if not token:
        raise ModelError("BOT_TOKEN is not set")
    model = find_model(models)
    os.environ.setdefault("ACTIONS_URL", ACTIONS_URL)
    os.environ.setdefault("BOT_TRACKER_URL", f"sqlite:///{BOT / 'tracker.db'}")

    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints

    print(f"bot: serving {model.name} on {host}:{port}", flush=True)
    serve_application(
        model_path=str(model),
        interface=host,
        port=port,
        credentials=str(BOT / "credentials.yml"),
        endpoints=AvailableEndpoints.read_endpoints(str(BOT / "endpoints.yml")),
        auth_token=token,
        enable_api=True,
    )
    return 0


def main(argv: list[str] | None = None) -> int:
    """Returns 0, or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="12348 对话机器人")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (("train", "训练（源有变化才训练）"), ("run", "启动"), ("validate", "检查")):
        command = commands.add_parser(name, help=what)
        if name != "validate":
            command.add_argument("-m", "--models", type=Path, default=MODELS, help="模型目录或文件")
        if name == "run":
            command.add_argument("-i", "--host", default="127.0.0.1")
            command.add_argument("-p", "--port", type=int, default=5005)
    arguments = parser.parse_args(argv)

    from bot.quiet import quieten

    quieten()
    try:
        if arguments.command == "train":
            return train(arguments.models)
        if arguments.command == "validate":
            return validate()
        return run(arguments.models, arguments.host, arguments.port)
    except ModelError as error:
        print(f"bot: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
