"""Plays conversation scripts: a person, a gym, what is said, and what must come of it.

A script speaks to a running system over HTTP only, through the simulator's phones, so
that what passes here passes for people. Nothing in a script names a class or function.
"""
