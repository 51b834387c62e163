"""What a real server process holds to, shown from outside: by its requests, its streams and its database."""
