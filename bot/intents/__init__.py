"""What people ask: one file a thing, each exporting `INTENT`."""
