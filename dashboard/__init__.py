"""The Streamlit board: a thin view on `roadmap.services`, in Persian and English."""
