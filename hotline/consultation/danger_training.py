"""Trains the second opinion on danger: ``python -m hotline triage-train …``. Not used to serve.

Lines with a risk are written by hand; real questions count as harmless unless the rules, or a
model that has not seen them, find danger in them: those are left out, as nobody has labelled
them. Thresholds come from cross-validation: each text is judged by a model without its fold.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline.consultation.danger_model import (
    BUCKETS,
    RISKS,
    Card,
    DangerModel,
    Floats,
    buckets,
    centred,
    danger,
)
from hotline.consultation.danger_signs import Risk
from hotline.consultation.danger_text import passages
from hotline.consultation.triage import findings, triage
from indexer.text import ENCODED_LIMIT, cut, normalise
from knowledge.seed import loader as seed

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
# Questions into vectors (n, dim), by the encoder without maps behind it.
Encode = Callable[[Sequence[str]], Floats]

# Sources of lines that were written with their risk; all others are real questions.
WRITTEN = "triage"
# Written to be hard: harmless lines as near to a danger as words can be. They teach, but how many
# false alarms are allowed is not told by them, or every hard line would hide a danger elsewhere.
HARD = "triage_train"
FOLDS = 5
FALSE_ALARMS = 0.03
# So many more of the long real questions may raise an alarm because they are read in passages.
FOR_PASSAGES = 0.01
# What share of the dangers that the rules found may be lost when a sign is taken back.
TAKEN_BACK = 0.004
_HARMLESS = RISKS.index(Risk.NONE)
# A real question that looks at least this dangerous is not known to be harmless.
_DOUBTFUL = 0.6
_UNSET = Card("", "", 1.0, 1.0, 1.0, 0.0, "", {}, {})
_VECTOR_SCALE, _BOTH_SCALE = 4.0, 1.5
_HIDDEN, _SEEDS, _ROUNDS = 64, 3, 30
# Steps of the linear members, few enough to train in minutes.
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A text with its risk; ``source`` names the set that it comes from."""

    text: str
    risk: Risk
    source: str


def kept_out(id: str) -> bool:
    """Whether a gold line is never trained on: a third, fixed by the line's id."""
    return int(sha256(id.encode()).hexdigest(), 16) % 3 == 0


def labelled(rows: Iterable[Mapping[str, Any]], source: str, *, gold: bool) -> list[Line]:
    """Lines written by hand; of gold only what may be trained on."""
    kept = (row for row in rows if not (gold and kept_out(str(row["id"]))))
    return [Line(str(row["text"]), Risk(row["risk"]), source) for row in kept]


def seed_questions() -> list[str]:
    """Every question of the base in the box, and every sixth of its 相似问.

    With all of them the harmless outweigh what was written by hand, and fewer dangers are found.
    """
    return [text for entry in seed.read() for text in (entry.question, *entry.similar[::6])]


def harmless(questions: Iterable[str], source: str) -> list[Line]:
    """Real questions in which the rules find nothing."""
    return [
        Line(text, Risk.NONE, source)
        for text in dict.fromkeys(questions)
        if triage(text).risk is Risk.NONE
    ]


class Texts:
    """Lines made ready for training: vectors (n, dim), n-grams (n, BUCKETS), risks, folds."""

    def __init__(self, lines: Sequence[Line], vectors: Floats, folds: Ints | None = None) -> None:
        from scipy.sparse import csr_matrix

        self.lines = list(lines)
        self.vectors = vectors
        rows = [buckets(line.text) for line in lines]
        ends = np.cumsum([0, *(len(row) for row in rows)])
        found = np.concatenate([np.empty(0, dtype=np.int64), *rows])
        values = np.repeat([len(row) ** -0.5 for row in rows], [len(row) for row in rows])
        self.grams = csr_matrix((values, found, ends), (len(rows), BUCKETS), dtype=np.float32)
        self.risks = np.array([RISKS.index(line.risk) for line in lines])
        self.sources = np.array([line.source for line in lines])
        hashes = [int(sha256(line.text.encode()).hexdigest(), 16) for line in lines]
        self.folds = np.array([number % FOLDS for number in hashes]) if folds is None else folds


@dataclass(frozen=True, slots=True)
class Corpus:
    """All texts, and the passages of the long ones; ``owners`` are the rows they come from."""

    texts: Texts
    pieces: Texts
    owners: Ints


def ready(lines: Sequence[Line], encode: Encode) -> Corpus:
    """Encode the lines as questions are."""
    texts = Texts(lines, _encoded([line.text for line in lines], encode))
    found = [(row, piece) for row, line in enumerate(lines) for piece in passages(line.text)]
    owners = np.array([row for row, _ in found], dtype=np.int64)
    pieces = [Line(piece, Risk.NONE, "passage") for _, piece in found]
    vectors = _encoded([piece for _, piece in found], encode)
    return Corpus(texts, Texts(pieces, vectors, texts.folds[owners]), owners)


def _encoded(texts: Sequence[str], encode: Encode) -> Floats:
    return encode([cut(normalise(text), ENCODED_LIMIT) for text in texts])


def weights(texts: Texts, rows: Bools) -> dict[str, Floats]:
    """The members' weights, trained on those rows; the same rows give the same weights."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    mean = texts.vectors[rows].mean(axis=0)
    units = centred(texts.vectors[rows], mean)
    grams, risks = texts.grams[rows], texts.risks[rows]
    joined = hstack([csr_matrix(units * _BOTH_SCALE), grams]).tocsr()
    with warnings.catch_warnings():
        # A fixed number of rounds is what is wanted: more would learn the lines by heart.
        warnings.simplefilter("ignore", ConvergenceWarning)
        by_grams = LogisticRegression(C=30, max_iter=_STEPS).fit(grams, risks)
        by_both = LogisticRegression(C=20, max_iter=_STEPS).fit(joined, risks)
        nets = [
            MLPClassifier(
                (_HIDDEN,),
                alpha=0.3,
                max_iter=_ROUNDS,
                n_iter_no_change=_ROUNDS,
                random_state=number,
            ).fit(units * _VECTOR_SCALE, risks)
            for number in range(_SEEDS)
        ]
    dim = units.shape[1]
    found = {
        "mean": mean,
        "grams": by_grams.coef_.T,
        "grams_bias": by_grams.intercept_,
        "both_vector": by_both.coef_.T[:dim] * _BOTH_SCALE,
        "both_grams": by_both.coef_.T[dim:],
        "both_bias": by_both.intercept_,
    }
    # Nets side by side are one wider net, whose outputs are their mean.
    found["hidden"] = np.hstack([net.coefs_[0] for net in nets]) * _VECTOR_SCALE
    found["hidden_bias"] = np.hstack([net.intercepts_[0] for net in nets])
    found["out"] = np.vstack([net.coefs_[1] for net in nets]) / _SEEDS
    found["out_bias"] = np.mean([net.intercepts_[1] for net in nets], axis=0)
    return {name: np.asarray(array, dtype=np.float32) for name, array in found.items()}


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely each text is dangerous, by models that have not seen its fold, shape (n,).

    ``shares`` (n, 7) tell by vector and words, ``words`` and ``passage`` how likely any danger is
    by words alone and in the worst passage.
    """

    shares: Floats
    words: Floats
    passage: Floats

    @property
    def likely(self) -> Floats:
        """How likely any danger is, shape (n,)."""
        found: Floats = 1 - self.shares[:, _HARMLESS]
        return found


def _judge(model: DangerModel, texts: Texts, row: int) -> Floats:
    return model.shares(texts.lines[row].text, texts.vectors[row])


def out_of_fold(corpus: Corpus, allowed: Bools) -> Judged:
    """Every text judged by a model trained on the ``allowed`` texts of the other folds."""
    texts, pieces = corpus.texts, corpus.pieces
    judged = Judged(
        np.zeros((len(texts.lines), len(RISKS)), np.float32),
        np.zeros(len(texts.lines), np.float32),
        np.zeros(len(texts.lines), np.float32),
    )
    for fold in range(FOLDS):
        model = DangerModel(weights(texts, allowed & (texts.folds != fold)), _UNSET)
        for row in np.flatnonzero(texts.folds == fold).tolist():
            judged.shares[row] = _judge(model, texts, row)
            judged.words[row] = danger(model.shares(texts.lines[row].text))
        for row in np.flatnonzero(pieces.folds == fold).tolist():
            owner = corpus.owners[row]
            likely = danger(_judge(model, pieces, row))
            judged.passage[owner] = max(judged.passage[owner], likely)
    return judged


def _rates(alarms: Bools, sources: NDArray[np.str_], among: Bools) -> dict[str, float]:
    kinds = sorted(set(sources[among].tolist()))
    return {kind: round(float(alarms[among & (sources == kind)].mean()), 4) for kind in kinds}


def _lowest(alarms: Callable[[float], Bools], kinds: NDArray[np.str_], allowed: float) -> float:
    """The lowest threshold whose false alarms are few enough in every kind of text.

    ``kinds`` names the kind of each harmless text, and is empty for the dangers.
    """
    for threshold in np.arange(0.2, 0.995, 0.01).tolist():
        rates = _rates(alarms(threshold), kinds, kinds != "")
        if max(rates.values(), default=0.0) <= allowed:
            return round(float(threshold), 2)
    return 1.0


def train(corpus: Corpus, fingerprint: str, today: date) -> DangerModel:
    """The model with thresholds and a card of its cross-validated figures."""
    texts = corpus.texts
    written = np.char.startswith(texts.sources, WRITTEN)
    known = written | (out_of_fold(corpus, np.ones_like(written)).likely < _DOUBTFUL)
    judged = out_of_fold(corpus, known)
    likely = judged.likely
    signs = [next(findings(line.text), None) for line in texts.lines]
    ruled = np.array([sign is not None for sign in signs])
    certain = np.array([sign is not None and sign.certain for sign in signs])
    dangers, calm = texts.risks != _HARMLESS, (texts.risks == _HARMLESS) & known
    kinds = np.where(calm, np.where(written, texts.sources, "real"), "")
    kinds[texts.sources == HARD] = ""

    doubt = round(float(np.quantile(likely[dangers & ruled & ~certain], TAKEN_BACK)), 3)
    believed = certain | (ruled & (likely >= doubt))
    alarm = _lowest(lambda low: believed | (likely >= low), kinds, FALSE_ALARMS)
    whole = believed | (likely >= alarm)
    long = np.where((kinds == "real") & (judged.passage > 0), kinds, "")
    more = float(whole[long != ""].mean()) + FOR_PASSAGES if (long != "").any() else 0.0
    by_passage = _lowest(lambda low: whole | (judged.passage >= low), long, more)
    by_words = _lowest(lambda low: ruled | (judged.words >= low), kinds, FALSE_ALARMS)
    final = whole | (judged.passage >= by_passage)
    without = ruled | (judged.words >= by_words)
    right = judged.shares[:, 1:].argmax(axis=1) + 1 == texts.risks
    card = Card(
        encoder=fingerprint,
        sha256="",
        alarm=alarm,
        alarm_without_vector=by_words,
        passage_alarm=by_passage,
        doubt=doubt,
        date=today.isoformat(),
        trained_on={
            "lines": _counts(texts, known),
            "left_out_as_doubtful": int((~known).sum()),
            "split": "the third of the gold lines whose id hashes to 0 mod 3 was never used; "
            f"figures are of {FOLDS} folds by the hash of the text",
            "note": "real questions count as harmless where neither the rules nor an out-of-fold "
            "model find danger; only weights are kept here, never the questions",
        },
        figures={
            "dangers_found_by_rules": _rates(ruled, texts.sources, dangers),
            "dangers_found": _rates(final, texts.sources, dangers),
            "dangers_found_without_vector": _rates(without, texts.sources, dangers),
            "false_alarms_of_rules": _rates(ruled, texts.sources, calm),
            "false_alarms": _rates(final, texts.sources, calm),
            "false_alarms_without_vector": _rates(without, texts.sources, calm),
            "called_by_its_kind": round(float(right[dangers & (likely >= alarm)].mean()), 4),
        },
    )
    return DangerModel(weights(texts, known), card)


def _counts(texts: Texts, known: Bools) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for line, kept in zip(texts.lines, known.tolist(), strict=True):
        if kept:
            by_risk = counts.setdefault(line.source, {})
            by_risk[line.risk] = by_risk.get(line.risk, 0) + 1
    return counts
