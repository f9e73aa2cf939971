"""Statutes 法律法规: works, versions, articles, and the check of what is cited from them."""
