"""What a door recorded: immutable facts, the chain that links them, the legs of their journey."""
