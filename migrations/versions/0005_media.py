"""media: the files that citizens sent, once they are fetched

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("wechat_media", schema=None) as batch_op:
        # What came before is not fetched: WeChat hands files out for three days only.
        for column in (
            sa.Column("state", sa.String(length=10), nullable=False, server_default="none"),
            sa.Column("reason", sa.Text(), nullable=False, server_default=""),
            sa.Column("file", sa.String(length=80), nullable=False, server_default=""),
            sa.Column("size", sa.Integer(), nullable=False, server_default="0"),
        ):
            batch_op.add_column(column)
    with op.batch_alter_table("wechat_media", schema=None) as batch_op:
        for name in ("state", "reason", "file", "size"):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("wechat_media", schema=None) as batch_op:
        for name in ("size", "file", "reason", "state"):
            batch_op.drop_column(name)
