"""What a gym's own Rasa assistant tells and has to declare; `bot.actions` serves it."""
