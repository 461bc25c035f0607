"""Talk with people who are not members yet (and with members who book like them)."""
