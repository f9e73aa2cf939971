"""the WeChat door: contacts, deliveries, media, the access token

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wechat_contact",
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("consultation_id", sa.String(length=36), nullable=False),
        sa.Column("following", sa.Boolean(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("quota_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_wechat_contact_consultation_id_consultation"),
        ),
        sa.PrimaryKeyConstraint("openid", name=op.f("pk_wechat_contact")),
        sa.UniqueConstraint("consultation_id", name=op.f("uq_wechat_contact_consultation_id")),
    )
    op.create_table(
        "wechat_delivery",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_wechat_delivery_consultation_id_consultation"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_wechat_delivery_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_wechat_delivery")),
    )
    with op.batch_alter_table("wechat_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_wechat_delivery_carrier", ["carrier_id"], unique=False)
        batch_op.create_index(
            "ix_wechat_delivery_consultation", ["consultation_id", "state"], unique=False
        )
    op.create_table(
        "wechat_media",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_id", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_wechat_media_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_wechat_media")),
    )
    op.create_table(
        "wechat_token",
        sa.Column("app_id", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=512), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched", sa.JSON(), nullable=False),
        sa.Column("forced", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_wechat_token")),
    )


def downgrade() -> None:
    for table in ("wechat_token", "wechat_media", "wechat_delivery", "wechat_contact"):
        op.drop_table(table)
