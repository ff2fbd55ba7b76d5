"""What `make` runs: set-up, starting, stopping, testing. Set-up uses the standard library alone."""
