"""After a session: its materials, who came and who missed it, and inviting people again."""
