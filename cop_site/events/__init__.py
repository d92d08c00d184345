"""What is held, when and where, and who may know of it."""
