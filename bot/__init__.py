"""Understands and answers: one turn of a conversation, start to end."""
