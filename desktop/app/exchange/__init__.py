"""Packages between laptops and the county, and workbooks coming in."""
