"""The pages: one module each for people, organizations, their members, and the links by e-mail."""
