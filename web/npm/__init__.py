"""Files of npm packages that the server's pages need."""
