"""the WeCom door: up to where messages were read

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wecom_cursor",
        sa.Column("kf_id", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kf_id", name=op.f("pk_wecom_cursor")),
    )


def downgrade() -> None:
    op.drop_table("wecom_cursor")
