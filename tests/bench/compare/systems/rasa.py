"""Rasa's ResponseSelector: every entry a ``faq/…`` intent with its phrasings as examples.

The pipeline is the one that ``rasa init`` writes, with jieba's words in the place of white space
and without the parts that recognise entities or other intents: a selector answers whatever the
intent. Its confidence has no line of its own. Python 3.10, `.venv-bot`. Batches of 256 (the package
begins with 64) and 128 dimensions (512) make an epoch some six times as quick. So set, thirteen
epochs found 0.10 of the held-out questions first; without hidden layers, in 64 dimensions (20) and
at twice the rate, three epochs in batches of 64 to 128 found 0.35 of 313 tuning questions.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.bench.compare.protocol import Entry, Found, Task, run, tell

EPOCHS = 100
# Training ends with the epoch in which this much processor time is over, or this share of all time.
CPU_SECONDS = 1300
_SHARE = 0.6
_SEED = 12348
_TOLD_EVERY = 5
_FORMAT = "3.1"


def pipeline() -> list[dict[str, Any]]:
    """Words, n-grams of characters, and the selector."""
    return [
        {"name": "JiebaTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {
            "name": "ResponseSelector",
            "retrieval_intent": "faq",
            "epochs": EPOCHS,
            "batch_size": 256,
            "dense_dimension": {"text": 128, "label": 512},
            "hidden_layers_sizes": {"text": [], "label": []},
            "embedding_dimension": 64,
            "learning_rate": 0.002,
            "constrain_similarities": True,
            "random_seed": _SEED,
        },
    ]


def write_sources(entries: Sequence[Entry], folder: Path) -> None:
    """Configuration, examples and responses (their texts do not count: the label is the intent)."""
    config = {
        "recipe": "default.v1",
        "language": "zh",
        "assistant_id": "comparison",
        "pipeline": pipeline(),
        "policies": [],
    }
    examples = [
        {"intent": f"faq/{entry.id}", "examples": "".join(f"- {one}\n" for one in entry.phrasings)}
        for entry in entries
    ]
    responses = {f"utter_faq/{entry.id}": [{"text": entry.question}] for entry in entries}
    files: dict[str, dict[str, Any]] = {
        "config.yml": config,
        "nlu.yml": {"version": _FORMAT, "nlu": examples},
        "domain.yml": {"version": _FORMAT, "intents": ["faq"], "responses": responses},
    }
    for name, contents in files.items():
        text = yaml.safe_dump(contents, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")


class RasaSelector:
    """Trained and asked through Rasa's own functions."""

    def prepare(self, task: Task) -> None:
        os.environ["RASA_MAX_CACHE_SIZE"] = "0"
        from bot.quiet import quieten

        quieten()
        from rasa.core.agent import Agent
        from rasa.model_training import train_nlu

        self.agent_class, self.train = Agent, train_nlu
        write_sources(task.entries, task.folder)
        self.task = task
        self.loop = asyncio.new_event_loop()

    def build(self) -> dict[str, float]:
        epochs = limit_time(self.task.seconds * _SHARE)
        model = self.train(
            config=str(self.task.folder / "config.yml"),
            nlu_data=str(self.task.folder / "nlu.yml"),
            domain=str(self.task.folder / "domain.yml"),
            output=str(self.task.folder),
        )
        self.agent = self.agent_class.load(model)
        return {"epochs": len(epochs)}

    def search(self, question: str) -> Found:
        parsed = self.loop.run_until_complete(self.agent.parse_message(question))
        ranking = parsed["response_selector"]["faq"]["ranking"]
        names = [row["intent_response_key"].partition("/")[2] for row in ranking]
        return Found(names, ranking[0]["confidence"] if ranking else 0.0)


def limit_time(seconds: float) -> list[dict[str, float]]:
    """Let a training end when its time is over; returns a list that gets a row for each epoch."""
    import tensorflow
    from rasa.utils import train_utils

    epochs: list[dict[str, float]] = []
    callbacks_of = train_utils.create_common_callbacks

    class Box(tensorflow.keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            self.clock, self.cpu = time.perf_counter(), time.process_time()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            clock, cpu = time.perf_counter() - self.clock, time.process_time() - self.cpu
            epochs.append(dict(logs or {}))
            if len(epochs) % _TOLD_EVERY == 0:
                tell(f"epoch {len(epochs)}, {clock:.0f} s ({cpu:.0f} of CPU), {epochs[-1]}")
            self.model.stop_training = cpu > CPU_SECONDS or clock > seconds

    train_utils.create_common_callbacks = lambda *given, **named: [
        *callbacks_of(*given, **named),
        Box(),
    ]
    return epochs


if __name__ == "__main__":
    run(RasaSelector())
