"""What the windows share: colours, type, words, signs, and the one door for text from outside."""
