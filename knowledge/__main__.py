"""Commands of the knowledge base: ``python -m knowledge …``; the last line is one JSON object."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from indexer import (
    EmbeddingCache,
    Encoder,
    IndexerError,
    LiveIndex,
    Row,
    build,
    load_encoder,
)
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.errors import AppError
from kit.masking import set_up_logging
from kit.settings import Settings
from knowledge import calibrate, evaluate, indexing
from knowledge import commands as editors
from knowledge.decision import CALIBRATION_FILE
from knowledge.questions import QuestionFileError, read_questions
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever


def _retriever(settings: Settings, encoder: Encoder) -> Retriever:
    return Retriever(
        LiveIndex(settings.index_dir, ENTRIES, encoder),
        LiveIndex(settings.index_dir, ARTICLES, encoder),
    )


def _answers(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    retriever = _retriever(settings, load_encoder(settings.encoder))
    with database.read() as session:
        return evaluate.evaluate_answers(session, retriever, read_questions(arguments.questions))


def _statutes(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    questions = list(read_questions(arguments.questions))
    encoder = load_encoder(settings.encoder)
    rows = indexing.article_rows(database, SystemClock().now().astimezone(BEIJING).date())
    held = {evaluate.plain(row.owner) for row in rows}
    if arguments.extra_articles:
        extra = list(read_questions(arguments.extra_articles))
        rows += [
            Row(row_id=f"extra:{number}", owner=str(item["article"]), text=str(item["text"]))
            for number, item in enumerate(extra)
            if evaluate.plain(str(item["article"])) not in held
        ]
    with tempfile.TemporaryDirectory() as folder, tqdm(desc="articles", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        cache = EmbeddingCache(settings.cache_file)
        build(Path(folder), ARTICLES, rows, encoder=encoder, cache=cache, progress=progress)
        index = LiveIndex(Path(folder), ARTICLES, encoder)
        return evaluate.evaluate_statutes(index, questions)


def _calibrate(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    retriever = _retriever(settings, load_encoder(settings.encoder))
    rows = [row for path in arguments.questions for row in read_questions(path)]
    with database.read() as session:
        numbers = calibrate.fit(calibrate.samples(session, retriever, rows))
    calibrate.write(numbers, arguments.out)
    return numbers


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    evaluation = commands.add_parser("evaluate", help="measure the base on labelled questions")
    kinds = evaluation.add_subparsers(required=True, metavar="WHAT")
    for name, action in (("answers", _answers), ("statutes", _statutes)):
        kind = kinds.add_parser(name)
        kind.add_argument("--questions", type=Path, required=True)
        kind.set_defaults(action=action)
        if name == "statutes":
            kind.add_argument("--extra-articles", type=Path)
    fitting = commands.add_parser("calibrate", help="fit the confidence on labelled questions")
    fitting.add_argument("--questions", type=Path, required=True, nargs="+")
    fitting.add_argument("--out", type=Path, default=CALIBRATION_FILE)
    fitting.set_defaults(action=_calibrate)
    editors.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 2 with one line on standard error when something is wrong."""
    chosen = parser().parse_args(arguments)
    set_up_logging()
    settings = Settings()
    database = Database(settings.resolved_database_url)
    try:
        print(json.dumps(chosen.action(settings, database, chosen), ensure_ascii=False))
        return 0
    except (AppError, IndexerError, QuestionFileError, OSError) as error:
        print(f"knowledge: {error}", file=sys.stderr)
        return 2
    finally:
        database.dispose()


if __name__ == "__main__":
    sys.exit(main())
