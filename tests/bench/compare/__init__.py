"""Other systems beside ours on the same questions over the same entries: one table."""
