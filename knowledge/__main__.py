"""Commands of the knowledge base: ``python -m knowledge …``; the last line is one JSON object."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError
from tqdm import tqdm

from indexer import (
    EmbeddingCache,
    Encoder,
    IndexerError,
    Row,
    load_encoder,
    maps,
)
from indexer.encoder import load_base
from indexer.fusion import WEIGHTS_FILE as FUSION_FILE
from indexer.text import encoded
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.errors import AppError
from kit.masking import set_up_logging
from kit.settings import Settings
from knowledge import adapt, calibrate, evaluate, indexing, scope, topics
from knowledge import commands as editors
from knowledge.decision import CALIBRATION_FILE
from knowledge.questions import QuestionFileError, read_questions
from knowledge.related import training
from knowledge.related.ranking import FOLDER as RELATED_FOLDER
from knowledge.related.ranking import MODEL_FILE, PRIORS_FILE
from knowledge.related.retrieval import ASKED
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever
from knowledge.scope import MODEL_FILE as SCOPE_FILE
from knowledge.scope.sense import MODEL_FILE as SENSE_FILE
from knowledge.seed import vectors
from knowledge.standard_qa.repository import live_phrasings, live_versions
from knowledge.statute.asked import AskedError
from knowledge.statute.names import plain


def _retriever(settings: Settings, encoder: Encoder) -> Retriever:
    """What is to be measured; it must be there, or every figure would be 0."""
    entries = indexing.live(settings, ENTRIES, encoder)
    entries.check()
    return Retriever(
        entries,
        indexing.live(settings, ARTICLES, encoder),
        settings.region,
        indexing.live(settings, ASKED, encoder),
    )


def _answers(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    retriever = _retriever(settings, load_encoder(settings.encoder))
    with database.read() as session:
        return evaluate.evaluate_answers(session, retriever, read_questions(arguments.questions))


def _articles(database: Database, extra: Path | None) -> list[Row]:
    """Every article in force today, and those of a file that are not among them."""
    rows = indexing.article_rows(database, SystemClock().now().astimezone(BEIJING).date())
    held = {plain(row.owner) for row in rows}
    for number, item in enumerate(read_questions(extra) if extra else ()):
        name, text = str(item["article"]), str(item["text"])
        if plain(name) not in held:
            law = name[: name.rfind("第")] if "第" in name else name
            rows.append(Row(row_id=f"extra:{number}", owner=name, text=f"{law} {text}"))
    return rows


@contextmanager
def _bar(name: str) -> Iterator[indexing.Progress]:
    with tqdm(desc=name, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def _statutes(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Questions that were learned from are ranked by maps and models that have not seen them."""
    questions = list(read_questions(arguments.questions))
    path = maps.shipped()
    seen = set(maps.read_card(path).trained_on["seen"]) if path else set()
    if any(adapt.key(str(row["question"])) in seen for row in questions):
        return training.cross_validated(_found(settings, database, arguments, questions))
    retriever = _retriever(settings, load_encoder(settings.encoder))
    with database.read() as session:
        ranked = [
            [plain(hit.owner) for hit in retriever.related_articles(session, text, 100)]
            for text in (str(row["question"]) for row in questions)
        ]
    wanted = [evaluate.wanted_articles(row) for row in questions]
    return {"related": evaluate.evaluate_ranking(ranked, wanted)}


def _found(
    settings: Settings,
    database: Database,
    arguments: argparse.Namespace,
    questions: list[dict[str, Any]],
) -> list[training.Found]:
    """What maps that have not seen a question find for it; trains maps for each fold."""
    articles = _articles(database, arguments.extra_articles)
    cache = EmbeddingCache(settings.cache_file)
    with database.read() as session:
        phrasings = list(live_phrasings(session))
        versions = live_versions(session, sorted({row.owner for row in phrasings}))
        citations = {key: version.citations for key, version in versions.items()}
    base = training.Base(articles, phrasings, citations)
    encoder = load_base(settings.encoder)
    with _bar("articles") as progress:
        parts = adapt.unseen(
            encoder, cache, phrasings, articles, questions, progress, arguments.folds
        )
        with tqdm(parts, desc="folds", total=arguments.folds, file=sys.stderr) as folds:
            return training.gather(base, cache, folds)


def _fit_related(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    questions = list(read_questions(arguments.questions))
    found = _found(settings, database, arguments, questions)
    figures = training.cross_validated(found)
    training.write(
        training.fit(found, training.tables(found)),
        training.priors_of(questions),
        arguments.out / MODEL_FILE.name,
        arguments.out / PRIORS_FILE.name,
    )
    return {"folds": arguments.folds, **figures}


def _topics(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    questions = list(read_questions(arguments.questions))
    found = topics.vectors(
        load_encoder(settings.encoder),
        EmbeddingCache(settings.cache_file),
        [str(row["question"]) for row in questions],
    )
    return topics.measure(topics.classifier(), found, [str(row["topic"]) for row in questions])


def _fit_topics(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    with database.read() as session:
        services = topics.on_services(session)
    examples = topics.written() + services
    encoder = load_encoder(settings.encoder)
    cache = EmbeddingCache(settings.cache_file)
    found = topics.vectors(encoder, cache, [text for text, _ in examples])
    model = topics.fit(found, [category for _, category in examples], encoder.fingerprint)
    model.save(arguments.out)
    return {"written": len(examples) - len(services), "on_services": len(services)}


def _calibrate(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    encoder = load_encoder(settings.encoder)
    retriever = _retriever(settings, encoder)
    rows = [row for path in arguments.questions for row in read_questions(path)]
    asked = [str(row["question"]) for path in arguments.inside for row in read_questions(path)]
    with database.read() as session:
        inside = calibrate.phrasings(session) + asked
        samples = calibrate.samples(session, retriever, rows)
    outside, near = scope.outside(), scope.near()
    texts = [*inside, *outside, *near, *(sample.question for sample in samples)]
    cache = EmbeddingCache(settings.cache_file)
    with _bar("vectors") as progress:
        vectors = cache.encode(encoder, "query", [encoded(text) for text in texts], progress)
    known = dict(zip(texts, vectors, strict=True))
    ground = calibrate.Ground(inside, outside, near, known, encoder.fingerprint)
    model, contents = calibrate.fit(samples, ground)
    calibrate.write(contents, arguments.out)
    calibrate.write_fusion(model.fusion, arguments.fusion)
    model.scope.save(arguments.scope)
    model.sense.save(arguments.sense)
    return contents


def _adapt(settings: Settings, database: Database, arguments: argparse.Namespace) -> dict[str, Any]:
    encoder = load_base(settings.encoder)
    with database.read() as session:
        phrasings = list(live_phrasings(session))
    articles = _articles(database, arguments.extra_articles)
    questions = list(read_questions(arguments.questions))
    cache = EmbeddingCache(settings.cache_file)
    with _bar("articles") as progress:
        examples, known = adapt.gather(encoder, cache, phrasings, articles, questions, progress)
    figures: dict[str, Any] = {}
    if arguments.folds:
        figures = adapt.cross_validated(examples, known, arguments.folds)
    today = SystemClock().now().astimezone(BEIJING).date()
    path = adapt.write(adapt.train(examples), encoder, examples, known, today, figures, maps.FOLDER)
    return {"maps": path.name, "questions": len(known), **figures}


def _seed_vectors(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    encoder = load_base(settings.encoder)
    with _bar("phrasings") as progress:
        count = vectors.write(encoder, EmbeddingCache(settings.cache_file), progress=progress)
    return {"phrasings": count}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    evaluation = commands.add_parser("evaluate", help="measure the base on labelled questions")
    kinds = evaluation.add_subparsers(required=True, metavar="WHAT")
    what = (("answers", _answers), ("statutes", _statutes), ("topics", _topics))
    for name, action in what:
        kind = kinds.add_parser(name)
        kind.add_argument("--questions", type=Path, required=True)
        kind.set_defaults(action=action)
        if name == "statutes":
            kind.add_argument("--extra-articles", type=Path)
            kind.add_argument("--folds", type=int, default=adapt.FOLDS)
    fitting = commands.add_parser("calibrate", help="fit the confidence on labelled questions")
    fitting.add_argument("--questions", type=Path, required=True, nargs="+")
    fitting.add_argument("--inside", type=Path, nargs="*", default=[], help="more real questions")
    fitting.add_argument("--out", type=Path, default=CALIBRATION_FILE)
    fitting.add_argument("--fusion", type=Path, default=FUSION_FILE)
    fitting.add_argument("--scope", type=Path, default=SCOPE_FILE)
    fitting.add_argument("--sense", type=Path, default=SENSE_FILE)
    fitting.set_defaults(action=_calibrate)
    editors.add(commands)
    sorting = commands.add_parser("fit-topics", help="fit the topic classifier")
    sorting.add_argument("--out", type=Path, default=topics.MODEL_FILE)
    sorting.set_defaults(action=_fit_topics)
    adapting = commands.add_parser("adapt", help="train the maps behind the encoder")
    adapting.add_argument("--questions", type=Path, required=True)
    adapting.add_argument("--extra-articles", type=Path)
    adapting.add_argument("--folds", type=int, default=5, help="0: no cross-validated figures")
    adapting.set_defaults(action=_adapt)
    ordering = commands.add_parser("fit-related", help="fit the order of related articles")
    ordering.add_argument("--questions", type=Path, required=True)
    ordering.add_argument("--extra-articles", type=Path)
    ordering.add_argument("--folds", type=int, default=adapt.FOLDS)
    ordering.add_argument("--out", type=Path, default=RELATED_FOLDER, help="the folder")
    ordering.set_defaults(action=_fit_related)
    shipping = commands.add_parser("seed-vectors", help="encode the seed for those who install it")
    shipping.set_defaults(action=_seed_vectors)
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
    except (AppError, IndexerError, QuestionFileError, AskedError, OSError) as error:
        print(f"knowledge: {error}", file=sys.stderr)
        return 2
    except DBAPIError as error:
        print(f"knowledge: the database: {str(error.orig).splitlines()[0]}", file=sys.stderr)
        return 2
    finally:
        database.dispose()


if __name__ == "__main__":
    sys.exit(main())
