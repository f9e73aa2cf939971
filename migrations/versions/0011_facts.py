"""required facts: what an answer depends on, and the fact that a citizen was asked for

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("entry_version") as batch_op:
        batch_op.add_column(sa.Column("facts", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("ask_first", sa.Boolean(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("consultation") as batch_op:
        batch_op.add_column(sa.Column("asked_fact", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("consultation") as batch_op:
        batch_op.drop_column("asked_fact")
    with op.batch_alter_table("entry_version") as batch_op:
        batch_op.drop_column("ask_first")
        batch_op.drop_column("facts")
