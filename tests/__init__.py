"""Tests: unit, integration (real PostgreSQL), dags (real Airflow), dashboard (AppTest), browser (real Chromium)."""
