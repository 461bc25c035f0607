"""The questions an owner asks of the records. The web report, the API and CSV exports list this registry.

A new report is one file here with a `REPORT`, and a line below.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.reports import funnel, leads_by_day, response_times, trials
from crm.reports.base import Column, ColumnKind, Period, PeriodInvalid, Report

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (leads_by_day.REPORT, funnel.REPORT, trials.REPORT, response_times.REPORT)
}

__all__ = ["REPORTS", "Column", "ColumnKind", "Period", "PeriodInvalid", "Report"]
