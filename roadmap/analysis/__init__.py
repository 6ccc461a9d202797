"""What the numbers mean: plain values in, plain values out."""
