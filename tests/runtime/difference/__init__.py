"""Generated scripts of every contract shape, and the plain loop in node that says what they give."""
