"""Arrays on disk are read by one thread at a time.

NumPy parses the header of a file as Python source, and CPython 3.11 counts the depth of all
threads' syntax trees together (https://github.com/python/cpython/issues/106905): two threads that
read at the same moment may get ``SystemError: AST constructor recursion depth mismatch``.
"""

import threading

READING = threading.Lock()
"""To be held around ``numpy.load`` and whatever is then taken out of an .npz."""
