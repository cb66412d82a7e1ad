"""What is told to others, when and how often, without any I/O."""
