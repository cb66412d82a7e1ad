"""What Doorlight decides: values in, values out.

Owns every decision about tickets, scans, redemptions and screens. Refuses Qt, HTTP, databases, files, threads,
clocks, randomness and logging: time, random bytes and ids come in as arguments, so the kiosk and the server
run the same code for the same question.
"""
