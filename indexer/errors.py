"""What can be wrong with an index; every message is one line, fit for a log or a command."""

# The names are the house's: they say what is wrong, and "Error" after them would say it twice.
# ruff: noqa: N818


class IndexerError(Exception):
    """Root of all errors that this room raises on purpose."""


class IndexMissing(IndexerError):
    """The collection has no generation yet: nothing was ever built and switched to."""


class IndexCorrupt(IndexerError):
    """A generation is damaged, half-written or of another format, and is refused."""


class DimensionMismatch(IndexerError):
    """The vectors do not fit the encoder: another dimension, or another model altogether."""


class CacheUnreadable(IndexerError):
    """The embedding cache is not a readable cache file."""


class EncoderUnavailable(IndexerError):
    """The named sentence-transformers model cannot be loaded on this machine."""


class VectorStoreUnavailable(IndexerError):
    """The store that keeps the vectors does not answer, is not installed, or is not the one set."""
