"""Small fake systems that the demo company and the tests talk to. See README.md."""
