"""The composition root: which processes there are, and what each is made of. Everything below is built without knowing of it."""
