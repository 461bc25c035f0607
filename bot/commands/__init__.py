"""What staff can order: a file a command, each exporting its COMMAND."""
