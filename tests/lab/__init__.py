# SPDX-License-Identifier: BSD-2-Clause
"""A laboratory of appliances made of real programs: FMC, FTD and jump hosts. See CONTRIBUTING, "The laboratory"."""

from .lab import Lab, NotHere, enter

__all__ = ["Lab", "NotHere", "enter"]
