"""Interruptions at every step of every talk that leads somewhere: what people really do in the middle of it."""
