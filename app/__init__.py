"""What Doorlight does: effects and programs around the decisions in `core`."""
