"""Knowledge: standard Q&A with versions, candidates, statutes, and the one decision."""
