"""The training data keeps its promises: enough examples, a rule each, plain buttons."""

import re

import pytest

from actions.categories import CATEGORIES
from bot.model import BOT, DICTIONARY

LEAST = 20
LEAST_LEGAL = 250


@pytest.fixture(scope="module")
def by_intent():
    from rasa.shared.nlu.training_data.loading import load_data

    found = {}
    for example in load_data(str(BOT / "data" / "nlu")).intent_examples:
        found.setdefault(example.get("intent"), []).append(example.get("text"))
    return found


@pytest.fixture(scope="module")
def domain():
    from rasa.shared.core.domain import Domain

    return Domain.load(str(BOT / "domain"))


def test_every_intent_has_enough_examples_of_its_own(by_intent, domain):
    ours = {i for i in domain.intents if i in by_intent}
    assert ours == set(by_intent)
    for name, texts in by_intent.items():
        assert len(texts) >= (LEAST_LEGAL if name == "ask_legal_question" else LEAST), name


def test_no_text_is_an_example_of_two_intents(by_intent):
    texts = [text for examples in by_intent.values() for text in examples]
    assert len(texts) == len(set(texts))


def test_every_intent_has_a_rule(by_intent):
    rules = "".join(p.read_text() for p in (BOT / "data" / "rules").glob("*.yml"))
    answered = set(re.findall(r"(?:- |\{)intent: (\w+)", rules))
    assert answered == set(by_intent) | {"nlu_fallback"}


def test_every_action_of_the_domain_exists_and_no_other(domain, action_server):
    declared = {a for a in domain.user_actions if not a.startswith("utter_")}
    assert declared - set(domain.form_names) == set(action_server.executor.actions)


def test_every_category_is_an_example(by_intent):
    known = set(by_intent["inform"]) | set(by_intent["legal_aid_apply"])
    assert set(CATEGORIES) <= known


def test_buttons_send_plain_words(domain):
    for name, variants in domain.responses.items():
        for variant in variants:
            for button in variant.get("buttons", []):
                assert not button["payload"].startswith("/"), name
                assert "{" not in button["payload"], name


def test_the_legal_dictionary_is_in_jiebas_format():
    lines = (DICTIONARY / "legal.txt").read_text().splitlines()
    words = [line.split(" ")[0] for line in lines]
    assert len(words) >= 300
    assert len(set(words)) == len(words)
    for line in lines:
        assert re.fullmatch(r"[\u4e00-\u9fff]+ \d+ [a-z]+", line), line


def test_jieba_cuts_legal_terms_as_one_word(agent):
    import jieba

    for term in ("劳动能力鉴定", "人身安全保护令", "拒不支付劳动报酬罪"):
        assert term in jieba.lcut(f"申请{term}怎么办")
