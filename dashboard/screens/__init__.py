"""The board's pages: each picks filters from the address, asks one service, and draws; each exposes `render()`.

The folder is not called `pages`: Streamlit would take that for its own, older navigation until the site map has run.
"""
