"""The course as pages that open from a file: buckets book."""
