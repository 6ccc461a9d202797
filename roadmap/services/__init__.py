"""What a person, the board or a run may ask for; each function is one whole act."""
