"""The commands of `doorlight`: what is typed, what is printed."""
