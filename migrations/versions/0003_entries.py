"""entries: validity, region, audience, 待复核, the articles that versions cite, a search column

Revision: 0003, after 0001.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMERAL = "[〇零一二三四五六七八九十百千0-9]+"
_NAME = re.compile(rf"\s*(.+?第{_NUMERAL}条(?:之{_NUMERAL})?)")
_VERSION = sa.table(
    "entry_version",
    sa.column("id", sa.Integer),
    sa.column("question", sa.Text),
    sa.column("similar", sa.JSON),
    sa.column("citations", sa.JSON),
    sa.column("searched", sa.Text),
)


def upgrade() -> None:
    with op.batch_alter_table("entry") as batch_op:
        batch_op.add_column(sa.Column("recheck", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("recheck_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdraw_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_entry_recheck_since"), ["recheck_since"])
        batch_op.create_index(batch_op.f("ix_entry_withdraw_on"), ["withdraw_on"])
    with op.batch_alter_table("entry_version") as batch_op:
        batch_op.add_column(
            sa.Column("region", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("audience", sa.String(length=20), nullable=False, server_default="所有人")
        )
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("searched", sa.Text(), nullable=False, server_default=""))
    article = op.create_table(
        "entry_version_article",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["entry_version.id"],
            name=op.f("fk_entry_version_article_version_id_entry_version"),
        ),
        sa.PrimaryKeyConstraint("version_id", "name", name=op.f("pk_entry_version_article")),
    )
    with op.batch_alter_table("entry_version_article") as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_version_article_name"), ["name"])
    _fill(article)


def _fill(article: sa.Table) -> None:
    """The new columns of the versions that are there already."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_VERSION)).all():
        connection.execute(
            _VERSION.update()
            .where(_VERSION.c.id == row.id)
            .values(searched="\n".join([row.question, *row.similar]))
        )
        cited = [match[1] for name in row.citations if (match := _NAME.match(name))]
        names = [{"version_id": row.id, "name": name} for name in dict.fromkeys(cited)]
        if names:
            connection.execute(article.insert(), names)


def downgrade() -> None:
    op.drop_table("entry_version_article")
    with op.batch_alter_table("entry_version") as batch_op:
        for name in ("searched", "expires_on", "valid_from", "audience", "region"):
            batch_op.drop_column(name)
    with op.batch_alter_table("entry") as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_withdraw_on"))
        batch_op.drop_index(batch_op.f("ix_entry_recheck_since"))
        for name in ("withdraw_on", "recheck_since", "recheck"):
            batch_op.drop_column(name)
