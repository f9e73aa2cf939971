"""The Rasa 3.6 project 对话: configuration, training data, its own door and its commands."""
