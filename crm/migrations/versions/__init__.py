"""One file a revision, dated."""
