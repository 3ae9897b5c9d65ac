"""How the tests of a topic drive a server, under the topic's name."""
