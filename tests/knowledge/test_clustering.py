"""Like questions come together, others stay apart."""

from knowledge.clustering import clusters

TEXTS = [
    "公司拖欠工资怎么办",
    "公司拖欠工资，怎么办？",
    "请问公司拖欠工资",
    "邻居家的狗咬人",
    "狗咬人了谁赔",
]


def test_like_questions_are_one_cluster_heaviest_first() -> None:
    found = clusters(TEXTS, [1, 5, 1, 1, 1])
    assert found[0] == [1, 0, 2]
    assert sorted(place for places in found[1:] for place in places) == [3, 4]


def test_weights_decide_the_order() -> None:
    assert clusters(TEXTS, [1, 1, 1, 9, 1])[0][0] == 3


def test_a_chain_of_neighbours_does_not_become_one_cluster() -> None:
    chain = ["甲乙丙丁戊己", "丙丁戊己庚辛", "戊己庚辛壬癸", "庚辛壬癸子丑", "壬癸子丑寅卯"]
    assert len(clusters(chain, [1] * 5, 0.3)) > 1


def test_nothing_is_nothing() -> None:
    assert clusters([], []) == []
