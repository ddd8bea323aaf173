"""LinkedIn Learning as a security and compliance graph, and employee data into LinkedIn Learning."""
