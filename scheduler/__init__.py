"""When things happen. Each task opens a session, calls one operation, commits."""
