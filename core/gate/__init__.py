"""What a lane decides: sightings, the local admission, the verdict that staff see."""
