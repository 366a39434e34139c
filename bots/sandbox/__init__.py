"""Stand-ins for the messengers' servers, for tests and for the demo. They import nothing of Sayso's."""
