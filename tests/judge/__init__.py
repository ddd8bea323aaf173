"""An independent judge of a graph snapshot: it shares no code with the product it judges."""
