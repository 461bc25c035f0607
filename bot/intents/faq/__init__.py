"""Questions answered from the gym's own records, never from anywhere else."""
