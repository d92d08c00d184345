"""Sign-in, accounts, what roles allow, assignments and cluster pages."""
