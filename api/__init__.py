"""HTTP in and out, and the command line. Decides nothing."""
