"""Reach 适用范围: whom an entry is for, by 地区 and 适用对象, and who comes first. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from kit import region
from knowledge.categories import Audience
from knowledge.decision import Scored

# Two entries whose scores differ no more are both near: one is at most some ten times as likely.
NEAR = 0.05
# What a question says of the one it is about; nobody is asked who they are.
_SPOKEN_OF: dict[Audience, re.Pattern[str]] = {
    Audience.MINORS: re.compile(
        r"未成年|小孩|孩子|学生|儿童|[小初高]中生|\d岁|十[一二三四五六七]岁"
    ),
    Audience.ELDERLY: re.compile(r"老人|老年|老两口|高龄|[七八九]十多?岁|[6-9]\d岁"),
    Audience.WOMEN: re.compile(r"妇女|女职工|女工|女的|怀孕|孕期|产假|哺乳"),
    Audience.DISABLED: re.compile(r"残疾|残联|聋|盲人|轮椅"),
    Audience.MIGRANT_WORKERS: re.compile(r"农民工|工地|包工头|工头|外出打工"),
    Audience.SOLDIERS: re.compile(r"军人|军属|军嫂|士兵|部队|服役|参军|当兵|退伍|退役"),
    Audience.COMPANIES: re.compile(r"(?:我们?|本)(?:公司|企业|厂|单位)|我是老板|开公司|个体户"),
}


class Reach(Protocol):
    """For whom a version is."""

    @property
    def region(self) -> str:
        """省, 省/市 or 省/市/县; nothing is the whole country."""

    @property
    def audience(self) -> str:
        """An ``Audience``."""


def is_for(version: Reach, place: str) -> bool:
    """Whether somebody of this place may be answered with it."""
    return region.holds(version.region, place)


def arranged(question: str, hits: Sequence[Scored], versions: Mapping[str, Reach]) -> list[Scored]:
    """The hits, best first, with the nearer reach first where two are near each other.

    The regional comes before the national, what is written for everybody before what is written
    for others than the question speaks of. The places change hands with their scores, so that the
    decision is as sure as before. Who says the same words as an entry, as by choosing it, gets it.
    """
    rank = {hit.entry_id: _rank(question, versions[hit.entry_id]) for hit in hits}
    order: list[Scored] = []
    for hit in hits:
        place = len(order)
        while place and _comes_before(hit, order[place - 1], rank):
            place -= 1
        order.insert(place, hit)
    return [
        hit if hit.score == held.score else replace(hit, score=held.score)
        for hit, held in zip(order, hits, strict=True)
    ]


def _comes_before(hit: Scored, other: Scored, rank: Mapping[str, tuple[int, int]]) -> bool:
    return (
        rank[hit.entry_id] > rank[other.entry_id]
        and other.score - hit.score <= NEAR
        and (hit.exact or not other.exact)
    )


def _rank(question: str, version: Reach) -> tuple[int, int]:
    """How close a reach is to who asks: the region first, then the audience."""
    audience = Audience(version.audience)
    if audience is Audience.EVERYBODY:
        fit = 0
    else:
        fit = 1 if _SPOKEN_OF[audience].search(question) else -1
    return region.depth(version.region), fit
