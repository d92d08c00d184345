"""People, sign-in, roles and assignments."""
