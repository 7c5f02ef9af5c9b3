"""One live run, and the sockets it is reached by."""
