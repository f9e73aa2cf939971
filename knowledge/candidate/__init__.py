"""Candidate 候选知识: what lawyers' answers propose for the base."""
