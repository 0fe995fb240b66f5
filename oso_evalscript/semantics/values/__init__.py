"""What expressions and functions return, as far as the text shows: constants, lengths, intervals, results."""
