"""StandardQA 标准问答: entries, their immutable versions, review and publication."""
