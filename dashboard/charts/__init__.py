"""Rows to charts: each function returns a Vega-Lite dict, its words for those who cannot see it, and its table."""

from dashboard.charts.base import Chart
from dashboard.charts.curve import CurvePoint, curve
from dashboard.charts.provinces import ProvinceValue, provinces

__all__ = ["Chart", "CurvePoint", "ProvinceValue", "curve", "provinces"]
