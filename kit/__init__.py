"""The floor of the house: settings, database, errors, auth, outbox, clock. No legal nouns."""
