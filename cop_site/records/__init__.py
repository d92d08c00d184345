"""What a person can show of what they attended: the CPD record, and certificates."""
