"""What must be right before anything is served (`manage.py check`)."""
