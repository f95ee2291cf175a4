"""What is true of a lab, on the trusted side only: the reference, drawn cases, misconceptions."""
