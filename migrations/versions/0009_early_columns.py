"""early columns: what 0001 gained after databases had been made by its first form

Revision: 0009, after 0008.

A database of the first form lacks the risk of a consultation and a work order's rating; one of
the later form has them. Only what is missing is added.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _lacks(table: str, column: str) -> bool:
    found = sa.inspect(op.get_bind()).get_columns(table)
    return column not in {each["name"] for each in found}


def upgrade() -> None:
    if _lacks("consultation", "risk"):
        with op.batch_alter_table("consultation") as table:
            table.add_column(
                sa.Column("risk", sa.String(length=20), nullable=False, server_default="none")
            )
            table.add_column(sa.Column("risk_at", sa.DateTime(timezone=True), nullable=True))
        with op.batch_alter_table("consultation") as table:
            table.alter_column("risk", server_default=None)
    if _lacks("work_order", "helped"):
        with op.batch_alter_table("work_order") as table:
            table.add_column(sa.Column("helped", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Nothing: 0001 has these columns today."""
