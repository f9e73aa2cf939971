"""Institution 机构: local offices, from the operator's CSV. The project ships no addresses."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline.consultation.schemas import Choice, Reply

COLUMNS = ("kind", "name", "county", "address", "telephone", "hours")
_GENERAL = (
    "本站还没有登记{where}的机构信息，不能随便给您地址。可以拨打12348（公共法律服务），由人工告诉您最近的地点；"
    "法律援助中心、公证处、司法所、人民调解委员会，一般在当地司法局或街道（乡镇）公共法律服务中心、工作站能问到；"
    "也可以在“12348中国法网”上查。"
)
SHOWN = 5


class InstitutionFileError(Exception):
    """The institutions file is wrong: one line that names file and row."""


@dataclass(frozen=True, slots=True)
class Institution:
    """One office."""

    kind: str
    name: str
    county: str
    address: str
    telephone: str
    hours: str


def load(path: Path | None) -> tuple[Institution, ...]:
    """Read the operator's file; none without one. Raises ``InstitutionFileError``."""
    if path is None:
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise InstitutionFileError(f"{path}: the columns must be {','.join(COLUMNS)}")
            found = []
            for number, row in enumerate(rows, start=2):
                if not row["name"] or not (row["telephone"] or row["address"]):
                    raise InstitutionFileError(
                        f"{path}: line {number}: name and telephone or address are needed"
                    )
                found.append(Institution(**{name: (row[name] or "").strip() for name in COLUMNS}))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InstitutionFileError(f"{path}: {error}") from error
    return tuple(found)


def find(rows: Sequence[Institution], county: str, kind: str) -> Reply:
    """The offices of a county and kind, ready to be said; says plainly when none are known."""
    hits = [row for row in rows if county in row.county and (not kind or kind in row.kind)]
    if not hits:
        where = f"“{county}”" if county else "您当地"
        return Reply(
            text=_GENERAL.format(where=where),
            choices=[Choice(title="转人工", payload="转人工")],
        )
    lines = [
        "；".join(part for part in (row.name, row.address, row.telephone, row.hours) if part)
        for row in hits[:SHOWN]
    ]
    return Reply(text="为您查到：\n" + "\n".join(lines) + "\n去之前请先打电话确认办公时间。")
