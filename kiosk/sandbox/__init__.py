"""A stand-in for the recognition service that keeps accounts and can misbehave."""
