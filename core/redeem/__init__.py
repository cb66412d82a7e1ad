"""What the facts of one ticket add up to: state, admissions, incidents."""
