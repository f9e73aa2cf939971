"""Differences between versions, as an editor reads them."""

import pytest

from hotline.console import difference
from knowledge import word_diff
from knowledge.standard_qa.models import EntryVersion
from knowledge.word_diff import Piece


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("三年", "三年", [("same", "三年")]),
        (
            "时效两年",
            "时效三年",
            [("same", "时效"), ("removed", "两"), ("added", "三"), ("same", "年")],
        ),
        (
            "赔2000元",
            "赔3000元",
            [("same", "赔"), ("removed", "2000"), ("added", "3000"), ("same", "元")],
        ),
        ("", "新的", [("added", "新的")]),
        ("旧的", "", [("removed", "旧的")]),
        ("甲\n乙", "甲\n丙", [("same", "甲\n"), ("removed", "乙"), ("added", "丙")]),
        ("", "", []),
    ],
)
def test_texts_are_compared_sign_by_sign(
    old: str, new: str, pieces: list[tuple[word_diff.Kind, str]]
) -> None:
    assert word_diff.texts(old, new) == [Piece(kind, text) for kind, text in pieces]


def test_the_pieces_give_back_both_texts() -> None:
    old, new = "到期不还，可以起诉；时效3年。", "到期没还的，先催要，再起诉；时效30年。"
    pieces = word_diff.texts(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def version(**content: object) -> EntryVersion:
    """A version with something in every field."""
    fields = {
        "category": "债权债务",
        "question": "怎么办",
        "similar": ["咋办", "咋整"],
        "answer": {"conclusion": "能要回"},
        "citations": ["民法典第六百七十五条"],
        "mentions": [],
    }
    return EntryVersion(**(fields | content))


def test_only_what_changed_is_marked_as_changed() -> None:
    new = version(similar=["咋办", "怎么弄"], answer={"conclusion": "能要回", "cost": "免费"})
    changed = {field.label: field for field in difference.fields(version(), new) if field.changed}
    assert set(changed) == {"相似问", "费用"}
    assert changed["相似问"].pieces == [
        Piece("same", "咋办\n"),
        Piece("removed", "咋整\n"),
        Piece("added", "怎么弄\n"),
    ]


def test_without_a_live_version_everything_is_new() -> None:
    fields = difference.fields(None, version())
    assert all(piece.kind == "added" for field in fields for piece in field.pieces)
    assert [field.label for field in fields] == ["类别", "标准问", "相似问", "结论", "法条引用"]
