"""Gaps 缺口: what citizens ask and the base does not answer, or answers badly."""
