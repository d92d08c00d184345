"""What somebody attended: their own record, and certificates that others can check."""
