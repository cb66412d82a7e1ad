"""The lines of Doorlight: each module reads as the sentence of its flow."""
