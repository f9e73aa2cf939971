"""Regions 地区: 省, 省/市 or 省/市/县; nothing is the whole country. Pure."""

REGION = r"^$|^[\u3400-\u9fff]{2,20}(/[\u3400-\u9fff]{2,20}){0,2}$"
LEVELS = ("国家", "省", "市", "县")


def depth(region: str) -> int:
    """How far down a region goes: 0 is the country, 3 a county."""
    return len(region.split("/")) if region else 0


def level(region: str) -> str:
    """国家, 省, 市 or 县."""
    return LEVELS[depth(region)]


def holds(region: str, place: str) -> bool:
    """Whether a place lies in a region; of a place that is not known only the country is sure.

    >>> holds("浙江省", "浙江省/杭州市"), holds("浙江省/杭州市", "浙江省"), holds("", "")
    (True, False, True)
    """
    return not region or f"{place}/".startswith(f"{region}/")
