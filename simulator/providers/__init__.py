"""The providers' sides: their HTTP APIs, limits, errors and webhooks."""
