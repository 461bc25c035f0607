"""Talk over several turns, by audience. Audiences do not import each other; what they share is in `everyone`."""
