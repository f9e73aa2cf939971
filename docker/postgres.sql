-- The dialogue's tracker store has a database of its own, beside the service's (POSTGRES_DB).
CREATE DATABASE dialogue;
