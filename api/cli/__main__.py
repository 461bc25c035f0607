"""``python -m api.cli`` is ``spotter``, wherever the console script lies."""

from api.cli import app

app(prog_name="spotter")
