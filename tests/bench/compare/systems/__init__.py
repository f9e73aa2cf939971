"""The systems that are compared, one module each.

Every module runs in an interpreter of its own (`python -m tests.bench.compare.systems.bm25`), so
it may import its package and `tests.bench.compare.protocol`, and nothing of the project; Rasa's is
Python 3.10. Only `ours` is the project itself.
"""
