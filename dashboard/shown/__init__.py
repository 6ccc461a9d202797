"""What the pages show of a service's answer: pure functions to markup and rows, no Streamlit."""
