"""link codes: joining the page's conversation and WeChat's

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("consultation_id", sa.String(length=36), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_link_code_consultation_id_consultation"),
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_link_code")),
    )


def downgrade() -> None:
    op.drop_table("link_code")
