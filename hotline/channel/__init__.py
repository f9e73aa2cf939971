"""Channels: the citizens' doors. Each writes to the inbox before it acknowledges anything."""
