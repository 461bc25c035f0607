"""Text in, :class:`~nlu_models.parse.Parse` out. Knows no gym and no database."""
