"""What the bot does: rasa-sdk actions that talk to the hotline service over HTTP only."""
