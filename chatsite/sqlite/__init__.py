"""Django's SQLite backend, whose writers within a process wait for each other in line."""
