"""What is true about a gym. Knows no channel, no HTTP and no Celery."""
